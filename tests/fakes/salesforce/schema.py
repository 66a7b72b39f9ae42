"""The fields of the fake's org: Salesforce's own, and those that the shipped mapping asks for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One field."""

    length: int = 255
    unique: bool = False
    required: bool = False
    number: bool = False
    date: bool = False
    to: tuple[str, ...] = ()
    """Objects that a lookup may refer to."""
    options: tuple[str, ...] = ()


_KEY = Column(unique=True)
_OURS = {
    "OwnerId": Column(18, to=("User",)),
    "Throughline_Key__c": _KEY,
    "Throughline_Step__c": Column(),
    "Throughline_Stage_Reason__c": Column(500),
    "Throughline_Category__c": Column(),
    "Throughline_Priority__c": Column(),
}
_STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Proposal/Price Quote",
    "Closed Won",
    "Closed Lost",
)
PREFIXES = {
    "User": "005",
    "Account": "001",
    "Contact": "003",
    "Opportunity": "006",
    "Case": "500",
    "Task": "00T",
    "Throughline_Enrolment__c": "a01",
    "Throughline_Note__c": "a02",
}
SCHEMA: dict[str, dict[str, Column]] = {
    "User": {"Email": Column(), "IsActive": Column()},
    "Account": {
        **_OURS,
        "Name": Column(255, required=True),
        "BillingCountry": Column(80),
        "NumberOfEmployees": Column(0, number=True),
        "Throughline_Domain__c": Column(),
        "Throughline_Customer__c": _KEY,
        "Throughline_Stage__c": Column(),
        "Throughline_Owner__c": Column(18, to=("User",)),
        "Throughline_Contact__c": Column(),
        "Throughline_Deal__c": Column(),
        "Throughline_Opened_By__c": Column(),
        "Throughline_Moved_By__c": Column(),
        "Throughline_Moved_From__c": Column(),
    },
    "Contact": {
        **_OURS,
        "FirstName": Column(40),
        "LastName": Column(80, required=True),
        "Email": Column(80),
        "Phone": Column(40),
        "Title": Column(128),
        "MailingCountry": Column(80),
        "AccountId": Column(18, to=("Account",)),
    },
    "Opportunity": {
        **_OURS,
        "Name": Column(120, required=True),
        "StageName": Column(required=True, options=_STAGES),
        "CloseDate": Column(0, required=True, date=True),
        "Amount": Column(0, number=True),
        "CurrencyIsoCode": Column(3),
        "AccountId": Column(18, to=("Account",)),
        "Throughline_Contact__c": Column(18, to=("Contact",)),
    },
    "Case": {
        **_OURS,
        "Subject": Column(255),
        "Status": Column(options=("New", "Working", "Closed")),
        "AccountId": Column(18, to=("Account",)),
        "ContactId": Column(18, to=("Contact",)),
    },
    "Throughline_Enrolment__c": {
        **_OURS,
        "Title__c": Column(255),
        "Stage__c": Column(),
        "Programme__c": Column(),
        "Account__c": Column(18, to=("Account",)),
        "Contact__c": Column(18, to=("Contact",)),
    },
    "Task": {
        "OwnerId": Column(18, to=("User",)),
        "Throughline_Key__c": _KEY,
        "Subject": Column(255),
        "ActivityDate": Column(0, date=True),
        "Status": Column(required=True, options=("Not Started", "In Progress", "Completed")),
        "WhoId": Column(18, to=("Contact",)),
        "WhatId": Column(18, to=("Account", "Opportunity", "Case", "Throughline_Enrolment__c")),
    },
    "Throughline_Note__c": {
        "OwnerId": Column(18, to=("User",)),
        "Throughline_Key__c": _KEY,
        "Body__c": Column(131_072),
        "At__c": Column(0),
        "Account__c": Column(18, to=("Account",)),
        "Contact__c": Column(18, to=("Contact",)),
        "Opportunity__c": Column(18, to=("Opportunity",)),
        "Case__c": Column(18, to=("Case",)),
        "Enrolment__c": Column(18, to=("Throughline_Enrolment__c",)),
    },
}
