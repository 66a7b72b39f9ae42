"""The plan of one onboarding: which steps, in which order, owned by whom, and when they are due."""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from contracts.assessment import PolicyPin
from contracts.base import Contract, Key, Line, Slug
from contracts.calendars import Calendar
from contracts.order import OnboardingOrder, OrderDetails
from contracts.routing import ReviewNeed, RuleTrace


class OnboardingStep(StrEnum):
    """The steps that a plan is made of."""

    OPEN_ACCOUNT = "open_account"
    OPEN_BILLING_CUSTOMER = "open_billing_customer"
    START_SUBSCRIPTION = "start_subscription"
    CREATE_WORKSPACE = "create_workspace"
    INVITE_ADMIN = "invite_admin"
    ARRANGE_KICKOFF = "arrange_kickoff"
    SEND_WELCOME = "send_welcome"
    ASSIGN_TASKS = "assign_tasks"
    HAND_OVER = "hand_over"
    ACTIVATE_ACCOUNT = "activate_account"
    CONFIRM_FIRST_VALUE = "confirm_first_value"


class Prerequisite(StrEnum):
    """What must be there before anything is touched."""

    COMPANY = "company"
    CONTRACT_REFERENCE = "contract_reference"
    BILLING_CONTACT = "billing_contact"
    BILLING_ADDRESS = "billing_address"
    TAX_ID = "tax_id"
    """Only where the country needs one."""
    PLAN = "plan"
    SEATS = "seats"
    TECHNICAL_CONTACT = "technical_contact"
    REGION = "region"
    """Known and allowed."""
    BILLING_READY = "billing_ready"
    """The billing system can take the customer: no open account, no subscription of theirs is in the way."""
    WORKSPACE_READY = "workspace_ready"
    """The product can be provisioned for the customer in the region."""


class PrerequisiteCheck(Contract):
    """One prerequisite, and who must supply it where it is not met."""

    prerequisite: Prerequisite
    met: bool
    problem: str = ""
    """What is wrong, in plain words without personal data."""
    ask: str = ""
    """The person who must supply it."""


class CheckPrerequisitesInput(Contract):
    """The question for `rules/onboarding_checks.py`."""

    policy_hash: Key
    prerequisites: tuple[Prerequisite, ...]
    details: OrderDetails
    seller_id: Slug


class PrerequisiteReport(Contract):
    """All prerequisites that can be judged without asking another system."""

    checks: tuple[PrerequisiteCheck, ...]


class Readiness(Contract):
    """Whether another system can take a customer, asked before anything is touched."""

    ready: bool
    problem: str = ""
    """Why not, in plain words without personal data."""


class WorkClock(Contract):
    """The business time that a plan is counted in."""

    calendar: Calendar
    zone: str


class Wait(Contract):
    """How long somebody may take, in business time from the moment they are asked."""

    remind_after: tuple[timedelta, ...] = ()
    deadline: timedelta


class PlannedStep(Contract):
    """One step of a plan."""

    step: OnboardingStep
    after: tuple[OnboardingStep, ...] = ()
    """Begins once all of these are done."""
    owner_id: Slug
    """Who answers for it."""
    budget: timedelta
    """Business time that it may take."""
    irreversible: str = ""
    """Why it cannot be undone; empty where it can."""


class PlannedTask(Contract):
    """A task for one of our people."""

    id: Slug
    subject: Line
    owner_id: Slug
    due_after: timedelta
    """Business time after it is given."""


class ContractPlan(Contract):
    """How it is found out that the contract is signed."""

    poll_every: timedelta | None = None
    """None waits for the signal `contract_signed` alone."""
    wait: Wait


class KickoffPlan(Contract):
    """How the customer is offered a kickoff."""

    host_id: Slug
    duration: timedelta
    slots: int
    """Offered at a time."""
    first_after: timedelta
    """Business time between the offer and its first slot."""
    choose_within: timedelta
    """Business time for the customer to choose, before other slots are offered."""
    rounds: int
    """Offers before it is escalated; then it is offered again and again."""


class OnboardingPlan(Contract):
    """Everything that the policy says about one onboarding, with people named; kept in the run's history."""

    pin: PolicyPin
    template: str
    reasons: tuple[str, ...] = ()
    trace: tuple[RuleTrace, ...] = ()
    steps: tuple[PlannedStep, ...]
    prerequisites: tuple[Prerequisite, ...]
    ask: dict[Prerequisite, Slug] = Field(default_factory=dict)
    """Who must supply each of them."""
    supply: Wait
    """For whoever must supply what is missing."""
    contract: ContractPlan
    tasks: tuple[PlannedTask, ...] = ()
    kickoff: KickoffPlan | None = None
    handover_approval: Slug | None = None
    """The approval policy that asks the success team to take over."""
    first_value_after: timedelta | None = None
    success_owner_id: Slug
    manager_id: Slug
    """Who is told where something is overdue or refused."""
    clock: WorkClock


class PlanOnboardingInput(Contract):
    """The question for `rules/onboarding_plan.py`."""

    order: OnboardingOrder
    policy_hash: str = ""
    """Empty in the first question of a run: the active bundle is pinned then."""


class JudgeTermsInput(Contract):
    """The question whether the terms need somebody's approval."""

    policy_hash: Key
    details: OrderDetails
    template: str


class TermsVerdict(Contract):
    """Whether the terms need somebody's approval, and the rules that were tried."""

    review: ReviewNeed | None = None
    rule: str | None = None
    question: Line = ""
    """What is asked, without personal data."""
    trace: tuple[RuleTrace, ...] = ()


class StepProgress(StrEnum):
    """How a step of the plan stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class StepForecast(Contract):
    """A step of the plan as a status shows it."""

    step: OnboardingStep
    progress: StepProgress
    owner_id: str
    after: tuple[OnboardingStep, ...] = ()
    due_at: AwareDatetime
    """When it is expected to be done, in business time; for a step that is done, when it was."""
    begun_at: AwareDatetime | None = None


class Forecast(Contract):
    """When the onboarding is expected to be finished; revised as steps finish."""

    steps: tuple[StepForecast, ...]
    finish_at: AwareDatetime
