"""Customers of whom little is usual: two who must supply, a second choice, a signature that overtakes."""

from collections.abc import Mapping

from contracts.names import Patch
from contracts.onboarding_plan import Prerequisite
from contracts.onboarding_states import OnboardingState
from tests.faults import in_activity
from tests.replay.onboarding_gates import (
    GATES,
    SUPPLIED_SOON,
    TAX_ID,
    activities_done,
    begun_to_supply,
    customer_in_the_way,
    customer_taken_away,
)
from tests.replay.onboarding_scenes import (
    KICKOFF,
    ONLY_AN_ACCOUNT,
    POLLED,
    UNSIGNED,
    onboarding,
    onboarding_rules,
    signed,
)
from tests.replay.scenario import Scenario
from tests.replay.scenes import held, let_go, under_way
from tests.workflows.house import House, Run, eventually
from tests.workflows.onboarding import (
    OnboardingRun,
    an_order,
    cancel,
    choose,
    onboard,
    provide,
    until_kickoff_is_offered,
)


async def supplied_needlessly(house: House, run: OnboardingRun) -> None:
    """Somebody corrects the order while it is checked, although it lacks nothing."""
    await begun_to_supply(house, run, seats=25)
    await eventually(lambda: activities_done(run), lambda done: done == len(("the plan", "the actor")))
    house.faults.release_all()


def supplied_late(name: str, covers: str, before: Patch | None = None) -> Scenario:
    """Who corrects the order is not known yet when its check comes to an end."""

    async def story(house: House) -> Mapping[str, Run]:
        checking = house.faults.block("load", only=in_activity("check_prerequisites"))
        judging = house.faults.block("load", only=in_activity("judge_terms"))
        verifying = house.faults.block("verify_actor")
        run = await onboard(house, an_order())
        await checking.entered.wait()
        await begun_to_supply(house, run, seats=25)
        await verifying.entered.wait()
        checking.release()
        await house.when(run, lambda status: status.prerequisites)
        verifying.release()
        known = ("the plan", "the check", "the actor")
        await eventually(lambda: activities_done(run), lambda done: done >= len(known))
        judging.release()
        return {name: run}

    return Scenario(story, {name: covers}, GATES, before=before)


async def supplied_too_late(house: House, run: OnboardingRun) -> None:
    """Who supplies what is missing is not known yet when the time for it is over."""
    await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
    await begun_to_supply(house, run, tax_id=TAX_ID)
    await house.when(run, lambda status: status.state == OnboardingState.RECORDING)
    house.faults.release_all()


async def tax_id_supplied(house: House, run: OnboardingRun) -> None:
    await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
    await provide(house, run, tax_id=TAX_ID)


async def second_time_chosen(house: House, run: OnboardingRun) -> None:
    await until_kickoff_is_offered(house, run)
    await choose(house, run, 1)


async def signature_taken(house: House, run: OnboardingRun) -> None:
    await signed(house, run)
    asked = ("the plan", "the check", "the notice", "the actor")
    await eventually(lambda: activities_done(run), lambda done: done == len(asked))


async def called_off(house: House, run: OnboardingRun) -> None:
    await cancel(house, run)


SCENARIOS: tuple[Scenario, ...] = (
    onboarding(
        "supplied_although_nothing_is_missing",
        "The order is corrected during its check: checked again, then taken on.",
        under_way("load"),
        supplied_needlessly,
        before=held("load", only="check_prerequisites"),
        bundle=GATES,
    ),
    onboarding(
        "supplied_too_late",
        "What is missing is in hand when its time is over: refused, and the order expires.",
        supplied_too_late,
        before=held("verify_actor"),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, supply=SUPPLIED_SOON),
        tax_id=None,
    ),
    onboarding(
        "supplied_by_two_people",
        "The seller lacks one thing and the manager another: each is asked for theirs.",
        tax_id_supplied,
        customer_taken_away,
        before=customer_in_the_way,
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, way={"prerequisites": tuple(Prerequisite)}),
        tax_id=None,
    ),
    onboarding(
        "second_time_chosen",
        "The customer takes another time than the first.",
        second_time_chosen,
        bundle=onboarding_rules(*KICKOFF),
    ),
    onboarding(
        "contract_signed_while_the_registry_is_asked",
        "Somebody says that it is signed before the registry has answered.",
        under_way("read"),
        signature_taken,
        let_go,
        before=held("read", only="read_agreement"),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, contract=POLLED),
        **UNSIGNED,
    ),
    onboarding(
        "called_off_before_there_is_an_account",
        "Called off while the account is being opened: there is nothing to note it on.",
        under_way("open_account"),
        called_off,
        let_go,
        before=held("open_account"),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT),
    ),
    supplied_late(
        "customer_onboarding/supplied_when_the_check_is_over",
        "A correction is in hand when the check ends: checked again, then taken on.",
    ),
    supplied_late(
        "customer_onboarding/supplied_late_and_unchecked_as_before",
        "As before its patch: a correction in hand when the check ends is taken without a check.",
        before=Patch.AWAIT_DETAILS_IN_HAND,
    ),
)
