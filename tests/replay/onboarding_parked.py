"""Customers of whom a step cannot be done: parked, then retried, skipped or abandoned."""

from contracts.agreements import AgreementState
from contracts.approval import Verdict
from contracts.names import Step
from contracts.onboarding_plan import OnboardingStep, Prerequisite
from contracts.onboarding_policy import ContractPolicy
from contracts.onboarding_states import OnboardingState
from contracts.status import ResolutionAnswer
from tests.replay.onboarding_scenes import (
    HANDOVER,
    KICKOFF_MEANWHILE,
    ONLY_AN_ACCOUNT,
    POLLED,
    UNSIGNED,
    VALUABLE,
    WORKSPACE,
    busy_for_months,
    chosen,
    decided,
    onboarding,
    onboarding_rules,
    registered,
    signed,
)
from tests.replay.scenario import Scenario, seconds
from tests.replay.scenes import answered, approval_lost, both, failing, held, let_go, standing_in
from tests.workflows.house import House
from tests.workflows.onboarding import (
    OnboardingRun,
    cancel,
    choose,
    hand_over_again,
)
from tests.workflows.policies import skippable


async def chosen_while_parked(house: House, run: OnboardingRun) -> None:
    """The kickoff is chosen and booked beneath the parked step."""
    await house.in_state(run, OnboardingState.PARKED)
    await choose(house, run)
    await house.when(run, lambda status: status.kickoff_at is not None)


async def another_letter_parked(house: House, run: OnboardingRun) -> None:
    """The offer is parked already when the welcome cannot be sent either."""
    status = await house.in_state(run, OnboardingState.PARKED)
    (offer,) = status.parked
    await let_go(house, run)
    await house.when(run, lambda seen: any(parked.since > offer.since for parked in seen.parked))


async def called_off(house: House, run: OnboardingRun) -> None:
    await cancel(house, run)


async def mended_in_vain(house: House, run: OnboardingRun) -> None:
    """What they lacked is mended, and cannot be written down."""
    await house.in_state(run, OnboardingState.HANDOVER_REFUSED)
    house.faults.fail("create_note")
    await hand_over_again(house, run)


