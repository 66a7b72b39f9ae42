"""Leads after hand-over: taken up, reminded, reassigned, escalated, closed, reopened."""

from collections.abc import Mapping
from typing import Any

from contracts.actors import Actor
from contracts.follow_through import FollowThroughOrder, FollowThroughState, LeadOutcome, OutcomeReport
from contracts.ids import lead_id_of
from contracts.names import Step
from contracts.policy import Pool, PoolMember
from contracts.status import ResolutionAnswer
from rules.actor_proof import sign_assertion
from tests.replay.scenario import Scenario, followed, handed_over, in_activity, lead, resolved, seconds
from tests.workflows.house import KEY, FollowThroughRun, House, Run, real_time
from tests.workflows.policies import house_rules, skippable

ADA, BEN, EVE = "o-ada", "o-ben", "m-eve"

ADA_ALONE = {"sales": Pool(members=(PoolMember(person=ADA),), escalate_to=EVE)}

WON = LeadOutcome.CLOSED_WON
LOST = LeadOutcome.CLOSED_LOST
QUALIFIED = LeadOutcome.QUALIFIED


async def closed(house: House) -> Mapping[str, Run]:
    run = await taken_up(house, "closed")
    for outcome in (QUALIFIED, LeadOutcome.CALL_BOOKED, LeadOutcome.PROPOSAL_SENT, WON):
        await report(house, run, outcome)
    return {"lead_follow_through/acknowledged_and_closed": run}


async def outcome_instead(house: House) -> Mapping[str, Run]:
    run = await handed_over(house, "outcome-instead")
    await house.in_state(run, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)
    await report(house, run, LeadOutcome.DISQUALIFIED)
    return {"lead_follow_through/outcome_instead_of_acknowledgement": run}


async def reminded(house: House) -> Mapping[str, Run]:
    run = await handed_over(house, "reminded")
    await house.when(run, lambda status: status.due_at is not None)
    await seconds_pass(house, 1)
    await house.acknowledge(run, ADA)
    await report(house, run, LOST)
    return {"lead_follow_through/reminded_then_acknowledged": run}


async def reassigned(house: House) -> Mapping[str, Run]:
    run = await handed_over(house, "reassigned")
    status = await house.when(run, lambda status: status.owner_id != ADA and waiting(status))
    await house.acknowledge(run, status.owner_id)
    await report(house, run, LOST)
    return {"lead_follow_through/reassigned_then_acknowledged": run}


async def nobody_else(house: House) -> Mapping[str, Run]:
    run = await handed_over(house, "nobody-else")
    await house.in_state(run, FollowThroughState.UNACKNOWLEDGED)
    await report(house, run, LOST)
    return {"lead_follow_through/nobody_else_then_outcome": run}


async def escalated(house: House) -> Mapping[str, Run]:
    run = await handed_over(house, "escalated")
    await house.in_state(run, FollowThroughState.UNACKNOWLEDGED)
    await house.acknowledge(run, ADA)
    await house.in_state(run, FollowThroughState.AWAITING_OUTCOME)
    await report(house, run, LOST)
    return {"lead_follow_through/escalated_then_acknowledged": run}


async def escalated_and_flagged(house: House) -> Mapping[str, Run]:
    run = await handed_over(house, "escalated-and-flagged")
    await house.in_state(run, FollowThroughState.WITHOUT_OUTCOME)
    await report(house, run, LOST)
    return {"lead_follow_through/escalated_then_without_outcome": run}


async def flagged(house: House) -> Mapping[str, Run]:
    run = await taken_up(house, "flagged")
    await house.in_state(run, FollowThroughState.WITHOUT_OUTCOME)
    await seconds_pass(house, 1)
    await report(house, run, QUALIFIED)
    await house.when(run, lambda status: status.outcomes and waiting(status))
    await report(house, run, LOST)
    return {"lead_follow_through/without_outcome_flagged": run}


async def stage_refused(house: House) -> Mapping[str, Run]:
    """Won without a proposal: the CRM's own stage rules refuse it."""
    run = await taken_up(house, "stage-refused")
    await report(house, run, WON)
    await resolved(house, run, Step.MOVE_STAGE, ResolutionAnswer.SKIP)
    return {"lead_follow_through/stage_move_parked_then_skipped": run}


async def stage_retried(house: House) -> Mapping[str, Run]:
    house.faults.fail("move_stage", calls=(1,))
    run = await taken_up(house, "stage-retried")
    await report(house, run, LOST)
    await resolved(house, run, Step.MOVE_STAGE)
    return {"lead_follow_through/stage_move_parked_then_retried": run}


async def abandoned(house: House) -> Mapping[str, Run]:
    house.faults.fail("record_outcome")
    run = await taken_up(house, "abandoned")
    await report(house, run, LOST)
    await resolved(house, run, Step.RECORD_OUTCOME, ResolutionAnswer.ABANDON)
    return {"lead_follow_through/outcome_parked_then_abandoned": run}


