"""What the CRM is asked to do. Every write carries a key; every read carries a version."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from contracts.base import Contract, Key, Line, Slug, Text
from contracts.lead import NormalisedLead
from contracts.matching import WorkKind
from contracts.routing import LeadPath, Priority


class DealStage(StrEnum):
    """Stages of a deal, in pipeline order."""

    NEW = "new"
    QUALIFIED = "qualified"
    CALL_BOOKED = "call_booked"
    PROPOSAL_SENT = "proposal_sent"
    CLOSED_WON = "closed_won"
    CLOSED_LOST = "closed_lost"


DEAL_STAGE_MOVES: dict[DealStage, frozenset[DealStage]] = {
    DealStage.NEW: frozenset(
        {DealStage.QUALIFIED, DealStage.CALL_BOOKED, DealStage.PROPOSAL_SENT, DealStage.CLOSED_LOST}
    ),
    DealStage.QUALIFIED: frozenset({DealStage.CALL_BOOKED, DealStage.PROPOSAL_SENT, DealStage.CLOSED_LOST}),
    DealStage.CALL_BOOKED: frozenset({DealStage.QUALIFIED, DealStage.PROPOSAL_SENT, DealStage.CLOSED_LOST}),
    DealStage.PROPOSAL_SENT: frozenset({DealStage.CALL_BOOKED, DealStage.CLOSED_WON, DealStage.CLOSED_LOST}),
    DealStage.CLOSED_WON: frozenset(),
    DealStage.CLOSED_LOST: frozenset(),
}
"""Where a deal may move. Won only from a proposal: what was never offered cannot be won."""


class TicketStage(StrEnum):
    """Stages of a support ticket."""

    OPEN = "open"
    RESOLVED = "resolved"


TICKET_STAGE_MOVES: dict[TicketStage, frozenset[TicketStage]] = {
    TicketStage.OPEN: frozenset({TicketStage.RESOLVED}),
    TicketStage.RESOLVED: frozenset({TicketStage.OPEN}),
}


class CreateLeadRecordsInput(Contract):
    """Company, contact and the work (deal, ticket or enrolment) of one lead, written as one unit.

    An existing contact or company keeps its values: only empty fields are filled. A contact that changed
    since `contact_version` was read is not touched; a conflict task names the fields instead.
    """

    key: Key
    lead: NormalisedLead
    path: LeadPath
    stage: Line
    category: str | None = None
    priority: Priority = Priority.NORMAL
    owner_id: str | None = None
    title: Line
    contact_id: str | None = None
    contact_version: int | None = None
    company_id: str | None = None
    programme: str | None = None


class LeadRecords(Contract):
    """What stands in the CRM now."""

    contact_id: str
    contact_created: bool
    company_id: str | None = None
    company_created: bool = False
    work_kind: WorkKind
    work_id: str
    work_version: int = 1
    conflict_task_id: str | None = None
    conflicting_fields: tuple[str, ...] = ()


class CreateTaskInput(Contract):
    """Work for a person, with a due time."""

    key: Key
    subject: Line
    owner_id: str
    due_at: AwareDatetime | None = None
    contact_id: str | None = None
    work_id: str | None = None
    account_id: str | None = None
    kind: Slug = "follow_up"


class CrmTask(Contract):
    """A task as the CRM holds it."""

    id: str
    owner_id: str


class CreateNoteInput(Contract):
    """A note on a contact, on the work or on the account, where there is one."""

    key: Key
    body: Text
    contact_id: str | None = None
    work_id: str | None = None
    account_id: str | None = None


class CrmNote(Contract):
    """A note as the CRM holds it."""

    id: str


class AssignOwnerInput(Contract):
    """Gives work and its contact to somebody else."""

    key: Key
    work_id: str
    contact_id: str | None = None
    owner_id: str


class MoveStageInput(Contract):
    """Moves a deal or ticket along its declared stages.

    `expected_version` none means: whatever the version is. An undeclared move is refused as CONFLICT.
    """

    key: Key
    work_id: str
    stage: Line
    reason: Line | None = None
    expected_version: int | None = None


class UpdateContactInput(Contract):
    """Overwrites contact fields, provided that the contact is still at the version that was read."""

    key: Key
    contact_id: str
    expected_version: int
    name: Line | None = None
    phone: Line | None = None
    job_title: Line | None = None


class UndoInput(Contract):
    """Undoes what was done under a key; safe when that never happened, and when it was undone before.

    An undo that comes first wins: the step that arrives late under the same key is refused as CONFLICT.
    """

    key: Key


class UndoResult(Contract):
    """What an undo did."""

    undone: bool
    """False where there was nothing to undo."""
    kept: tuple[str, ...] = ()
    """What it left alone because others rely on it by now, by record kind."""


class CrmContact(Contract):
    """A contact as read."""

    id: str
    version: int
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    job_title: str | None = None
    company_id: str | None = None
    owner_id: str | None = None


class CrmWork(Contract):
    """A deal, ticket or enrolment as read."""

    id: str
    kind: WorkKind
    version: int
    stage: str
    category: str | None = None
    owner_id: str | None = None
    contact_id: str | None = None
    title: str = ""


class CrmField(Contract):
    """One field of the CRM's own schema."""

    crm_object: str
    name: str
    max_length: int | None = None
    writable: bool = True
    unique: bool = False
    """Whether the CRM lets no two records have the same value."""


class CrmSchema(Contract):
    """What the CRM says it can hold; compared with the policy's mapping."""

    fields: tuple[CrmField, ...] = Field(default=())
    has_unique_fields: bool = True
    """False of a CRM that knows none: its connector looks for a key before it makes a record."""
