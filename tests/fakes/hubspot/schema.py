"""The schema of the fake's account: HubSpot's own properties, and those that the shipped mapping asks for."""

from dataclasses import dataclass

LONGEST = 65_536
"""Characters of a text property."""


@dataclass(frozen=True)
class Property:
    """One property."""

    unique: bool = False
    read_only: bool = False
    options: tuple[str, ...] = ()
    required: bool = False
    number: bool = False


_TEXT = Property()
_OWNER = Property()
_KEY = Property(unique=True)
_READ_ONLY = Property(read_only=True)
_PRIORITY = Property(options=("low", "medium", "high", "urgent"))

_EVERYWHERE = {
    "hs_object_id": _READ_ONLY,
    "hs_lastmodifieddate": _READ_ONLY,
    "hubspot_owner_id": _OWNER,
}
_OURS = {"throughline_key": _KEY, "throughline_step": _TEXT}

SCHEMA: dict[str, dict[str, Property]] = {
    "contacts": {
        **_EVERYWHERE,
        **_OURS,
        "createdate": _READ_ONLY,
        "email": Property(unique=True),
        "phone": _TEXT,
        "firstname": _TEXT,
        "lastname": _TEXT,
        "jobtitle": _TEXT,
        "country": _TEXT,
    },
    "companies": {
        **_EVERYWHERE,
        **_OURS,
        "createdate": _READ_ONLY,
        "name": _TEXT,
        "domain": _TEXT,
        "country": _TEXT,
        "numberofemployees": Property(number=True),
        "throughline_customer_id": _KEY,
        "throughline_stage": _TEXT,
        "throughline_stage_reason": _TEXT,
        "throughline_owner": _TEXT,
        "throughline_contact": _TEXT,
        "throughline_deal": _TEXT,
        "throughline_opened_by": _TEXT,
        "throughline_moved_by": _TEXT,
        "throughline_moved_from": _TEXT,
    },
    "deals": {
        **_EVERYWHERE,
        **_OURS,
        "hs_createdate": _READ_ONLY,
        "dealname": _TEXT,
        "pipeline": Property(options=("default",)),
        "dealstage": Property(
            options=(
                "appointmentscheduled",
                "qualifiedtobuy",
                "presentationscheduled",
                "contractsent",
                "closedwon",
                "closedlost",
            )
        ),
        "amount": Property(number=True),
        "deal_currency_code": _TEXT,
        "hs_priority": _PRIORITY,
        "throughline_stage_reason": _TEXT,
        "throughline_category": _TEXT,
    },
    "tickets": {
        **_EVERYWHERE,
        **_OURS,
        "hs_createdate": _READ_ONLY,
        "subject": _TEXT,
        "hs_pipeline": Property(options=("0", "nurture")),
        "hs_pipeline_stage": Property(options=("1", "4", "nurture_enrolled"), required=True),
        "hs_ticket_priority": Property(options=("LOW", "MEDIUM", "HIGH", "URGENT")),
        "throughline_stage_reason": _TEXT,
        "throughline_category": _TEXT,
        "throughline_programme": _TEXT,
    },
    "tasks": {
        **_EVERYWHERE,
        "hs_createdate": _READ_ONLY,
        "hs_unique_creation_key": _KEY,
        "hs_timestamp": Property(required=True),
        "hs_task_subject": _TEXT,
        "hs_task_body": _TEXT,
        "hs_task_status": Property(
            options=("NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED")
        ),
        "hs_task_type": Property(options=("TODO", "CALL", "EMAIL")),
    },
    "notes": {
        **_EVERYWHERE,
        "hs_createdate": _READ_ONLY,
        "hs_unique_creation_key": _KEY,
        "hs_timestamp": Property(required=True),
        "hs_note_body": _TEXT,
    },
}
