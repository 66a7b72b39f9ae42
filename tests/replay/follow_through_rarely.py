"""Leads after hand-over that few are like: without work in the CRM, without a pool, reported twice."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contracts.follow_through import FollowThroughOrder, FollowThroughState, LeadOutcome
from contracts.ids import follow_through_workflow_id
from contracts.names import TaskQueue
from contracts.routing import LeadPath
from rules.policy_source import bundle_hash
from tests.replay.follow_through import (
    ACKNOWLEDGE_SOON,
    ADA,
    LOST,
    QUALIFIED,
    REASSIGN_SOON,
    WON,
    report,
    taken_up,
    waiting,
)
from tests.replay.scenario import Scenario, lead
from tests.workflows.house import FollowThroughRun, House, Run
from tests.workflows.policies import house_rules
from workflows.lead_follow_through import LeadFollowThroughWorkflow


async def ordered(house: House, lead_id: str, **fields: Any) -> FollowThroughRun:
    """A follow-through of its own, as an intake of another version may order it."""
    await house.taken_in(lead(f"{lead_id}-pins-the-policy"))
    order = FollowThroughOrder(
        lead_id=lead_id,
        path=LeadPath.SALES,
        policy_hash=bundle_hash(house.bundle),
        sla="standard",
        owner_id=ADA,
        handed_over_at=datetime.now(UTC),
        **fields,
    )
    return await house.client.start_workflow(
        LeadFollowThroughWorkflow.run,
        order,
        id=follow_through_workflow_id(lead_id),
        task_queue=TaskQueue.WORKFLOWS,
    )


async def without_work(house: House) -> Mapping[str, Run]:
    run = await ordered(house, "without-work", pool="sales")
    status = await house.when(run, lambda status: status.owner_id != ADA and waiting(status))
    await house.acknowledge(run, status.owner_id)
    await report(house, run, LeadOutcome.DISQUALIFIED)
    return {"lead_follow_through/without_work_in_the_crm": run}


async def without_pool(house: House) -> Mapping[str, Run]:
    run = await ordered(house, "without-pool")
    await house.in_state(run, FollowThroughState.UNACKNOWLEDGED)
    await house.acknowledge(run, ADA)
    await report(house, run, LeadOutcome.DEAL_CREATED)
    await house.when(run, lambda status: status.outcomes and waiting(status))
    await report(house, run, WON)
    return {"lead_follow_through/without_a_pool": run}


async def reported_twice(house: House) -> Mapping[str, Run]:
    run = await taken_up(house, "reported-twice")
    for _ in range(2):
        await report(house, run, QUALIFIED)
    await house.when(run, lambda status: status.outcomes and waiting(status))
    await report(house, run, LOST)
    return {"lead_follow_through/reported_twice": run}


async def won_without_an_order(house: House) -> Mapping[str, Run]:
    run = await taken_up(house, "won-without-an-order")
    await report(house, run, LeadOutcome.PROPOSAL_SENT)
    await house.when(run, lambda status: status.outcomes and waiting(status))
    await report(house, run, WON)
    return {"lead_follow_through/won_without_an_order": run}


async def reported_when_crowded(house: House) -> Mapping[str, Run]:
    """A report keeps a run from beginning a new history, until it is recorded."""
    run = await taken_up(house, "reported-when-crowded")
    while (await run.describe()).history_length <= EVENTS_WHEN_CROWDED:
        await house.acknowledge(run, ADA)
    await house.in_state(run, FollowThroughState.AWAITING_OUTCOME)
    await report(house, run, LOST)
    return {"lead_follow_through/reported_when_the_history_is_long": run}


EVENTS_WHEN_CROWDED = 40
"""After so many the server of this scenario suggests a new history (`recorder.py`)."""

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        without_work,
        {"lead_follow_through/without_work_in_the_crm": "No work to reassign, no stage to move."},
        house_rules(follow_through=REASSIGN_SOON),
    ),
    Scenario(
        without_pool,
        {"lead_follow_through/without_a_pool": "Nobody to give it to: the manager is told at once."},
        house_rules(follow_through=ACKNOWLEDGE_SOON),
    ),
    Scenario(
        reported_twice,
        {"lead_follow_through/reported_twice": "The same report comes twice: one outcome."},
    ),
    Scenario(
        won_without_an_order,
        {"lead_follow_through/won_without_an_order": "Won by somebody who knows nothing of the order."},
    ),
    Scenario(
        reported_when_crowded,
        {"lead_follow_through/reported_when_the_history_is_long": "Recorded before a new history begins."},
        crowded=True,
    ),
)
