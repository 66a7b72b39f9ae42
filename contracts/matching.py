"""Duplicates: who is already known, what is in flight, and what to do about it."""

from enum import StrEnum

from pydantic import AwareDatetime

from contracts.assessment import Assessment, CheckResult
from contracts.base import Contract, Key


class WorkKind(StrEnum):
    """What a lead becomes in the CRM."""

    DEAL = "deal"
    TICKET = "ticket"
    ENROLMENT = "enrolment"


class OpenWork(Contract):
    """Work on a contact that is not closed."""

    kind: WorkKind
    id: str
    category: str | None = None
    owner_id: str | None = None


class ContactCandidate(Contract):
    """A contact in the CRM that could be the same person."""

    contact_id: str
    version: int
    """As read; a write that finds another version is stale."""
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    company: str | None = None
    owner_id: str | None = None
    open_work: tuple[OpenWork, ...] = ()


class AccountCandidate(Contract):
    """The company in the CRM with the lead's domain."""

    company_id: str
    version: int
    owner_id: str | None = None


class InFlightCandidate(Contract):
    """Another open run that shares an identity with this lead and was registered before it.

    It may have arrived later: clocks differ and starts are delayed, so arrival orders nothing.
    """

    lead_id: str
    matched_on: str
    """`email` or `phone`."""
    name: str | None = None
    """As that lead gave it: colleagues who share a number or a mailbox are told apart by it."""
    category: str | None = None
    arrived_at: AwareDatetime


class MatchCandidates(Contract):
    """Everything that the match is judged on."""

    contacts: tuple[ContactCandidate, ...] = ()
    account: AccountCandidate | None = None
    in_flight: tuple[InFlightCandidate, ...] = ()
    """In the order of registration, first first."""
    recent_arrivals: int = 0
    """Items from the same sender or address inside the policy's rate window, this one included."""


class FindMatchesInput(Contract):
    """Registers the lead's identities as in flight and looks for others who share them.

    One effect (the claim), keyed by lead: repeating it changes nothing.
    """

    lead_id: str
    policy_hash: Key
    arrived_at: AwareDatetime
    email: str | None = None
    email_key: str | None = None
    """What the address is compared by; leads with the same key come from the same mailbox."""
    phone: str | None = None
    name: str | None = None
    company: str | None = None
    company_domain: str | None = None
    category: str | None = None
    sender: str | None = None


class MatchKind(StrEnum):
    """What the match means for this run."""

    NEW = "new"
    """Nobody like this is known."""
    KNOWN = "known"
    """The person is known, the request is not: the contact is kept, the work is new."""
    MERGE = "merge"
    """Same person and same open request: noted there, nothing new is made."""
    REVIEW = "review"
    """Close enough that a person must say."""


class MatchVerdict(Contract):
    """How the lead relates to what is already there."""

    kind: MatchKind
    rule: str
    score: float = 0.0
    """Likeness of the best candidate, 0 to 1."""
    evidence: tuple[str, ...] = ()
    """What agreed, by field name."""
    contact_id: str | None = None
    contact_version: int | None = None
    account_id: str | None = None
    sticky_owner_id: str | None = None
    """Who already looks after this contact or account."""
    work: OpenWork | None = None
    """On a merge into the CRM: the open work that the lead repeats."""
    in_flight_lead_id: str | None = None
    """On a merge into another run: that run's lead."""
    checks: tuple[CheckResult, ...] = ()
    """The duplicate check, and the spam check again where the rate of arrivals changed it."""
    spam: bool = False
    """Whether the rate of arrivals makes it spam."""


class JudgeMatchInput(Contract):
    """The question for `rules/matching.py`."""

    assessment: Assessment
    candidates: MatchCandidates
