"""The schema of a policy bundle: everything the business tunes, as data. Unknown keys are refused."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.access_policy import AccessPolicy
from contracts.base import Line, Slug, Text
from contracts.calendars import Calendar, OpeningHours, Weekday
from contracts.classification import Label, VocabularyTerm
from contracts.crm_mapping import CrmMapping
from contracts.delivery import Channel
from contracts.delivery_policy import DeliveryPolicy
from contracts.failure_policy import FailureAnswer, FailurePolicy, StepPolicy
from contracts.limbo_policy import LimboPolicy
from contracts.onboarding_policy import OnboardingPolicy
from contracts.policy_terms import (
    AllOf,
    Always,
    AnyOf,
    BusinessDuration,
    Comparison,
    Condition,
    Duration,
    NotOf,
    Op,
    PolicyModel,
    SlugSet,
    TextSet,
)
from contracts.review_rules import ReviewRule
from contracts.routing import FollowUpPlan, LeadPath, Priority, ReviewNeed

__all__ = [
    "AllOf",
    "Always",
    "AnyOf",
    "Calendar",
    "Comparison",
    "Condition",
    "FailureAnswer",
    "NotOf",
    "Op",
    "OpeningHours",
    "PolicyModel",
    "ReviewRule",
    "StepPolicy",
    "Weekday",
]
"""What is defined next door and may be imported from here, beside this module's own names."""


class Absence(PolicyModel):
    """Whole days off, both inclusive."""

    first: date
    last: date

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.last < self.first:
            raise ValueError("last must not be before first")
        return self


class Person(PolicyModel):
    """Somebody who owns, approves or is told. The id is an opaque staff id, safe in search attributes."""

    id: Slug
    name: Line
    email: Line
    zone: str
    """IANA zone name."""
    calendar: Slug
    roles: SlugSet = frozenset()
    manager: Slug | None = None
    absences: tuple[Absence, ...] = ()
    channels: tuple[Channel, ...] | None = None
    """How this person wants to be told, instead of what holds for everybody (messages.yaml)."""
    addresses: dict[Channel, Line] = Field(default_factory=dict)
    """By channel, for example the Slack member id; the e-mail address stands in `email`."""


class PoolMember(PolicyModel):
    """A person's share in a pool."""

    person: Slug
    weight: int = Field(default=1, ge=1, le=100)
    daily_cap: int | None = Field(default=None, ge=0)
    """Leads a day, counted in the person's zone; none means no cap."""


class Pool(PolicyModel):
    """Owners who share a kind of lead fairly."""

    members: tuple[PoolMember, ...] = Field(min_length=1)
    outside_hours: Literal["next_opening", "nobody"] = "next_opening"
    """When nobody is at work: prefer whoever opens first, or say nobody is eligible."""
    fallback_pool: Slug | None = None
    """Tried where nobody here is eligible."""
    escalate_to: Slug
    """Who is told, and holds the lead, where nobody is eligible at all."""


class SpamPolicy(PolicyModel):
    """What marks a submission as not from a person."""

    min_seconds_to_submit: float = 2.0
    disposable_domains: TextSet = frozenset()
    max_arrivals: int = Field(default=5, ge=1)
    """From one sender or address inside the window; more is spam."""
    arrival_window: Duration = timedelta(minutes=10)


class AssessmentPolicy(PolicyModel):
    """What a usable lead has."""

    required_fields: tuple[str, ...]
    """Dotted names of the normalised lead, for example `lead.source`; `a|b` means one of the two."""
    default_region: str = "US"
    """ISO 3166 alpha-2: how a phone number without country code is read."""
    sources: dict[str, tuple[str, ...]]
    """Canonical source name → spellings that mean it."""
    categories: dict[str, tuple[str, ...]]
    """Allowed service category → spellings of a fixed choice that mean it."""
    free_mail_domains: TextSet = frozenset()
    spam: SpamPolicy = SpamPolicy()
    utm_expected_for: tuple[str, ...] = ()
    """Entry kinds for which missing UTM is a warning."""


class IncompletePolicy(PolicyModel):
    """What happens to a lead that cannot be used as it came."""

    ask: Slug
    """The person who completes it."""
    calendar: Slug
    remind_after: BusinessDuration
    deadline: BusinessDuration
    """Business time; afterwards routing sees `lead.details_overdue`."""


class FieldMapping(PolicyModel):
    """Where a field of ours lives in the CRM, and what fits there."""

    field: str
    """Name in the normalised lead."""
    crm_object: Literal["company", "contact", "deal", "ticket", "enrolment"]
    crm_field: str
    max_length: int | None = None


class MatchingPolicy(PolicyModel):
    """How alike is alike. Scores are 0 to 1."""

    merge_at: float = Field(default=0.92, ge=0, le=1)
    review_at: float = Field(default=0.80, ge=0, le=1)