SCENARIOS: tuple[Scenario, ...] = (
    onboarding(
        "parked_while_planning",
        "The policy cannot be had, so nobody rules: parked, then retried.",
        answered(Step.PLAN_ONBOARDING),
        before=failing("pin_active"),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
    ),
    onboarding(
        "parked_while_checking",
        "Billing refuses to be asked: parked, then retried.",
        answered(Step.CHECK_BILLING, healed="readiness"),
        before=failing("readiness", only="check_billing"),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, way={"prerequisites": (Prerequisite.BILLING_READY,)}),
    ),
    onboarding(
        "parked_while_awaiting_the_contract",
        "The registry refuses to be asked: parked, then retried.",
        answered(Step.READ_AGREEMENT),
        registered(AgreementState.SIGNED),
        before=failing("read"),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, contract=POLLED),
        **UNSIGNED,
    ),
    onboarding(
        "registry_left_alone",
        "The registry refuses to be asked: parked, then skipped; somebody says that the contract is signed.",
        answered(Step.READ_AGREEMENT, ResolutionAnswer.SKIP),
        standing_in(OnboardingState.AWAITING_CONTRACT),
        signed,
        before=failing("read"),
        bundle=onboarding_rules(
            *ONLY_AN_ACCOUNT,
            answers=skippable(Step.READ_AGREEMENT),
            contract=ContractPolicy(confirm_by="poll", poll_every=seconds(600), deadline=seconds(1200)),
        ),
        **UNSIGNED,
    ),
    onboarding(
        "parked_while_judging_the_terms",
        "The terms cannot be judged for a moment: parked, then retried.",
        standing_in(OnboardingState.AWAITING_CONTRACT),
        signed,
        answered(Step.JUDGE_TERMS, healed="load"),
        before=failing("load", only="judge_terms"),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
        **UNSIGNED,
    ),
    onboarding(
        "lost_approval_asked_again",
        "The approval of the terms is terminated: parked, then asked again.",
        approval_lost,
        answered(Step.ASK_APPROVAL),
        decided(1),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
        **VALUABLE,
    ),
    onboarding(
        "parked_while_setting_up",
        "A workspace cannot be made: parked, then retried.",
        answered(Step.CREATE_WORKSPACE),
        before=failing("create_workspace"),
        bundle=onboarding_rules(*WORKSPACE),
    ),
    onboarding(
        "parked_at_two_steps",
        "Two steps side by side are parked, and answered one by one.",
        answered(Step.OPEN_BILLING_CUSTOMER),
        answered(Step.CREATE_WORKSPACE),
        before=both(failing("create_workspace"), failing("open_customer")),
        bundle=onboarding_rules(*WORKSPACE, OnboardingStep.OPEN_BILLING_CUSTOMER),
    ),
    onboarding(
        "parked_then_skipped",
        "The customer cannot be written to: parked, then skipped.",
        answered(Step.MESSAGE_CUSTOMER, ResolutionAnswer.SKIP),
        before=failing("send_to_customer"),
        bundle=onboarding_rules(
            *WORKSPACE, OnboardingStep.SEND_WELCOME, answers=skippable(Step.MESSAGE_CUSTOMER)
        ),
    ),
    onboarding(
        "parked_at_two_letters",
        "Two letters side by side cannot be sent: parked as one step, and both tried again by one answer.",
        another_letter_parked,
        answered(Step.MESSAGE_CUSTOMER, healed="send_to_customer"),
        chosen,
        before=both(failing("send_to_customer", calls=(1, 2)), held("create_workspace")),
        bundle=onboarding_rules(*KICKOFF_MEANWHILE, OnboardingStep.SEND_WELCOME),
    ),
    onboarding(
        "parked_then_abandoned",
        "A workspace cannot be made: parked, then abandoned and undone.",
        answered(Step.CREATE_WORKSPACE, ResolutionAnswer.ABANDON),
        before=failing("create_workspace"),
        bundle=onboarding_rules(*WORKSPACE),
    ),
    onboarding(
        "parked_while_the_kickoff_is_chosen",
        "The administrator cannot be invited while the customer chooses: parked, retried, then chosen.",
        standing_in(OnboardingState.AWAITING_KICKOFF_CHOICE),
        let_go,
        answered(Step.INVITE_ADMIN),
        chosen,
        before=both(held("create_workspace"), failing("invite_admin")),
        bundle=onboarding_rules(*KICKOFF_MEANWHILE),
    ),
    onboarding(
        "kickoff_chosen_while_parked",
        "The same, and the customer chooses while the step is parked.",
        standing_in(OnboardingState.AWAITING_KICKOFF_CHOICE),
        let_go,
        chosen_while_parked,
        answered(Step.INVITE_ADMIN),
        before=both(held("create_workspace"), failing("invite_admin")),
        bundle=onboarding_rules(*KICKOFF_MEANWHILE),
    ),
    onboarding(
        "parked_while_the_kickoff_is_overdue",
        "The administrator cannot be invited while nobody has time: parked, retried, then called off.",
        standing_in(OnboardingState.KICKOFF_OVERDUE),
        let_go,
        answered(Step.INVITE_ADMIN),
        standing_in(OnboardingState.KICKOFF_OVERDUE),
        called_off,
        before=both(busy_for_months, held("create_workspace"), failing("invite_admin")),
        bundle=onboarding_rules(*KICKOFF_MEANWHILE),
    ),
    onboarding(
        "lost_handover_asked_again",
        "The success team's approval is terminated: parked, then asked again.",
        approval_lost,
        answered(Step.ASK_APPROVAL),
        decided(1),
        bundle=onboarding_rules(*HANDOVER),
    ),
    onboarding(
        "parked_after_the_handover_was_refused",
        "What is mended cannot be written down: parked, then retried.",
        decided(1, Verdict.REJECT),
        mended_in_vain,
        answered(Step.CREATE_NOTE, healed="create_note"),
        decided(2),
        bundle=onboarding_rules(*HANDOVER),
    ),
    onboarding(
        "parked_while_recording",
        "The ledger refuses to note how it ended: parked, then retried.",
        answered(Step.RECORD_ONBOARDING),
        before=failing("record_onboarding"),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
    ),
)
