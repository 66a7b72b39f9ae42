"""Customers of whom little is usual: two who must supply, a second choice, a signature that overtakes."""

from temporalio.client import WorkflowUpdateStage

from contracts.onboarding import ProvideDetails
from contracts.onboarding_plan import Prerequisite
from contracts.onboarding_states import OnboardingState
from contracts.order import OrderDetails
from tests.replay.onboarding_gates import (
    GATES,
    SOLD_BY,
    TAX_ID,
    activities_done,
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
from tests.workflows.house import House, eventually
from tests.workflows.onboarding import OnboardingRun, cancel, choose, provide, until_kickoff_is_offered
from workflows.customer_onboarding import CustomerOnboardingWorkflow


async def supplied_needlessly(house: House, run: OnboardingRun) -> None:
    """Somebody corrects the order while it is checked, although it lacks nothing."""
    given = ProvideDetails(actor=await house.actor(SOLD_BY, run), details=OrderDetails(seats=25))
    await run.start_update(
        CustomerOnboardingWorkflow.provide, given, wait_for_stage=WorkflowUpdateStage.ACCEPTED
    )
    await eventually(lambda: activities_done(run), lambda done: done == len(("the plan", "the actor")))
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
)
