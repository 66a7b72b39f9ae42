"""What is known about a lead before anybody decides where it goes."""

from enum import StrEnum

from contracts.base import Contract, Key
from contracts.lead import LeadSubmission, NormalisedLead


class CheckName(StrEnum):
    """The nine checks; every lead has a result for each."""

    REQUIRED_FIELDS = "required_fields"
    EMAIL_FORMAT = "email_format"
    PHONE_FORMAT = "phone_format"
    DUPLICATE = "duplicate"
    ALLOWED_VALUES = "allowed_values"
    SOURCE_AND_UTM = "source_and_utm"
    CRM_FIELD_MAPPING = "crm_field_mapping"
    SPAM = "spam"
    AI_CONFIDENCE = "ai_confidence"


class Grade(StrEnum):
    """How a check came out."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    NOT_EVALUATED = "not_evaluated"
    """Its input is not there yet, or it does not apply; the detail says which."""


class CheckResult(Contract):
    """One line of the stored report."""

    check: CheckName
    grade: Grade
    rule: str
    """The rule's name and the policy version, for example `email_format@2026-11-21.1`."""
    detail: str
    """Plain words; names fields, never their values."""
    fields: tuple[str, ...] = ()


class PolicyPin(Contract):
    """The policy bundle that a run decides by, from its first step to its last."""

    hash: Key
    version: str


class ReadingPlan(Contract):
    """Whether text must be read by a classifier or summarised, and the rule that says so."""

    classify: bool = False
    summarise: bool = False
    rule: str = ""


class Usability(StrEnum):
    """Whether a lead can be passed on."""

    USABLE = "usable"
    INCOMPLETE = "incomplete"
    SPAM = "spam"


class SpamSignal(StrEnum):
    """What speaks for a submission not being from a person who means it."""

    HONEYPOT = "honeypot"
    SPEED = "speed"
    DISPOSABLE_DOMAIN = "disposable_domain"
    LINK_ONLY = "link_only"
    RATE = "rate"
    """Too many arrivals from one sender or address; known only once the lead has been matched."""


class Assessment(Contract):
    """The stored report on a lead."""

    pin: PolicyPin
    lead: NormalisedLead
    usability: Usability
    checks: tuple[CheckResult, ...]
    missing: tuple[str, ...] = ()
    """Required fields that are missing or unusable, by name."""
    spam_signals: tuple[str, ...] = ()
    """`SpamSignal` values."""
    reading: ReadingPlan = ReadingPlan()


class AssessLeadInput(Contract):
    """The question for the first step of an intake run."""

    lead_id: str
    submission: LeadSubmission
    policy_hash: str = ""
    """Empty on the first assessment, which pins the active bundle; the pinned hash on a later one."""