class ReadingRule(PolicyModel):
    """When text is read; first match wins, otherwise nothing is read."""

    id: Slug
    when: Condition
    classify: bool = False
    summarise: bool = False


class ReadingPolicy(PolicyModel):
    """What a classifier may answer and when its answer is enough."""

    rules: tuple[ReadingRule, ...] = ()
    categories: tuple[Label, ...]
    intents: tuple[Label, ...] = ()
    risk_terms: tuple[VocabularyTerm, ...] = ()
    confidence_floor: float = Field(default=0.6, ge=0, le=1)
    summary_max_sentences: int = Field(default=5, ge=1, le=20)
    summary_max_characters: int = Field(default=1_200, ge=100, le=5_000)


class RoutingRule(PolicyModel):
    """One row of the routing table."""

    id: Slug
    meaning: str
    """Plain words, shown to people as the reason."""
    when: Condition
    path: LeadPath
    stage: Slug
    priority: Priority = Priority.NORMAL
    category: Slug | None = None
    """Set by the rule; otherwise the declared or inferred category is kept."""
    pool: Slug | None = None
    sla: Slug | None = None
    programme: Slug | None = None
    follow_up: FollowUpPlan | None = None
    review: ReviewNeed | None = None
    escalate_to: Slug | None = None
    disqualify_reason: Slug | None = None


class RoutingPolicy(PolicyModel):
    """First match wins; the last rule must match everything."""

    rules: tuple[RoutingRule, ...] = Field(min_length=1)
    reviews: tuple[ReviewRule, ...] = ()


class ApprovalPolicy(PolicyModel):
    """Whom to ask and how long to wait. Durations are business time of the person asked."""

    approvers: tuple[Slug, ...] = Field(min_length=1)
    """People; `role:NAME` is not allowed here on purpose: an approval names who may decide."""
    escalate_to: tuple[Slug, ...] = ()
    """May decide too, once it is escalated."""
    quorum: int = Field(default=1, ge=1)
    remind_after: tuple[BusinessDuration, ...] = ()
    escalate_after: BusinessDuration | None = None
    expire_after: BusinessDuration
    calendar: Slug | None = None
    """Instead of the first approver's own calendar."""


class ApprovalsPolicy(PolicyModel):
    """All approval policies, and the plain words of their reason codes."""

    policies: dict[Slug, ApprovalPolicy]
    reasons: dict[Slug, str]


class FollowThroughRule(PolicyModel):
    """How a lead is followed after it was handed over. Durations are business time of the owner."""

    acknowledge_within: BusinessDuration
    remind_before: BusinessDuration = timedelta(0)
    """The reminder goes out this long before the deadline."""
    max_reassignments: int = Field(default=1, ge=0, le=5)
    outcome_within: BusinessDuration
    """The horizon; a lead without an outcome is flagged then."""
    flag_again_after: BusinessDuration


class FollowUpTemplate(PolicyModel):
    """A message to the lead. `$name`, `$company`, `$owner`, `$category` are filled in."""

    subject: Line
    body: Text


class NurtureProgramme(PolicyModel):
    """A sequence that a contact can be enrolled in."""

    meaning: str


class PolicyBundle(PolicyModel):
    """Everything tunable, checked as a whole and pinned by hash."""

    version: Annotated[str, Field(min_length=1, max_length=60)]
    calendars: dict[Slug, Calendar]
    people: tuple[Person, ...]
    pools: dict[Slug, Pool]
    assessment: AssessmentPolicy
    incomplete: IncompletePolicy
    crm_fields: tuple[FieldMapping, ...]
    matching: MatchingPolicy = MatchingPolicy()
    reading: ReadingPolicy
    routing: RoutingPolicy
    approvals: ApprovalsPolicy
    follow_through: dict[Slug, FollowThroughRule]
    follow_ups: dict[Slug, FollowUpTemplate]
    programmes: dict[Slug, NurtureProgramme]
    failures: FailurePolicy | None = None
    """None in bundles that were stored before there was the table; `steps` says then what it says."""
    steps: dict[Slug, StepPolicy] = Field(default_factory=dict)
    """Empty in bundles that have the table."""
    onboarding: OnboardingPolicy | None = None
    """None in bundles that were stored before there was onboarding."""
    access: AccessPolicy | None = None
    """The same, for access requests."""
    delivery: DeliveryPolicy = DeliveryPolicy()
    """The outbox only in bundles that were stored before there were channels."""
    layouts: dict[str, str] = Field(default_factory=dict)
    """Jinja2 templates of mails by name, from the bundle's folder `messages/`."""
    limbo: LimboPolicy = LimboPolicy()
    """The defaults in bundles that were stored before work left lying was looked for."""
    crm: dict[Slug, CrmMapping] = Field(default_factory=dict)
    """By the CRM's name in the settings. Empty where only the embedded one is used, and in older bundles."""
