"""Where a lead goes, who looks after it, and why."""

from enum import StrEnum

from pydantic import AwareDatetime

from contracts.assessment import Assessment
from contracts.base import Contract, Key, Slug
from contracts.classification import Classification
from contracts.matching import MatchVerdict


class LeadPath(StrEnum):
    """The four ways out of routing."""

    SALES = "sales"
    NURTURE = "nurture"
    SUPPORT = "support"
    DISQUALIFIED = "disqualified"


class Priority(StrEnum):
    """How soon somebody must look, highest first."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Truth(StrEnum):
    """The value of a condition. A missing field is not false, it is not evaluated."""

    TRUE = "true"
    FALSE = "false"
    NOT_EVALUATED = "not_evaluated"


class ConditionTrace(Contract):
    """One evaluated comparison."""

    field: str
    op: str
    truth: Truth


class RuleTrace(Contract):
    """One rule that was tried, in order."""

    rule: str
    truth: Truth
    conditions: tuple[ConditionTrace, ...] = ()


class ReviewNeed(Contract):
    """That a person must decide first, and why."""

    approval: Slug
    """The approval policy that says whom to ask."""
    reason: Slug
    """A reason code; `policies/approvals.yaml` has its plain words."""


class FollowUpPlan(Contract):
    """The follow-up to prepare."""

    template: Slug
    needs_approval: bool = False


class Route(Contract):
    """One routing decision, complete."""

    rule: str
    """The id of the first rule that matched."""
    path: LeadPath
    stage: str
    category: str | None = None
    intent: str | None = None
    priority: Priority
    pool: str | None = None
    """Whose owners it is allocated among."""
    sla: str | None = None
    """The follow-through rule."""
    programme: str | None = None
    """The nurture programme to enrol in."""
    follow_up: FollowUpPlan | None = None
    review: ReviewNeed | None = None
    escalate_to: str | None = None
    """A person to alert at once."""
    disqualify_reason: str | None = None
    reasons: tuple[str, ...] = ()
    """Plain words, in the order that they mattered."""
    evidence: tuple[str, ...] = ()
    trace: tuple[RuleTrace, ...] = ()
    policy_hash: Key


class RouteLeadInput(Contract):
    """Everything that routing may look at."""

    assessment: Assessment
    match: MatchVerdict
    classification: Classification | None = None
    corrected_category: str | None = None
    """A reviewer's correction; overrules the classifier."""
    details_overdue: bool = False
    """An incomplete lead whose deadline for details has passed."""


class AllocateOwnerInput(Contract):
    """The question for the `allocate_owner` step."""

    key: Key
    policy_hash: Key
    pool: Slug
    sticky_owner_id: str | None = None
    excluded_owner_ids: tuple[str, ...] = ()
    at: AwareDatetime


class OwnerConsideration(Contract):
    """One member of a pool, and why they could or could not take the lead."""

    owner_id: str
    eligible: bool
    reason: str


class Allocation(Contract):
    """Who got the lead and why; `owner_id` is none where nobody is eligible."""

    owner_id: str | None
    pool: str
    reason: str
    considered: tuple[OwnerConsideration, ...] = ()
    escalated_to: str | None = None
    """Who holds the lead where nobody is eligible: the pool's escalation person."""


class OwnerLoad(Contract):
    """The allocator's memory of one owner in one pool."""

    owner_id: str
    credit: int = 0
    """Smooth weighted round robin: who has the highest credit is next."""
    day: str = ""
    """ISO date in the owner's zone that `taken` counts for."""
    taken: int = 0


class AllocationChoice(Contract):
    """What the chooser decided, and the loads as they are afterwards."""

    allocation: Allocation
    loads: tuple[OwnerLoad, ...]
