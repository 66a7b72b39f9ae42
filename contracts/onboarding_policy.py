"""What the business tunes about onboarding: templates by segment, prerequisites, approvals, waits, words."""

from typing import Literal

from pydantic import Field

from contracts.base import Line, Slug, Text
from contracts.onboarding_plan import OnboardingStep, Prerequisite
from contracts.policy_terms import BusinessDuration, Condition, Duration, PolicyModel, SlugSet, TextSet
from contracts.review_rules import ReviewRule

SELLER = "seller"
"""Stands for whoever sold the order, wherever a person is named here."""


class SupplyPolicy(PolicyModel):
    """What an order must have, and who supplies what is missing."""

    ask: dict[Prerequisite, Slug]
    """A person or `seller`, for every prerequisite."""
    tax_id_countries: TextSet = frozenset()
    """ISO 3166 alpha-2 codes of countries in which a business invoice needs the customer's tax id."""
    remind_after: tuple[BusinessDuration, ...] = ()
    deadline: BusinessDuration


class PlanLimits(PolicyModel):
    """A plan that is sold, and for how many seats."""

    meaning: str
    least_seats: int = Field(default=1, ge=1)
    most_seats: int | None = Field(default=None, ge=1)


class ContractPolicy(PolicyModel):
    """How it is found out that a contract is signed, and how long that may take."""

    confirm_by: Literal["signal", "poll"] = "signal"
    """`poll` asks the contract registry now and then, and takes the signal as well."""
    poll_every: Duration | None = None
    remind_after: tuple[BusinessDuration, ...] = ()
    deadline: BusinessDuration


class OnboardingStepPolicy(PolicyModel):
    """A step that a template takes."""

    step: OnboardingStep
    owner: Slug
    """A person or `seller`."""
    budget: BusinessDuration
    after: tuple[OnboardingStep, ...] = ()
    """On top of what the step depends on anyway (`rules/onboarding_plan.py`)."""


class TaskPolicy(PolicyModel):
    """A task for one of our people."""

    id: Slug
    subject: Line
    owner: Slug
    """A person or `seller`."""
    due_after: BusinessDuration


class KickoffPolicy(PolicyModel):
    """How a customer is offered a kickoff."""

    host: Slug
    duration: Duration
    slots: int = Field(default=3, ge=1, le=10)
    first_after: BusinessDuration
    choose_within: BusinessDuration
    rounds: int = Field(default=2, ge=1, le=10)


class OnboardingTemplate(PolicyModel):
    """How one segment of customers is onboarded; first match wins."""

    id: Slug
    meaning: str
    """Plain words, shown to people as the reason."""
    when: Condition
    prerequisites: tuple[Prerequisite, ...]
    steps: tuple[OnboardingStepPolicy, ...] = Field(min_length=1)
    tasks: tuple[TaskPolicy, ...] = ()
    success_owner: Slug
    kickoff: KickoffPolicy | None = None
    """Needed by the step `arrange_kickoff`."""
    handover_approval: Slug | None = None
    """Needed by the step `hand_over`."""
    first_value_after: BusinessDuration | None = None
    """Needed by the step `confirm_first_value`."""


class CustomerMessageTemplate(PolicyModel):
    """A message to a customer. `rules/customer_messages.py` lists what can be filled in."""

    subject: Line
    body: Text


class CustomerMessagesPolicy(PolicyModel):
    """What customers are told."""

    kickoff_offer: CustomerMessageTemplate
    kickoff_offered_again: CustomerMessageTemplate
    welcome: CustomerMessageTemplate
    withdrawn: CustomerMessageTemplate
    """Takes back what was said before: a message cannot be unsent."""


class OnboardingPolicy(PolicyModel):
    """Everything tunable about onboarding."""

    calendar: Slug
    """Business time of budgets and deadlines, read in `zone`."""
    zone: str
    """IANA zone name."""
    manager: Slug
    """Who is told where something is overdue or refused."""
    plans: dict[Slug, PlanLimits]
    regions: SlugSet
    """Where customers' data may live."""
    supply: SupplyPolicy
    contract: ContractPolicy
    approvals: tuple[ReviewRule, ...] = ()
    """Which terms need whose agreement; first match wins, otherwise nobody is asked."""
    templates: tuple[OnboardingTemplate, ...] = Field(min_length=1)
    """The last one must match everything."""
    messages: CustomerMessagesPolicy
