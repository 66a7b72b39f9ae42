"""A handed-over lead is taken up by somebody, or the manager knows that it is not."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowUpdateFailedError

from contracts.actors import Actor
from contracts.failures import FailureCode
from contracts.follow_through import Acknowledgement, FollowThroughStatus, LeadOutcome
from contracts.messages import MessageKind
from contracts.names import Step
from contracts.policy import FollowThroughRule, PolicyBundle
from contracts.states import Lane
from contracts.status import ResolutionAnswer
from tests.faults import Faults
from tests.workflows.caches import both_caches
from tests.workflows.house import FollowThroughRun, House
from tests.workflows.leads import a_sales_lead
from tests.workflows.policies import house_rules
from tests.workflows.refusals import refusal_of
from workflows.lead_follow_through import LeadFollowThroughWorkflow

HOUR = timedelta(hours=1)
TAKE_UP = (
    MessageKind.ACKNOWLEDGE_REMINDER,
    MessageKind.LEAD_REASSIGNED,
    MessageKind.LEAD_WITHDRAWN,
    MessageKind.LEAD_ESCALATED,
)


async def handed_over(house: House) -> tuple[FollowThroughRun, FollowThroughStatus]:
    """The follow-through of a lead that was just handed over."""
    result = await house.taken_in(a_sales_lead())
    run = house.follow_through(result.lead_id)
    return run, await house.in_state(run, "awaiting_acknowledgement")


async def told(house: House) -> list[tuple[str, str | None]]:
    return [(entry.kind, entry.recipient_id) for entry in await house.messages(*TAKE_UP)]


def other(owner_id: str) -> str:
    return {"o-ada": "o-ben", "o-ben": "o-ada"}[owner_id]


@both_caches
async def test_acknowledged_in_time_nobody_is_reminded(house: House) -> None:
    run, status = await handed_over(house)
    assert (status.lane, status.next_action_owner) == (Lane.WAITING, status.owner_id)
    after = await house.acknowledge(run, status.owner_id)
    assert after.acknowledged
    waiting = await house.in_state(run, "awaiting_outcome")
    assert waiting.commands == ("record_outcome",)
    await house.clock.fast_forward(run, 6 * HOUR)
    assert await told(house) == []


async def test_acknowledging_twice_is_no_mistake(house: House) -> None:
    run, status = await handed_over(house)
    await house.acknowledge(run, status.owner_id)
    assert (await house.acknowledge(run, status.owner_id)).acknowledged


async def test_somebody_else_cannot_acknowledge(house: House) -> None:
    run, status = await handed_over(house)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.acknowledge(run, other(status.owner_id))
    assert refusal_of(refused) == f"the lead is not yours: its owner is {status.owner_id}"


async def test_unverified_owner_cannot_acknowledge(house: House) -> None:
    run, status = await handed_over(house)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.command(
            run, LeadFollowThroughWorkflow.acknowledge, Acknowledgement(actor=Actor(id=status.owner_id))
        )
    assert "unverified actor" in refusal_of(refused)
    assert not (await house.status(run)).acknowledged


@both_caches
async def test_owner_who_stays_silent_is_reminded_and_then_loses_the_lead(house: House) -> None:
    run, status = await handed_over(house)
    first, second = status.owner_id, other(status.owner_id)
    await house.clock.fast_forward(run, 3 * HOUR)
    assert await told(house) == [(MessageKind.ACKNOWLEDGE_REMINDER, first)]
    await house.clock.fast_forward(run, HOUR)
    after = await house.in_state(run, "awaiting_acknowledgement")
    assert (after.owner_id, after.reassignments) == (second, 1)
    assert sorted((await told(house))[1:]) == sorted(
        [(MessageKind.LEAD_REASSIGNED, second), (MessageKind.LEAD_WITHDRAWN, first)]
    )
    (work_id,) = [effect.external_id for effect in after.effects if effect.step == Step.ASSIGN_OWNER]
    assert (await house.crm.get_work(work_id)).owner_id == second


async def test_lead_that_two_left_lying_goes_to_the_manager(house: House) -> None:
    run, status = await handed_over(house)
    await house.clock.fast_forward(run, 4 * HOUR)
    await house.clock.fast_forward(run, 4 * HOUR)
    escalated = await house.in_state(run, "unacknowledged")
    assert (escalated.lane, escalated.next_action_owner) == (Lane.ESCALATED, "m-eve")
    assert escalated.owner_id == other(status.owner_id)
    assert (await told(house))[-1] == (MessageKind.LEAD_ESCALATED, "m-eve")
    await house.acknowledge(run, escalated.owner_id)
    assert (await house.in_state(run, "awaiting_outcome")).acknowledged


@both_caches
async def test_outcome_says_that_the_lead_was_taken_up(house: House) -> None:
    run, status = await handed_over(house)
    await house.report(run, LeadOutcome.CALL_BOOKED, person=status.owner_id)
    assert (await house.in_state(run, "awaiting_outcome")).outcomes == (LeadOutcome.CALL_BOOKED,)
    await house.clock.fast_forward(run, 6 * HOUR)
    assert await told(house) == []


async def test_outcome_that_comes_while_the_lead_changes_hands_is_recorded(
    house: House, faults: Faults
) -> None:
    run, status = await handed_over(house)
    faults.fail("assign_owner", calls=(1,))
    await house.clock.fast_forward(run, 4 * HOUR)
    await house.in_state(run, "parked")
    await house.report(run, LeadOutcome.QUALIFIED, person=status.owner_id)
    await house.resolve(run, Step.ASSIGN_OWNER, ResolutionAnswer.RETRY)
    after = await house.in_state(run, "awaiting_outcome")
    assert (after.outcomes, after.reassignments) == ((LeadOutcome.QUALIFIED,), 1)


async def test_owner_who_acknowledges_while_the_lead_changes_hands_does_not_stop_the_run(
    house: House, faults: Faults
) -> None:
    run, status = await handed_over(house)
    faults.fail("assign_owner", calls=(1,))
    await house.clock.fast_forward(run, 4 * HOUR)
    await house.in_state(run, "parked")
    await house.acknowledge(run, status.owner_id)
    await house.resolve(run, Step.ASSIGN_OWNER, ResolutionAnswer.RETRY)
    assert (await house.in_state(run, "awaiting_outcome")).acknowledged


async def test_deadline_is_kept_although_the_reminder_cannot_be_sent(house: House, faults: Faults) -> None:
    run, status = await handed_over(house)
    faults.fail(
        "send", FailureCode.FORBIDDEN, only=lambda message: message.kind is MessageKind.ACKNOWLEDGE_REMINDER
    )
    await house.clock.fast_forward(run, 4 * HOUR)
    after = await house.in_state(run, "awaiting_acknowledgement")
    assert after.owner_id == other(status.owner_id)


async def test_abandoned_step_ends_the_run_where_everybody_sees_it(house: House, faults: Faults) -> None:
    run, _ = await handed_over(house)
    faults.fail("assign_owner")
    await house.clock.fast_forward(run, 4 * HOUR)
    parked = await house.in_state(run, "parked")
    assert [(step.step, step.code) for step in parked.parked] == [(Step.ASSIGN_OWNER, "REJECTED")]
    await house.resolve(run, Step.ASSIGN_OWNER, ResolutionAnswer.ABANDON)
    with pytest.raises(WorkflowFailureError):
        await run.result()
    assert (await run.describe()).status is WorkflowExecutionStatus.FAILED


class TestWhereEverybodyGetsATurn:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        rule = FollowThroughRule(
            acknowledge_within=4 * HOUR,
            max_reassignments=5,
            outcome_within=80 * HOUR,
            flag_again_after=40 * HOUR,
        )
        return house_rules(follow_through={"standard": rule})

    async def test_nobody_gets_the_lead_twice(self, house: House) -> None:
        run, _ = await handed_over(house)
        for _ in range(2):
            await house.clock.fast_forward(run, 4 * HOUR)
        escalated = await house.in_state(run, "unacknowledged")
        assert escalated.reassignments == 1
        given = [who for kind, who in await told(house) if kind == MessageKind.LEAD_REASSIGNED]
        assert len(given) == len(set(given)) == 1
