"""Asking people: the request, the plan, the decision and the result."""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from contracts.actors import Actor
from contracts.base import Contract, Key, Line, Slug
from contracts.names import Process
from contracts.state_kinds import ended, waiting, working
from contracts.states import Lane, ProcessDeclaration
from contracts.status import RunStatus


class ApprovalRequest(Contract):
    """What a run asks people to decide. Start input of `ApprovalWorkflow`."""

    request_id: Key
    """The workflow id of the approval itself; a decision must repeat it."""
    subject_id: Key
    """The workflow id of the run that asks."""
    approval: Slug
    """Name of the approval policy."""
    reason: Slug
    question: Line
    """Plain words without personal data; the inbox and the Web UI show it."""
    requested_by: Slug
    """Whoever asks cannot decide (four eyes); `system` where a rule asks."""
    policy_hash: Key
    source: str = ""
    """The lead's source, for the search attributes."""


class PlanApprovalInput(Contract):
    """The question for `rules/approvals.py`."""

    request: ApprovalRequest
    at: AwareDatetime


class ApprovalPlan(Contract):
    """Whom to ask and when to do what, as instants; computed once and kept."""

    approvers: tuple[str, ...]
    escalation_approvers: tuple[str, ...] = ()
    quorum: int = 1
    remind_at: tuple[AwareDatetime, ...] = ()
    escalate_at: AwareDatetime | None = None
    expire_at: AwareDatetime
    reason_text: str = ""


class Verdict(StrEnum):
    """What a person decides."""

    APPROVE = "approve"
    REJECT = "reject"


class Decision(Contract):
    """A person's decision, as it arrives by update or signal."""

    request_id: Key
    verdict: Verdict
    actor: Actor
    reason: Line = ""
    corrected_category: Slug | None = None
    """A reviewer who approves may say which category is right."""
    same_person: bool | None = None
    """Of a possible duplicate: whether it is the person on record. Unsaid means no."""


class RecordedDecision(Contract):
    """A decision that was accepted; carries no proof of identity, which is void after use."""

    verdict: Verdict
    actor_id: str
    reason: str = ""
    corrected_category: str | None = None
    same_person: bool | None = None
    at: AwareDatetime
    door: str
    """`update` or `signal`."""


class ApprovalOutcome(StrEnum):
    """How an approval ended."""

    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Nobody decided in time."""


class ApprovalResult(Contract):
    """What the asking run gets back."""

    outcome: ApprovalOutcome
    decisions: tuple[RecordedDecision, ...] = ()
    reminders: int = 0
    escalated: bool = False
    corrected_category: str | None = None
    same_person: bool | None = None


class ApprovalState(StrEnum):
    """States of an approval."""

    ASKING = "asking"
    AWAITING_DECISION = "awaiting_decision"
    ESCALATED = "escalated"
    CLOSING = "closing"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ApprovalStatus(RunStatus):
    """How an approval stands."""

    request: ApprovalRequest
    approvers: tuple[str, ...] = ()
    quorum: int = 1
    decisions: tuple[RecordedDecision, ...] = ()


class ApprovalTask(Contract):
    """An approval in the inbox, the read model for people."""

    request_id: Key
    subject_id: Key
    approval: str
    reason: str
    question: str
    approvers: tuple[str, ...]
    opened_at: AwareDatetime
    due_at: AwareDatetime
    status: str = "open"
    """`open`, or the outcome."""
    decided_by: str | None = None
    decided_at: AwareDatetime | None = None
    asking: str = ""
    """Tells apart askings of one request: an approval that was lost or failed is asked again."""


class CloseApprovalTaskInput(Contract):
    """Takes an approval out of the inbox."""

    request_id: Key
    asking: str = ""
    outcome: ApprovalOutcome
    decided_by: str | None = None
    at: AwareDatetime


_S = ApprovalState

APPROVAL = ProcessDeclaration(
    process=Process.APPROVAL,
    title="Approval",
    purpose="Asks the right people to decide something for another run, and keeps who decided what and why.",
    initial=_S.ASKING,
    states=(
        working(
            _S.ASKING, "The right people are being asked.", _S.AWAITING_DECISION, budget=timedelta(minutes=5)
        ),
        waiting(
            _S.AWAITING_DECISION,
            "Somebody has been asked and has not decided yet.",
            "approver",
            _S.ESCALATED,
            _S.CLOSING,
            budget=timedelta(days=7),
        ),
        waiting(
            _S.ESCALATED,
            "Nobody decided in time, so more senior people have been asked.",
            "escalation approver",
            _S.CLOSING,
            budget=timedelta(days=7),
            lane=Lane.ESCALATED,
        ),
        working(
            _S.CLOSING,
            "It is decided or expired; the inbox is being updated.",
            _S.APPROVED,
            _S.REJECTED,
            _S.EXPIRED,
            budget=timedelta(minutes=5),
        ),
        ended(_S.APPROVED, "Approved."),
        ended(_S.REJECTED, "Rejected."),
        ended(_S.EXPIRED, "Nobody decided before the request expired."),
    ),
)
"""The one declaration of an approval's states."""

MAX_KEPT_REFUSALS = 50
"""Refusals kept in a status; a script that keeps knocking must not grow a run's state without bound."""
