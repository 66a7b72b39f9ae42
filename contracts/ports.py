"""What activities need from the world, as Protocols. Connectors implement them; `workers/wiring.py` chooses.

Every write is idempotent by its key: the second call returns the first result. Everything raises
`ServiceFailure` and nothing else.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from contracts.approval import ApprovalTask, CloseApprovalTaskInput
from contracts.assessment import PolicyPin
from contracts.base import Contract
from contracts.circuits import CircuitState
from contracts.classification import ClassifyRequest, ModelAnswer, SummariseRequest, TranscriptSummary
from contracts.crm import (
    AssignOwnerInput,
    CreateLeadRecordsInput,
    CreateNoteInput,
    CreateTaskInput,
    CrmContact,
    CrmNote,
    CrmSchema,
    CrmTask,
    CrmWork,
    LeadRecords,
    MoveStageInput,
    UndoInput,
    UndoResult,
    UpdateContactInput,
)
from contracts.follow_through import OutcomeRecord
from contracts.ledger import DecisionRecord, Recorded
from contracts.matching import (
    AccountCandidate,
    ContactCandidate,
    FindMatchesInput,
    InFlightCandidate,
)
from contracts.messages import Delivery, FollowUpDraft, Message, OutboxEntry, OutboxStatus
from contracts.names import System
from contracts.policy import Calendar, Person, PolicyBundle, Pool
from contracts.routing import Allocation, AllocationChoice, OwnerLoad


class PolicyLibrary(Protocol):
    """Policy bundles: the active one, and every one that a run was ever pinned to."""

    async def pin_active(self) -> PolicyPin:
        """Stores the active bundle under its hash, if it is not there yet, and returns the pin."""
        ...

    async def load(self, policy_hash: str) -> PolicyBundle:
        """Returns the bundle with that hash.

        Raises:
            ServiceFailure: POLICY_UNKNOWN if it was never stored.
        """
        ...


class Crm(Protocol):
    """Companies, contacts, work, tasks and notes. Undo takes the key of the step that it undoes."""

    async def find_contacts(self, request: FindMatchesInput) -> tuple[ContactCandidate, ...]:
        """Returns contacts that share the address or number, or whose name and company are close."""
        ...

    async def find_account(self, company_domain: str) -> AccountCandidate | None: ...

    async def create_lead_records(self, request: CreateLeadRecordsInput) -> LeadRecords:
        """Raises CONFLICT if the key was undone before."""
        ...

    async def delete_lead_records(self, undo: UndoInput) -> UndoResult: ...

    async def create_task(self, request: CreateTaskInput) -> CrmTask: ...

    async def delete_task(self, undo: UndoInput) -> UndoResult: ...

    async def create_note(self, request: CreateNoteInput) -> CrmNote: ...

    async def delete_note(self, undo: UndoInput) -> UndoResult: ...

    async def assign_owner(self, request: AssignOwnerInput) -> CrmWork: ...

    async def move_stage(self, request: MoveStageInput) -> CrmWork:
        """Raises CONFLICT on an undeclared move or a stale version."""
        ...

    async def update_contact(self, request: UpdateContactInput) -> CrmContact:
        """Raises CONFLICT on a stale version."""
        ...

    async def get_contact(self, contact_id: str) -> CrmContact:
        """Raises NOT_FOUND."""
        ...

    async def get_work(self, work_id: str) -> CrmWork:
        """Raises NOT_FOUND."""
        ...

    async def describe(self) -> CrmSchema: ...


class Arrivals(Protocol):
    """Which leads are in flight, in the order of their registration, and how many came from whom.

    Registrations that share an identity take turns: of two such leads exactly the second sees the first.
    """

    async def register(self, request: FindMatchesInput, window_seconds: float) -> "ArrivalReport":
        """Claims the lead's identities and returns the other open leads that hold them already.

        Keyed by lead id: a repeat replaces the identities and keeps the lead's place, so that it never
        sees a lead that was registered after it.
        """
        ...


class ArrivalReport(Contract):
    """What registering an arrival found."""

    in_flight: tuple[InFlightCandidate, ...] = ()
    """In the order of registration, first first."""
    recent_arrivals: int = 1


class Classifier(Protocol):
    """Reads a text and answers with one of the allowed labels."""

    async def classify(self, request: ClassifyRequest) -> ModelAnswer: ...


class Summariser(Protocol):
    """Extracts what matters from a transcript."""

    async def summarise(self, request: SummariseRequest) -> TranscriptSummary: ...


class OwnerChooser(Protocol):
    """The pure choice (`rules/allocation.py`), handed to the allocator that makes it atomic."""

    def __call__(self, request: "AllocationRequest", loads: Sequence[OwnerLoad]) -> AllocationChoice: ...


class AllocationRequest(Contract):
    """An allocation with everything that the choice needs."""

    key: str
    pool_name: str
    pool: Pool
    people: tuple[Person, ...]
    calendars: dict[str, Calendar]
    sticky_owner_id: str | None = None
    excluded_owner_ids: tuple[str, ...] = ()
    at: datetime


class Allocator(Protocol):
    """Takes turns fairly across all workers of a deployment."""

    async def allocate(self, request: AllocationRequest) -> Allocation:
        """Takes a turn. That nobody is eligible takes none, and leaves the key to another pool."""
        ...

    async def release(self, undo: UndoInput) -> UndoResult:
        """Gives the turn back; safe when nothing was allocated."""
        ...


class Circuits(Protocol):
    """Remembers how systems have been doing, for all workers of a deployment."""

    async def read(self, system: System) -> CircuitState | None:
        """Returns what is remembered; None where nothing ever failed."""
        ...

    async def read_all(self) -> tuple[CircuitState, ...]:
        """Returns what is remembered of every system, by name."""
        ...

    async def change(
        self, untroubled: CircuitState, change: Callable[[CircuitState], CircuitState]
    ) -> CircuitState:
        """Changes what is remembered, one caller at a time; from `untroubled` where nothing is."""
        ...


class Notifier(Protocol):
    """Tells one of our people something."""

    async def send(self, message: Message) -> Delivery: ...


class Drafts(Protocol):
    """Prepared messages to leads."""

    async def save(self, draft: FollowUpDraft) -> Delivery: ...

    async def discard(self, undo: UndoInput) -> UndoResult: ...


class Outbox(Protocol):
    """What was sent or drafted, for reading."""

    async def entries(
        self, *, workflow_id: str | None = None, status: OutboxStatus | None = None, limit: int = 100
    ) -> tuple[OutboxEntry, ...]: ...

    async def entry(self, entry_id: str) -> OutboxEntry:
        """Raises NOT_FOUND."""
        ...


class Inbox(Protocol):
    """Approvals that wait for people: the read model beside Temporal."""

    async def open(self, task: ApprovalTask) -> Recorded: ...

    async def close(self, request: CloseApprovalTaskInput) -> Recorded: ...

    async def tasks(self, *, status: str | None = "open", limit: int = 100) -> tuple[ApprovalTask, ...]: ...

    async def task(self, request_id: str) -> ApprovalTask:
        """Raises NOT_FOUND."""
        ...


class Ledger(Protocol):
    """Decision and outcome records."""

    async def record_decision(self, record: DecisionRecord) -> Recorded: ...

    async def record_outcome(self, record: OutcomeRecord) -> Recorded: ...

    async def decision(self, lead_id: str) -> DecisionRecord:
        """Raises NOT_FOUND."""
        ...

    async def outcomes(self, lead_id: str) -> tuple[OutcomeRecord, ...]: ...


class ActorVerifier(Protocol):
    """Checks an actor's assertion with the key that doors sign with."""

    def problem(self, actor_id: str, assertion: str, audience: str, at: datetime) -> str | None:
        """Returns why the assertion does not hold, or None if it does."""
        ...


Clock = Callable[[], datetime]
"""Returns the present as an aware UTC datetime."""
