"""Customers who call it off, and runs that an operator cancels: in each state in which that may happen."""

from contracts.approval import Verdict
from contracts.onboarding import CancelOnboarding
from contracts.onboarding_states import OnboardingState
from tests.replay.onboarding_scenes import (
    FORGED,
    HANDOVER,
    KICKOFF,
    ONLY_AN_ACCOUNT,
    UNSIGNED,
    VALUABLE,
    VALUE_CHECK,
    WORKSPACE,
    busy_for_months,
    decided,
    onboarding,
    onboarding_rules,
    taken_over,
)
from tests.replay.scenario import Scenario, refused_update, seconds
from tests.replay.scenes import cancelled, failing, held, standing_in, under_way
from tests.workflows.house import House
from tests.workflows.onboarding import OnboardingRun, cancel
from workflows.customer_onboarding import CustomerOnboardingWorkflow


async def by_the_customer(house: House, run: OnboardingRun) -> None:
    """The customer calls it off; what is under way then may end."""
    await cancel(house, run)
    house.faults.release_all()


async def by_nobody_we_know(house: House, run: OnboardingRun) -> None:
    unverified = CancelOnboarding(actor=FORGED, reason="for fun")
    await refused_update(run, CustomerOnboardingWorkflow.cancel_onboarding, unverified)


async def by_both(house: House, run: OnboardingRun) -> None:
    """The customer calls it off, and an operator cancels the run while it is undone."""
    await cancel(house, run)
    await under_way("close_account")(house, run)
    await cancelled(house, run)


VALUE_CHECKED_LATE = onboarding_rules(*VALUE_CHECK, way={"first_value_after": seconds(600)})

SCENARIOS: tuple[Scenario, ...] = (
    onboarding(
        "called_off_while_planning",
        "Called off before there is a plan.",
        under_way("pin_active"),
        by_the_customer,
        before=held("pin_active"),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
    ),
    onboarding(
        "called_off_while_checking",
        "Called off while other systems are asked.",
        under_way("readiness"),
        by_the_customer,
        before=held("readiness"),
    ),
    onboarding(
        "called_off_while_something_is_missing",
        "Refused from an unverified actor, then called off while something is missing.",
        standing_in(OnboardingState.AWAITING_PREREQUISITES),
        by_nobody_we_know,
        by_the_customer,
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
        tax_id=None,
    ),
    onboarding(
        "called_off_while_the_contract_is_awaited",
        "Called off while the contract is awaited.",
        standing_in(OnboardingState.AWAITING_CONTRACT),
        by_the_customer,
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
        **UNSIGNED,
    ),
    onboarding(
        "called_off_in_approval",
        "Called off while somebody is asked to agree; the approval is taken back.",
        standing_in(OnboardingState.IN_APPROVAL),
        by_the_customer,
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
        **VALUABLE,
    ),
    onboarding(
        "called_off_while_setting_up",
        "Called off while a workspace is made.",
        under_way("create_workspace"),
        by_the_customer,
        before=held("create_workspace"),
        bundle=onboarding_rules(*WORKSPACE),
    ),
    onboarding(
        "called_off_while_the_kickoff_is_chosen",
        "Called off instead of choosing a time, while the rest is being made.",
        standing_in(OnboardingState.AWAITING_KICKOFF_CHOICE),
        by_the_customer,
    ),
    onboarding(
        "called_off_while_the_kickoff_is_overdue",
        "Called off while people of ours have been told.",
        standing_in(OnboardingState.KICKOFF_OVERDUE),
        by_the_customer,
        before=busy_for_months,
        bundle=onboarding_rules(*KICKOFF),
    ),
    onboarding(
        "called_off_in_handover",
        "Called off while the success team is asked.",
        standing_in(OnboardingState.IN_HANDOVER),
        by_the_customer,
        bundle=onboarding_rules(*HANDOVER),
    ),
    onboarding(
        "called_off_after_the_handover_was_refused",
        "Called off since the success team refused.",
        decided(1, Verdict.REJECT),
        standing_in(OnboardingState.HANDOVER_REFUSED),
        by_the_customer,
        bundle=onboarding_rules(*HANDOVER),
    ),
    onboarding(
        "called_off_before_the_value_check",
        "Called off by a customer who is live.",
        taken_over,
        standing_in(OnboardingState.AWAITING_FIRST_VALUE),
        by_the_customer,
        bundle=onboarding_rules(way={"first_value_after": seconds(600)}),
    ),
    onboarding(
        "called_off_while_parked",
        "Called off while a step is parked.",
        standing_in(OnboardingState.PARKED),
        by_the_customer,
        before=failing("create_workspace"),
        bundle=onboarding_rules(*WORKSPACE),
    ),
    onboarding(
        "cancelled_while_checking",
        "Cancelled by an operator while other systems are asked.",
        under_way("readiness"),
        cancelled,
        before=held("readiness"),
    ),
    onboarding(
        "cancelled_while_something_is_missing",
        "Cancelled by an operator while something is missing.",
        standing_in(OnboardingState.AWAITING_PREREQUISITES),
        cancelled,
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
        tax_id=None,
    ),
    onboarding(
        "cancelled_while_others_are_under_way",
        "Cancelled by an operator while several steps are taken side by side: undone, then cancelled.",
        under_way("create_workspace"),
        cancelled,
        before=held("create_workspace"),
    ),
    onboarding(
        "cancelled_in_handover",
        "Cancelled by an operator while the success team is asked.",
        standing_in(OnboardingState.IN_HANDOVER),
        cancelled,
        bundle=onboarding_rules(*HANDOVER),
    ),
    onboarding(
        "cancelled_before_the_value_check",
        "Cancelled by an operator while the value check is awaited.",
        standing_in(OnboardingState.AWAITING_FIRST_VALUE),
        cancelled,
        bundle=VALUE_CHECKED_LATE,
    ),
    onboarding(
        "cancelled_while_recording",
        "Cancelled by an operator while its end is being recorded: undone, and recorded so.",
        under_way("record_onboarding"),
        cancelled,
        before=held("record_onboarding"),
        bundle=onboarding_rules(*WORKSPACE),
    ),
    onboarding(
        "cancelled_while_undoing",
        "Called off, and cancelled by an operator meanwhile: the undo is done to its end.",
        standing_in(OnboardingState.AWAITING_FIRST_VALUE),
        by_both,
        before=held("close_account"),
        bundle=VALUE_CHECKED_LATE,
    ),
)
