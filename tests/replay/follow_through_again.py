"""Leads that were closed and come back, and runs that begin a new history."""

import asyncio
import contextlib
from collections.abc import Mapping

from contracts.actors import Actor
from contracts.follow_through import FollowThroughOrder, FollowThroughState, LeadOutcome, OutcomeReport
from contracts.ids import lead_id_of
from contracts.names import TaskQueue
from rules.actor_proof import sign_assertion
from starters.console import CommandFailure
from starters.record_outcome import reopening_order
from tests.replay.follow_through import ADA, FLAG_SOON, LOST, QUALIFIED, WON, report, taken_up
from tests.replay.scenario import Scenario, handed_over, over, seconds
from tests.workflows.house import KEY, FollowThroughRun, House, Run, eventually, real_time
from tests.workflows.policies import house_rules
from workflows import options
from workflows.lead_follow_through import LeadFollowThroughWorkflow


async def reopened(house: House) -> Mapping[str, Run]:
    """Lost, and back as a deal: the late report opens a run of its own."""
    first = await handed_over(house, "reopened")
    await report(house, first, LOST)
    await first.result()
    run = await opened_again(house, first, LeadOutcome.DEAL_CREATED)
    await report(house, run, LeadOutcome.WORKFLOW_ERROR)
    return {"lead_follow_through/reopened": run}


async def reopened_in_vain(house: House) -> Mapping[str, Run]:
    return {"lead_follow_through/reopened_in_vain": await opened_in_vain(house, "reopened-in-vain")}


async def reopened_in_vain_late(house: House) -> Mapping[str, Run]:
    run = await opened_in_vain(house, "reopened-in-vain-late")
    return {"lead_follow_through/reopened_in_vain_past_its_horizon": run}


async def opened_in_vain(house: House, event_id: str) -> FollowThroughRun:
    """The late report does not fit and is refused; the run that it opened closes again by itself."""
    first = await handed_over(house, event_id)
    await report(house, first, LOST)
    await first.result()
    await asyncio.sleep(1)
    with contextlib.suppress(CommandFailure):
        await opened_again(house, first, WON)
    run = house.follow_through(lead_id_of(first.id))
    await asyncio.wait_for(run.result(), (options.REOPENED_FOR + seconds(30)).total_seconds())
    return run


async def continued(house: House) -> Mapping[str, Run]:
    """Flagged until the server wants it to begin a new history; the second run goes on where it was."""
    run = await taken_up(house, "continued")
    first = (await run.describe()).run_id
    await house.in_state(run, FollowThroughState.WITHOUT_OUTCOME)
    second = await eventually(lambda: run_id_of(run), lambda run_id: run_id != first)
    await house.in_state(run, FollowThroughState.WITHOUT_OUTCOME)
    await report(house, run, LOST)
    handle = house.client.get_workflow_handle
    return {
        "lead_follow_through/continued_as_new": handle(run.id, run_id=first),
        "lead_follow_through/continued_past_its_horizon": handle(run.id, run_id=second),
    }


async def continued_in_time(house: House) -> Mapping[str, Run]:
    """As a run goes on that continued as new before its horizon."""
    first = await handed_over(house, "continued-in-time")
    await report(house, first, QUALIFIED)
    await house.when(first, lambda status: status.outcomes)
    order = await order_of(house, first)
    await first.cancel()
    await over(first)
    run = await house.client.start_workflow(
        LeadFollowThroughWorkflow.run,
        order.model_copy(update={"acknowledged": True, "previous_outcomes": (QUALIFIED,)}),
        id=first.id,
        task_queue=TaskQueue.WORKFLOWS,
    )
    await house.in_state(run, FollowThroughState.AWAITING_OUTCOME)
    await report(house, run, LOST)
    return {"lead_follow_through/continued_before_its_horizon": run}


async def opened_again(house: House, run: FollowThroughRun, outcome: LeadOutcome) -> FollowThroughRun:
    """Reports an outcome on a lead whose run is closed, as the door does it."""
    lead_id = lead_id_of(run.id)
    order = reopening_order(await house.ledger.decision(lead_id), await house.ledger.outcomes(lead_id))
    actor = Actor(id=ADA, assertion=sign_assertion(KEY, ADA, run.id, real_time() + seconds(300)))
    late = OutcomeReport(outcome=outcome, actor=actor, report_id=f"report-{outcome}", reason="As told.")
    await house.doors.record_outcome(order, late)
    return house.follow_through(lead_id)


async def order_of(house: House, run: FollowThroughRun) -> FollowThroughOrder:
    """The order that intake started a run with."""
    order = (await house.ledger.decision(lead_id_of(run.id))).handover
    assert order is not None
    return order


async def run_id_of(run: FollowThroughRun) -> str:
    """The id of the present run in a chain."""
    return (await run.describe()).run_id


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(reopened, {"lead_follow_through/reopened": "A late outcome opens a closed lead again."}),
    Scenario(
        reopened_in_vain,
        {"lead_follow_through/reopened_in_vain": "The late outcome is refused: closed as it was."},
    ),
    Scenario(
        reopened_in_vain_late,
        {"lead_follow_through/reopened_in_vain_past_its_horizon": "The same, past its horizon."},
        house_rules(follow_through=FLAG_SOON),
    ),
    Scenario(
        continued,
        {
            "lead_follow_through/continued_as_new": "Its history has grown long.",
            "lead_follow_through/continued_past_its_horizon": "The run that goes on, overdue already.",
        },
        house_rules(follow_through=FLAG_SOON),
        crowded=True,
    ),
    Scenario(
        continued_in_time,
        {"lead_follow_through/continued_before_its_horizon": "The run that goes on, still in time."},
    ),
)
