"""Leads after hand-over: taken up, reminded, reassigned, escalated, closed, reopened."""

from collections.abc import Mapping
from typing import Any

from contracts.follow_through import FollowThroughState, LeadOutcome
from contracts.ids import lead_id_of
from contracts.messages import MessageKind
from contracts.names import Step
from contracts.policy import Pool, PoolMember
from contracts.status import ResolutionAnswer
from tests.faults import in_activity
from tests.replay.scenario import Scenario, followed, handed_over, resolved
from tests.workflows.house import FollowThroughRun, House, Run, eventually
from tests.workflows.policies import house_rules

ADA, BEN, EVE = "o-ada", "o-ben", "m-eve"

ADA_ALONE = {"sales": Pool(members=(PoolMember(person=ADA),), escalate_to=EVE)}

WON = LeadOutcome.CLOSED_WON
LOST = LeadOutcome.CLOSED_LOST
QUALIFIED = LeadOutcome.QUALIFIED


async def outcome_instead(house: House) -> Mapping[str, Run]:
    run = await handed_over(house, "outcome-instead")
    await house.in_state(run, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)
    await report(house, run, LeadOutcome.DISQUALIFIED)
    return {"lead_follow_through/outcome_instead_of_acknowledgement": run}


async def reminded(house: House) -> Mapping[str, Run]:
    run = await handed_over(house, "reminded")
    await told(house, MessageKind.ACKNOWLEDGE_REMINDER)
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
    await told(house, MessageKind.OUTCOME_WANTED, times=4)
    await report(house, run, QUALIFIED)
    await house.when(run, lambda status: status.outcomes and waiting(status))
    await report(house, run, LOST)
    return {"lead_follow_through/without_outcome_flagged": run}


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
    # Reported while it is parked, so that it is recorded as soon as the plan is made.
    await report(house, run, LOST)
    house.faults.heal("load")
    await resolved(house, run, Step.PLAN_FOLLOW_THROUGH)
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


async def told(house: House, kind: MessageKind, times: int = 1) -> None:
    """Waits until people have been told that often."""
    await eventually(lambda: house.messages(kind), lambda sent: len(sent) >= times)


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


def waiting(status: Any) -> bool:
    """Whether a run waits for somebody, so that its next move is theirs."""
    return bool(status.due_at)


ACKNOWLEDGE_SOON = followed(acknowledge=0.8, remind_before=0.4, reassignments=0)
REASSIGN_SOON = followed(acknowledge=1.5, remind_before=0.5)
FLAG_SOON = followed(outcome=0.8, flag_again=0.4)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        outcome_instead,
        {"lead_follow_through/outcome_instead_of_acknowledgement": "An outcome acknowledges too."},
    ),
    Scenario(
        reminded,
        {"lead_follow_through/reminded_then_acknowledged": "Reminded once, then taken up."},
        house_rules(follow_through=followed(acknowledge=600, remind_before=599.6)),
    ),
    Scenario(
        reassigned,
        {"lead_follow_through/reassigned_then_acknowledged": "Not taken up in time: given to another."},
        house_rules(follow_through=REASSIGN_SOON),
    ),
    Scenario(
        nobody_else,
        {"lead_follow_through/nobody_else_then_outcome": "Nobody else is eligible: the manager is told."},
        house_rules(follow_through=REASSIGN_SOON, pools=ADA_ALONE),
    ),
    Scenario(
        escalated,
        {"lead_follow_through/escalated_then_acknowledged": "The manager is told, then the owner takes it."},
        house_rules(follow_through=ACKNOWLEDGE_SOON),
    ),
    Scenario(
        escalated_and_flagged,
        {"lead_follow_through/escalated_then_without_outcome": "Never taken up: flagged past its horizon."},
        house_rules(follow_through=followed(acknowledge=0.5, remind_before=0.2, outcome=1, reassignments=0)),
    ),
    Scenario(
        flagged,
        {"lead_follow_through/without_outcome_flagged": "Flagged again and again, then followed to its end."},
        house_rules(follow_through=FLAG_SOON),
    ),
    Scenario(
        stage_retried,
        {"lead_follow_through/stage_move_parked_then_retried": "The CRM refuses the stage: retried."},
    ),
    Scenario(
        abandoned,
        {"lead_follow_through/outcome_parked_then_abandoned": "An outcome is given up: the run fails."},
    ),
    Scenario(
        parked_while_planning,
        {"lead_follow_through/parked_while_planning": "The policy cannot be had: parked, then retried."},
    ),
    Scenario(
        parked_while_reassigning,
        {"lead_follow_through/parked_while_reassigning": "The CRM refuses the new owner: parked."},
        house_rules(follow_through=REASSIGN_SOON),
    ),
    Scenario(cancelled, {"lead_follow_through/cancelled": "Called off, as by an intake that is undone."}),
)
