"""Customers who are set up: the whole way and shorter ones, the kickoff, the hand-over, the value check."""

from datetime import timedelta

from contracts.approval import Verdict
from contracts.failure_policy import FailureAnswer, StepPolicy
from contracts.names import Step
from contracts.onboarding import HandOverAgain, KickoffChoice
from contracts.onboarding_plan import OnboardingStep
from contracts.onboarding_states import OnboardingState
from contracts.provisioning import Usage
from contracts.scheduling import CustomersBooking, Slot
from tests.onboarding_bundles import lean_template
from tests.replay.onboarding_scenes import (
    FORGED,
    HANDOVER,
    KICKOFF,
    VALUE_CHECK,
    booked_by_another,
    busy_for_months,
    chosen,
    decided,
    free_again,
    offered,
    onboarding,
    onboarding_rules,
    taken_over,
    used,
)
from tests.replay.scenario import Scenario, refused_update, seconds
from tests.replay.scenes import answered_within, failing, standing_in
from tests.workflows.house import House
from tests.workflows.onboarding import (
    OnboardingRun,
    book_at_the_page,
    choose,
    hand_over_again,
    until_kickoff_is_offered,
)
from workflows.customer_onboarding import CustomerOnboardingWorkflow

OFFERED_FOR_A_WHILE = offered(choose_within=seconds(2), rounds=1)


async def chosen_in_the_second_round(house: House, run: OnboardingRun) -> None:
    """Refused from an unverified actor in the first round, which then passes."""
    unverified = KickoffChoice(actor=FORGED, slot_id=(await first_time_offered(house, run)).id)
    await refused_update(run, CustomerOnboardingWorkflow.choose_kickoff, unverified)
    await house.when(run, lambda status: status.kickoff is not None and status.kickoff.round > 1)
    await choose(house, run)


async def first_time_offered(house: House, run: OnboardingRun) -> Slot:
    slot: Slot = (await until_kickoff_is_offered(house, run)).kickoff.slots[0]
    return slot


async def chosen_late(house: House, run: OnboardingRun) -> None:
    """Chosen only once people of ours were told."""
    await house.in_state(run, OnboardingState.KICKOFF_OVERDUE)
    await choose(house, run)


async def chosen_although_taken(house: House, run: OnboardingRun) -> None:
    """Somebody else is quicker; then another time is chosen."""
    await booked_by_another(house, await first_time_offered(house, run))
    await choose(house, run)
    await house.when(run, lambda status: status.kickoff is not None and status.kickoff.round > 1)
    await choose(house, run)


async def booked_at_the_page(house: House, run: OnboardingRun) -> None:
    """At a time that was not offered; the page tells of it twice."""
    slot = await first_time_offered(house, run)
    at = slot.starts_at + timedelta(minutes=15)
    booked = CustomersBooking(id="page-1", starts_at=at, ends_at=at + (slot.ends_at - slot.starts_at))
    for _ in range(2):
        await book_at_the_page(house, run, booked)


async def mended(house: House, run: OnboardingRun) -> None:
    """Refused from an unverified actor, then what the success team lacked is mended."""
    await house.in_state(run, OnboardingState.HANDOVER_REFUSED)
    unverified = HandOverAgain(actor=FORGED, reason="the scope is written down now")
    await refused_update(run, CustomerOnboardingWorkflow.hand_over_again, unverified)
    await hand_over_again(house, run)


async def use_unknown(house: House) -> None:
    """The product cannot say how it is used."""
    house.faults.answer("usage", Usage(workspace_id="w-1", known=False))


SCENARIOS: tuple[Scenario, ...] = (
    onboarding(
        "onboarded",
        "The whole way: all is made, chosen and taken over, and the customer gets something out of it.",
        used,
        taken_over,
    ),
    onboarding(
        "trial",
        "The short way: a workspace and a welcome.",
        bundle=onboarding_rules(templates=(lean_template(),)),
        plan="trial",
        seats=5,
    ),
    onboarding(
        "with_first_value",
        "A way with a value check and little else; the customer gets something out of it.",
        used,
        bundle=onboarding_rules(*VALUE_CHECK),
    ),
    onboarding(
        "without_first_value",
        "The same; the customer gets nothing out of it, and somebody is told.",
        bundle=onboarding_rules(*VALUE_CHECK),
    ),
    onboarding(
        "where_nobody_can_tell_of_first_value",
        "The same, with a product that cannot say: somebody is asked to find out.",
        before=use_unknown,
        bundle=onboarding_rules(*VALUE_CHECK),
    ),
    onboarding(
        "steps_skipped_by_policy",
        "A task cannot be given, and the policy goes on without it.",
        before=failing("create_task"),
        bundle=onboarding_rules(
            OnboardingStep.OPEN_ACCOUNT,
            OnboardingStep.ASSIGN_TASKS,
            answers={Step.CREATE_TASK: StepPolicy(answer=FailureAnswer.SKIP)},
        ),
    ),
    onboarding(
        "kickoff_offered_again",
        "The customer chooses none of the first times: others are offered, and one is chosen.",
        chosen_in_the_second_round,
        bundle=onboarding_rules(*KICKOFF, way={"kickoff": offered(choose_within=seconds(2))}),
    ),
    onboarding(
        "kickoff_overdue",
        "The customer chooses nothing for too long: people of ours are told, and then one is chosen.",
        chosen_late,
        bundle=onboarding_rules(*KICKOFF, way={"kickoff": OFFERED_FOR_A_WHILE}),
    ),
    onboarding(
        "kickoff_taken_by_another",
        "Somebody else books the time first: others are offered.",
        chosen_although_taken,
        bundle=onboarding_rules(*KICKOFF),
    ),
    onboarding(
        "kickoff_booked_at_the_page",
        "The customer books a time of their own at a booking page, which tells of it twice.",
        booked_at_the_page,
        bundle=onboarding_rules(*KICKOFF),
    ),
    onboarding(
        "no_time_for_a_kickoff",
        "The host has no time: people of ours are told at once; later there is some.",
        standing_in(OnboardingState.KICKOFF_OVERDUE),
        free_again,
        chosen,
        before=busy_for_months,
        bundle=onboarding_rules(*KICKOFF, way={"kickoff": offered(choose_within=seconds(2))}),
    ),
    onboarding(
        "handover_refused",
        "The success team refuses; what they lack is mended, and they take over.",
        decided(1, Verdict.REJECT),
        mended,
        decided(2),
        bundle=onboarding_rules(*HANDOVER),
    ),
    onboarding(
        "handover_unanswered",
        "The success team does not answer, which is no yes; asked again, they take over.",
        mended,
        decided(2),
        bundle=onboarding_rules(*HANDOVER, asked=answered_within(3, "handover")),
    ),
)
