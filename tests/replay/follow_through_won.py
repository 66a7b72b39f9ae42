"""Deals that are won: each is onboarded, once."""

from collections.abc import Mapping
from datetime import UTC, datetime

from contracts.follow_through import FollowThroughState, LeadOutcome
from contracts.ids import lead_id_of, onboarding_workflow_id
from contracts.names import Step, TaskQueue
from contracts.order import OnboardingOrder, OrderDetails, PartyContact
from contracts.status import ResolutionAnswer
from tests.onboarding_bundles import lean_template, small_onboarding_policy
from tests.replay.follow_through import QUALIFIED, WON, report, taken_up, waiting
from tests.replay.scenario import Scenario, resolved
from tests.workflows.house import FollowThroughRun, House, Run
from tests.workflows.onboarding import OnboardingRun
from tests.workflows.policies import house_rules, skippable
from workflows.customer_onboarding import CustomerOnboardingWorkflow

SOLD = OrderDetails(
    plan="trial",
    seats=5,
    region="eu",
    technical_contact=PartyContact(name="Tess Admin", email="tess@firm.example"),
)
"""What whoever records the outcome knows; the company is the CRM's."""


async def won(house: House) -> Mapping[str, Run]:
    run = await taken_up(house, "won")
    for outcome in (QUALIFIED, LeadOutcome.CALL_BOOKED, LeadOutcome.PROPOSAL_SENT):
        await house.in_state(run, FollowThroughState.AWAITING_OUTCOME)
        await report(house, run, outcome)
        await house.when(run, lambda status, outcome=outcome: outcome in status.outcomes and waiting(status))
    await house.report(run, WON, order=SOLD)
    await run.result()
    return {
        "lead_follow_through/won_and_onboarded": run,
        "customer_onboarding/from_a_won_deal": onboarding_of(house, run),
    }


async def won_against_the_stage_rules(house: House) -> Mapping[str, Run]:
    """Won without a proposal: the CRM's own stage rules refuse it; the customer is onboarded anyway."""
    run = await taken_up(house, "stage-refused")
    await house.report(run, WON, order=SOLD)
    await resolved(house, run, Step.MOVE_STAGE, ResolutionAnswer.SKIP)
    await run.result()
    return {"lead_follow_through/won_with_its_stage_skipped": run}


async def onboarded_already(house: House) -> Mapping[str, Run]:
    """A run that was reset finds the onboarding that it started the first time."""
    run = await taken_up(house, "onboarded-already")
    await report(house, run, LeadOutcome.PROPOSAL_SENT)
    order = OnboardingOrder(
        customer_id=lead_id_of(run.id), seller_id="o-ada", ordered_at=datetime.now(UTC), details=SOLD
    )
    await house.client.start_workflow(
        CustomerOnboardingWorkflow.run,
        order,
        id=onboarding_workflow_id(lead_id_of(run.id)),
        task_queue=TaskQueue.WORKFLOWS,
    )
    await house.report(run, WON, order=SOLD)
    return {"lead_follow_through/onboarding_runs_already": run}


def onboarding_of(house: House, run: FollowThroughRun) -> OnboardingRun:
    """The onboarding of a lead."""
    onboarding_id = onboarding_workflow_id(lead_id_of(run.id))
    return house.client.get_workflow_handle_for(CustomerOnboardingWorkflow.run, onboarding_id)


TRIAL = house_rules(
    steps=skippable(Step.MOVE_STAGE), onboarding=small_onboarding_policy(templates=(lean_template(),))
)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        won,
        {
            "lead_follow_through/won_and_onboarded": "Followed to the win, which starts an onboarding.",
            "customer_onboarding/from_a_won_deal": "What the order lacks is read from the deal in the CRM.",
        },
        TRIAL,
    ),
    Scenario(
        won_against_the_stage_rules,
        {"lead_follow_through/won_with_its_stage_skipped": "The CRM refuses the stage: skipped, onboarded."},
        TRIAL,
    ),
    Scenario(
        onboarded_already,
        {"lead_follow_through/onboarding_runs_already": "Its onboarding is there already, and is kept."},
        TRIAL,
    ),
)