async def parked_while_planning(house: House) -> Mapping[str, Run]:
    house.faults.fail("load", only=in_activity("plan_follow_through", "LeadFollowThroughWorkflow"))
    run = await handed_over(house, "parked-while-planning")
    await house.in_state(run, FollowThroughState.PARKED)
    house.faults.heal("load")
    await resolved(house, run, Step.PLAN_FOLLOW_THROUGH)
    await house.in_state(run, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)
    await report(house, run, LOST)
    return {"lead_follow_through/parked_while_planning": run}


async def parked_while_reassigning(house: House) -> Mapping[str, Run]:
    house.faults.fail("assign_owner", calls=(1,))
    run = await handed_over(house, "parked-while-reassigning")
    await resolved(house, run, Step.ASSIGN_OWNER)
    await house.when(run, lambda status: status.reassignments == 1 and waiting(status))
    await report(house, run, LOST)
    return {"lead_follow_through/parked_while_reassigning": run}


async def cancelled(house: House) -> Mapping[str, Run]:
    run = await taken_up(house, "cancelled")
    await house.in_state(run, FollowThroughState.AWAITING_OUTCOME)
    await run.cancel()
    return {"lead_follow_through/cancelled": run}


async def reopened(house: House) -> Mapping[str, Run]:
    first = await handed_over(house, "reopened")
    await report(house, first, LOST)
    await first.result()
    order = await order_of(house, first, reopened=True, previous_outcomes=(LOST,))
    await house.doors.record_outcome(order, await reported(first, LeadOutcome.DEAL_CREATED))
    run = house.follow_through(order.lead_id)
    await report(house, run, LeadOutcome.PROPOSAL_SENT)
    await report(house, run, LOST)
    return {"lead_follow_through/reopened": run}


async def continued(house: House) -> Mapping[str, Run]:
    """Flagged until the server wants it to begin a new history; the second run goes on where it was."""
    run = await taken_up(house, "continued")
    first = await run.describe()
    await house.in_state(run, FollowThroughState.WITHOUT_OUTCOME)
    while (await run.describe()).run_id == first.run_id:
        await seconds_pass(house, 0.2)
    second = (await run.describe()).run_id
    await house.in_state(run, FollowThroughState.WITHOUT_OUTCOME)
    await report(house, run, LOST)
    return {
        "lead_follow_through/continued_as_new": house.client.get_workflow_handle(run.id, run_id=first.run_id),
        "lead_follow_through/continued_past_its_horizon": house.client.get_workflow_handle(
            run.id, run_id=second
        ),
    }


async def continued_in_time(house: House) -> Mapping[str, Run]:
    """As a run goes on that continued as new before its horizon."""
    submission = lead("continued-in-time")
    intake = await house.submit(submission)
    first = house.follow_through((await intake.result()).lead_id)
    await first.cancel()
    order = await order_of(house, first, acknowledged=True)
    await _over(first)
    run = await _started(house, order)
    await house.in_state(run, FollowThroughState.AWAITING_OUTCOME)
    await report(house, run, LOST)
    return {"lead_follow_through/continued_before_its_horizon": run}


async def _over(run: FollowThroughRun) -> None:
    while (await run.describe()).close_time is None:
        await seconds_pass(None, 0.02)


async def taken_up(house: House, event_id: str) -> FollowThroughRun:
    """The follow-through of a lead of its own, acknowledged."""
    run = await handed_over(house, event_id)
    await house.in_state(run, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)
    await house.acknowledge(run, ADA)
    return run


async def report(house: House, run: FollowThroughRun, outcome: LeadOutcome) -> None:
    """Reports an outcome as the owner, and waits until the run has taken it."""
    status = await house.report(run, outcome, reason="As told.", report_id=f"report-{outcome}")
    assert status.lead_id == lead_id_of(run.id)


async def reported(run: FollowThroughRun, outcome: LeadOutcome) -> OutcomeReport:
    """A report for a run that has not begun, so that its present is ours."""
    assertion = sign_assertion(KEY, ADA, run.id, real_time() + seconds(300))
    return OutcomeReport(
        outcome=outcome, actor=Actor(id=ADA, assertion=assertion), report_id=f"report-{outcome}"
    )


async def order_of(house: House, run: FollowThroughRun, **changes: Any) -> FollowThroughOrder:
    """The order that a run was started with, changed as given."""
    order = (await house.ledger.decision(lead_id_of(run.id))).handover
    assert order is not None
    return order.model_copy(update=changes)


def waiting(status: Any) -> bool:
    """Whether a run waits for somebody, so that its next move is theirs."""
    return bool(status.due_at)


SCENARIOS: tuple[Scenario, ...] = ()
