"""The follow-through process: from hand-over to outcome."""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from contracts.actors import Actor
from contracts.base import Contract, Key, Line, Slug
from contracts.matching import WorkKind
from contracts.names import Process
from contracts.order import OrderDetails
from contracts.routing import LeadPath
from contracts.state_kinds import ended, parked, waiting, working
from contracts.states import Lane, ProcessDeclaration
from contracts.status import RunStatus


class LeadOutcome(StrEnum):
    """What became of a lead."""

    QUALIFIED = "qualified"
    DISQUALIFIED = "disqualified"
    CALL_BOOKED = "call_booked"
    NO_SHOW = "no_show"
    TASK_COMPLETED = "task_completed"
    TICKET_RESOLVED = "ticket_resolved"
    DEAL_CREATED = "deal_created"
    PROPOSAL_SENT = "proposal_sent"
    CLOSED_WON = "closed_won"
    CLOSED_LOST = "closed_lost"
    WORKFLOW_ERROR = "workflow_error"
    """The process itself went wrong; the reason is the error category."""


CLOSING_OUTCOMES: frozenset[LeadOutcome] = frozenset(
    {
        LeadOutcome.DISQUALIFIED,
        LeadOutcome.TICKET_RESOLVED,
        LeadOutcome.CLOSED_WON,
        LeadOutcome.CLOSED_LOST,
        LeadOutcome.WORKFLOW_ERROR,
    }
)
"""Outcomes after which nothing more is awaited."""

REASON_REQUIRED: frozenset[LeadOutcome] = frozenset(
    {LeadOutcome.DISQUALIFIED, LeadOutcome.CLOSED_LOST, LeadOutcome.WORKFLOW_ERROR}
)
"""Outcomes that teach nothing without a reason."""


class FollowThroughState(StrEnum):
    """States of a follow-through run."""

    PLANNING = "planning"
    AWAITING_ACKNOWLEDGEMENT = "awaiting_acknowledgement"
    REASSIGNING = "reassigning"
    UNACKNOWLEDGED = "unacknowledged"
    AWAITING_OUTCOME = "awaiting_outcome"
    WITHOUT_OUTCOME = "without_outcome"
    RECORDING = "recording"
    PARKED = "parked"
    CLOSED = "closed"


_S = FollowThroughState

LEAD_FOLLOW_THROUGH = ProcessDeclaration(
    process=Process.LEAD_FOLLOW_THROUGH,
    title="Lead follow-through",
    purpose="Sees that somebody takes up a lead that was handed over, and that its outcome becomes known.",
    initial=_S.PLANNING,
    states=(
        working(
            _S.PLANNING,
            "Deadlines are being worked out in the owner's business time.",
            _S.AWAITING_ACKNOWLEDGEMENT,
            _S.AWAITING_OUTCOME,
            _S.WITHOUT_OUTCOME,
            _S.RECORDING,
            _S.PARKED,
            budget=timedelta(minutes=5),
        ),
        waiting(
            _S.AWAITING_ACKNOWLEDGEMENT,
            "The owner has been told and has not yet said that they have it.",
            "owner",
            _S.REASSIGNING,
            _S.UNACKNOWLEDGED,
            _S.AWAITING_OUTCOME,
            _S.RECORDING,
            budget=timedelta(days=3),
        ),
        working(
            _S.REASSIGNING,
            "The owner did not acknowledge in time; somebody else is getting the lead.",
            _S.AWAITING_ACKNOWLEDGEMENT,
            _S.UNACKNOWLEDGED,
            _S.PARKED,
        ),
        waiting(
            _S.UNACKNOWLEDGED,
            "Nobody acknowledged the lead in time; the manager has been told.",
            "manager",
            _S.AWAITING_OUTCOME,
            _S.WITHOUT_OUTCOME,
            _S.RECORDING,
            budget=timedelta(days=2),
            lane=Lane.ESCALATED,
        ),
        waiting(
            _S.AWAITING_OUTCOME,
            "The owner is working on it; an outcome is awaited.",
            "owner",
            _S.WITHOUT_OUTCOME,
            _S.RECORDING,
            _S.CLOSED,
            budget=timedelta(days=45),
        ),
        waiting(
            _S.WITHOUT_OUTCOME,
            "Its horizon has passed without an outcome; owner and manager are told again and again.",
            "owner",
            _S.RECORDING,
            _S.CLOSED,
            budget=timedelta(days=30),
            lane=Lane.ESCALATED,
        ),
        working(
            _S.RECORDING,
            "An outcome is being recorded.",
            _S.AWAITING_OUTCOME,
            _S.WITHOUT_OUTCOME,
            _S.CLOSED,
            _S.PARKED,
        ),
        parked(_S.PARKED, _S.PLANNING, _S.REASSIGNING, _S.RECORDING),
        ended(_S.CLOSED, "Its outcome is known."),
    ),
)
"""The one declaration of the follow-through's states."""


class FollowThroughOrder(Contract):
    """Start input of `LeadFollowThroughWorkflow`: what intake hands over."""

    lead_id: Slug
    source: str = ""
    path: LeadPath
    policy_hash: Key
    sla: Slug
    owner_id: Slug
    pool: str | None = None
    contact_id: str | None = None
    work_kind: WorkKind | None = None
    work_id: str | None = None
    handed_over_at: AwareDatetime
    rule: str | None = None
    """The routing rule that sent the lead here."""
    acknowledged: bool = False
    """Set when it continues as new or is reopened."""
    reassignments: int = 0
    tried_owner_ids: tuple[str, ...] = ()
    previous_outcomes: tuple[LeadOutcome, ...] = ()
    reopened: bool = False
    """Started for an outcome that came after the run had closed."""


class PlanFollowThroughInput(Contract):
    """The question for `rules/follow_through.py`."""

    policy_hash: Key
    sla: Slug
    owner_id: Slug
    since: AwareDatetime


class FollowThroughPlan(Contract):
    """Deadlines as instants, in the owner's business time."""

    remind_at: AwareDatetime
    acknowledge_by: AwareDatetime
    outcome_by: AwareDatetime
    flag_again_at: AwareDatetime
    """When to flag again if it is flagged at `outcome_by`; later flags keep that distance."""
    manager_id: str
    max_reassignments: int


class Acknowledgement(Contract):
    """The `acknowledge` update: the owner has seen the lead and takes it."""

    actor: Actor


class OutcomeReport(Contract):
    """The `record_outcome` update."""

    outcome: LeadOutcome
    actor: Actor
    reason: Line = ""
    report_id: Slug
    """Makes the report idempotent: the same id is one outcome."""
    order: OrderDetails | None = None
    """With `closed_won`: what was sold, as far as it is known."""


class OutcomeRecord(Contract):
    """An outcome as the ledger holds it."""

    key: Key
    lead_id: Slug
    outcome: LeadOutcome
    reason: str = ""
    actor_id: str
    at: AwareDatetime
    rule: str | None = None
    """The routing rule that sent the lead here: joins outcome and decision."""


class FollowThroughStatus(RunStatus):
    """How a follow-through run stands; no personal data."""

    lead_id: str
    owner_id: str
    acknowledged: bool = False
    reassignments: int = 0
    outcomes: tuple[LeadOutcome, ...] = ()
    onboarding_id: str | None = None
    """The onboarding that a won deal has started, by its workflow id."""


class FollowThroughResult(Contract):
    """How a follow-through run ended."""

    lead_id: str
    outcome: LeadOutcome
    owner_id: str
    onboarding_id: str | None = None
