"""Messages that the suites send: whole by default, different where a test says so."""

from datetime import UTC, datetime, time
from typing import Any

from contracts.assessment import Assessment, PolicyPin, Usability
from contracts.crm import CreateLeadRecordsInput
from contracts.failures import FailureCode, ServiceFailure
from contracts.lead import EntryKind, NormalisedLead
from contracts.lead_intake import IntakeState, LeadIntakeResult
from contracts.ledger import DecisionRecord
from contracts.matching import FindMatchesInput
from contracts.policy import Calendar, OpeningHours, Person, Pool, PoolMember
from contracts.ports import AllocationRequest
from contracts.routing import LeadPath

MONDAY_NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LONG = "ä" * 500


def step(lead_id: str, name: str) -> str:
    """The key of a step of a lead's run."""
    return f"lead-intake/{lead_id}#{name}"


def lead(lead_id: str = "lead-1", **changed: Any) -> NormalisedLead:
    whole: dict[str, Any] = {
        "entry_kind": EntryKind.SITE_INQUIRY,
        "source": "website",
        "name": "Zoë Nuñez",
        "email": "zoe@acme.example",
        "phone": "+12025550143",
        "company": "Acme",
        "company_domain": "acme.example",
        "occurred_at": MONDAY_NINE,
        "received_at": MONDAY_NINE,
    }
    return NormalisedLead(lead_id=lead_id, **(whole | changed))


def records(
    lead_id: str = "lead-1", *, of: NormalisedLead | None = None, **changed: Any
) -> CreateLeadRecordsInput:
    whole: dict[str, Any] = {
        "key": step(lead_id, "create_lead_records"),
        "lead": of or lead(lead_id),
        "path": LeadPath.SALES,
        "stage": "new",
        "title": "A request",
        "owner_id": "sam",
    }
    return CreateLeadRecordsInput(**(whole | changed))


def enrolment(lead_id: str, programme: str = "newsletter") -> CreateLeadRecordsInput:
    return records(lead_id, path=LeadPath.NURTURE, stage="enrolled", programme=programme)


def matches(lead_id: str = "lead-1", **changed: Any) -> FindMatchesInput:
    whole: dict[str, Any] = {"policy_hash": "hash", "arrived_at": MONDAY_NINE, "email": "zoe@acme.example"}
    return FindMatchesInput(lead_id=lead_id, **(whole | changed))


def decision(lead_id: str = "lead-1", **changed: Any) -> DecisionRecord:
    whole: dict[str, Any] = {
        "key": step(lead_id, "record_decision"),
        "workflow_id": f"lead-intake/{lead_id}",
        "policy_hash": "hash",
        "assessment": Assessment(
            pin=PolicyPin(hash="hash", version="1"), lead=lead(lead_id), usability=Usability.USABLE, checks=()
        ),
        "result": LeadIntakeResult(lead_id=lead_id, outcome=IntakeState.HANDED_OVER),
        "at": MONDAY_NINE,
    }
    return DecisionRecord(lead_id=lead_id, **(whole | changed))


ALWAYS_OPEN = Calendar(
    hours={
        day: (OpeningHours(opens=time(0), closes=time(0)),)
        for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    }
)


def turn(lead_id: str, members: tuple[PoolMember, ...], **changed: Any) -> AllocationRequest:
    whole: dict[str, Any] = {
        "key": step(lead_id, "allocate_owner"),
        "pool_name": "sales",
        "pool": Pool(members=members, escalate_to="boss"),
        "people": tuple(
            Person(
                id=member.person,
                name=member.person.title(),
                email=f"{member.person}@ours.example",
                zone="UTC",
                calendar="always",
            )
            for member in members
        ),
        "calendars": {"always": ALWAYS_OPEN},
        "at": MONDAY_NINE,
    }
    return AllocationRequest(**(whole | changed))


class Refused:
    """Expects a `ServiceFailure` with this code, and nothing of the lead in its text."""

    def __init__(self, code: FailureCode) -> None:
        self.code = code

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, ServiceFailure):
            assert error is not None, f"{self.code} was expected"
            return False
        assert error.code is self.code
        assert error.__cause__ is None
        assert not any(value in str(error) for value in ("Zoë", "zoe@", "+1202", "Acme", "ää"))
        return True
