"""What becomes of a lead is recorded once, moves the CRM along, and is asked for until somebody says it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError

from contracts.crm import CrmWork
from contracts.failure_policy import FailureAnswer, StepPolicy
from contracts.follow_through import (
    CLOSING_OUTCOMES,
    FollowThroughOrder,
    FollowThroughStatus,
    LeadOutcome,
    OutcomeReport,
)
from contracts.lead import LeadSubmission
from contracts.messages import MessageKind
from contracts.names import Step
from contracts.policy import PolicyBundle
from contracts.states import Lane
from contracts.status import ResolutionAnswer
from starters.console import CommandFailure
from tests.faults import Faults
from tests.workflows.caches import both_caches
from tests.workflows.house import FollowThroughRun, House, eventually
from tests.workflows.leads import a_newsletter_sign_up, a_sales_lead, a_support_ticket
from tests.workflows.policies import house_rules
from tests.workflows.refusals import refusal_of

HOUR = timedelta(hours=1)


async def handed_over(house: House, lead: LeadSubmission) -> FollowThroughRun:
    result = await house.taken_in(lead)
    run = house.follow_through(result.lead_id)
    await house.in_state(run, "awaiting_acknowledgement")
    return run


async def order_of(house: House, run: FollowThroughRun) -> FollowThroughOrder:
    """What a door reopens the run with."""
    lead_id = run.id.rpartition("/")[2]
    record = await house.ledger.decision(lead_id)
    assert record.handover is not None
    outcomes = await house.ledger.outcomes(lead_id)
    return record.handover.model_copy(
        update={
            "reopened": True,
            "acknowledged": True,
            "previous_outcomes": tuple(one.outcome for one in outcomes),
        }
    )


async def work_of(house: House, run: FollowThroughRun) -> CrmWork:
    order = await order_of(house, run)
    assert order.work_id is not None
    return await house.crm.get_work(order.work_id)


def reason_for(outcome: LeadOutcome) -> str:
    return (
        "price"
        if outcome in (LeadOutcome.DISQUALIFIED, LeadOutcome.CLOSED_LOST, LeadOutcome.WORKFLOW_ERROR)
        else ""
    )


FITTING = [
    (a_sales_lead, (LeadOutcome.QUALIFIED,), "qualified"),
    (a_sales_lead, (LeadOutcome.CALL_BOOKED,), "call_booked"),
    (a_sales_lead, (LeadOutcome.CALL_BOOKED, LeadOutcome.NO_SHOW), "call_booked"),
    (a_sales_lead, (LeadOutcome.TASK_COMPLETED,), "new"),
    (a_sales_lead, (LeadOutcome.DEAL_CREATED, LeadOutcome.PROPOSAL_SENT), "proposal_sent"),
    (a_sales_lead, (LeadOutcome.PROPOSAL_SENT, LeadOutcome.CLOSED_WON), "closed_won"),
    (a_sales_lead, (LeadOutcome.CLOSED_LOST,), "closed_lost"),
    (a_sales_lead, (LeadOutcome.DISQUALIFIED,), "closed_lost"),
    (a_sales_lead, (LeadOutcome.WORKFLOW_ERROR,), "new"),
    (a_support_ticket, (LeadOutcome.TICKET_RESOLVED,), "resolved"),
    (a_newsletter_sign_up, (LeadOutcome.QUALIFIED,), "enrolled"),
    (a_newsletter_sign_up, (LeadOutcome.DEAL_CREATED, LeadOutcome.CLOSED_LOST), "enrolled"),
]


@pytest.mark.parametrize(
    ("lead", "outcomes", "stage"), FITTING, ids=["-".join(outcomes) for _, outcomes, _ in FITTING]
)
async def test_outcome_is_recorded_and_moves_the_stage(
    house: House, lead: Callable[[], LeadSubmission], outcomes: tuple[LeadOutcome, ...], stage: str
) -> None:
    run = await handed_over(house, lead())
    for outcome in outcomes:
        await house.report(run, outcome, reason=reason_for(outcome))
        await house.when(run, lambda status, outcome=outcome: outcome in status.outcomes)
    recorded = await house.ledger.outcomes(run.id.rpartition("/")[2])
    assert [one.outcome for one in recorded] == list(outcomes)
    assert {one.actor_id for one in recorded} == {"o-ada"}
    assert (await work_of(house, run)).stage == stage
    if outcomes[-1] in CLOSING_OUTCOMES:
        assert (await run.result()).outcome is outcomes[-1]
        assert (await house.status(run)).lane is Lane.COMPLETED
    else:
        assert (await house.status(run)).state == "awaiting_outcome"


@pytest.mark.parametrize(
    ("lead", "outcome", "reason", "said"),
    [
        (
            a_sales_lead,
            LeadOutcome.TICKET_RESOLVED,
            "",
            "outcome ticket_resolved is for support tickets only",
        ),
        (a_sales_lead, LeadOutcome.CLOSED_LOST, " ", "outcome closed_lost needs a reason"),
        (a_support_ticket, LeadOutcome.DEAL_CREATED, "", "outcome deal_created is not for support tickets"),
        (a_newsletter_sign_up, LeadOutcome.CLOSED_WON, "", "outcome closed_won is for deals only"),
    ],
)
async def test_outcome_that_does_not_fit_is_refused(
    house: House, lead: Callable[[], LeadSubmission], outcome: LeadOutcome, reason: str, said: str
) -> None:
    run = await handed_over(house, lead())
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.report(run, outcome, reason=reason)
    assert refusal_of(refused).startswith(said)
    assert await house.ledger.outcomes(run.id.rpartition("/")[2]) == ()


async def test_report_that_comes_twice_is_one_outcome(house: House, faults: Faults) -> None:
    run = await handed_over(house, a_sales_lead())
    faults.lose_answer("record_outcome")
    for _ in range(2):
        await house.report(run, LeadOutcome.CALL_BOOKED, report_id="call-7")
    status = await house.in_state(run, "awaiting_outcome")
    assert status.outcomes == (LeadOutcome.CALL_BOOKED,)
    assert len(await house.ledger.outcomes(run.id.rpartition("/")[2])) == 1


async def test_several_reports_at_once_are_recorded_in_order(house: House, faults: Faults) -> None:
    run = await handed_over(house, a_sales_lead())
    gate = faults.block("record_outcome", calls=(1,))
    await house.report(run, LeadOutcome.CALL_BOOKED)
    await gate.entered.wait()
    await house.report(run, LeadOutcome.PROPOSAL_SENT)
    await house.report(run, LeadOutcome.CLOSED_WON)
    gate.release()
    assert (await run.result()).outcome is LeadOutcome.CLOSED_WON
    assert (await work_of(house, run)).stage == "closed_won"


async def test_stage_that_the_crm_does_not_allow_parks_the_run(house: House) -> None:
    run = await handed_over(house, a_sales_lead())
    await house.report(run, LeadOutcome.CLOSED_WON)
    (parked,) = (await house.in_state(run, "parked")).parked
    assert (parked.step, parked.code) == (Step.MOVE_STAGE, "CONFLICT")
    assert (await work_of(house, run)).stage == "new"
    assert len(await house.ledger.outcomes(run.id.rpartition("/")[2])) == 1


class TestWhereStagesMayBeSkipped:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(steps={Step.MOVE_STAGE: StepPolicy(skippable=True)})

    async def test_refused_stage_is_left_to_a_person_and_the_outcome_stands(self, house: House) -> None:
        run = await handed_over(house, a_sales_lead())
        await house.report(run, LeadOutcome.CLOSED_WON)
        await house.in_state(run, "parked")
        await house.resolve(run, Step.MOVE_STAGE, ResolutionAnswer.SKIP)
        assert (await run.result()).outcome is LeadOutcome.CLOSED_WON


class TestWhereThePolicySkipsStages:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(steps={Step.MOVE_STAGE: StepPolicy(answer=FailureAnswer.SKIP)})

    async def test_refused_stage_is_passed_over_and_the_reasons_say_so(self, house: House) -> None:
        run = await handed_over(house, a_sales_lead())
        await house.report(run, LeadOutcome.CLOSED_WON)
        assert (await run.result()).outcome is LeadOutcome.CLOSED_WON
        assert "Step move_stage was skipped: CONFLICT." in (await house.status(run)).reasons


async def flags(house: House) -> list[str | None]:
    return [entry.recipient_id for entry in await house.messages(MessageKind.OUTCOME_WANTED)]


@both_caches
async def test_lead_without_an_outcome_is_flagged_again_and_again_and_never_closes(house: House) -> None:
    run = await handed_over(house, a_sales_lead())
    owner_id = (await house.status(run)).owner_id
    await house.acknowledge(run, owner_id)
    await house.clock.fast_forward(run, 80 * HOUR)
    status = await house.in_state(run, "without_outcome")
    assert (status.lane, status.next_action_owner) == (Lane.ESCALATED, owner_id)
    assert sorted(who or "" for who in await flags(house)) == ["m-eve", owner_id]
    for times in (2, 3):
        await house.clock.fast_forward(run, 40 * HOUR)
        assert len(await flags(house)) == 2 * times
    assert (await run.describe()).status is WorkflowExecutionStatus.RUNNING
    await house.report(run, LeadOutcome.CLOSED_LOST, reason="no answer")
    assert (await run.result()).outcome is LeadOutcome.CLOSED_LOST


async def test_lead_that_nobody_took_up_is_flagged_at_its_horizon(house: House) -> None:
    run = await handed_over(house, a_sales_lead())
    await house.clock.fast_forward(run, 8 * HOUR)
    escalated = await house.in_state(run, "unacknowledged")
    await house.clock.fast_forward_to(run, escalated.due_at)
    await house.in_state(run, "without_outcome")
    assert sorted(who or "" for who in await flags(house)) == ["m-eve", escalated.owner_id]


# ---------------------------------------------------------------- after it was closed


async def reopened(
    house: House, run: FollowThroughRun, outcome: LeadOutcome, reason: str = ""
) -> FollowThroughStatus:
    """Reports to a closed run, as a door does."""
    report = OutcomeReport(
        outcome=outcome, actor=await house.actor("o-ada", run), report_id=f"late-{outcome}", reason=reason
    )
    return await house.doors.record_outcome(await order_of(house, run), report)


async def closed(house: House, outcome: LeadOutcome, lead: LeadSubmission) -> FollowThroughRun:
    run = await handed_over(house, lead)
    await house.report(run, outcome, reason="price")
    await run.result()
    return house.follow_through(run.id.rpartition("/")[2])


async def test_late_outcome_opens_the_run_again_and_is_recorded(house: House) -> None:
    run = await closed(house, LeadOutcome.CLOSED_LOST, a_sales_lead())
    await reopened(house, run, LeadOutcome.WORKFLOW_ERROR, reason="wrong lead")
    assert (await run.result()).outcome is LeadOutcome.WORKFLOW_ERROR
    recorded = await house.ledger.outcomes(run.id.rpartition("/")[2])
    assert [one.outcome for one in recorded] == [LeadOutcome.CLOSED_LOST, LeadOutcome.WORKFLOW_ERROR]


async def test_lost_lead_that_comes_back_as_a_deal_stays_open(house: House) -> None:
    run = await closed(house, LeadOutcome.CLOSED_LOST, a_sales_lead())
    await reopened(house, run, LeadOutcome.DEAL_CREATED)
    status = await house.in_state(run, "awaiting_outcome")
    assert status.outcomes == (LeadOutcome.CLOSED_LOST, LeadOutcome.DEAL_CREATED)
    await house.clock.fast_forward(run, HOUR)
    assert (await run.describe()).status is WorkflowExecutionStatus.RUNNING


async def test_run_reopened_for_a_refused_outcome_closes_again(house: House) -> None:
    run = await closed(house, LeadOutcome.CLOSED_LOST, a_sales_lead())
    with pytest.raises(CommandFailure):
        await reopened(house, run, LeadOutcome.QUALIFIED)
    await house.in_state(run, "awaiting_outcome")
    await house.clock.fast_forward(run, timedelta(minutes=2))
    assert (await run.result()).outcome is LeadOutcome.CLOSED_LOST
    assert len(await house.ledger.outcomes(run.id.rpartition("/")[2])) == 1


async def test_run_reopened_long_after_its_horizon_flags_once_at_a_time(house: House) -> None:
    run = await closed(house, LeadOutcome.CLOSED_LOST, a_sales_lead())
    order = await order_of(house, run)
    months_ago = datetime.now(UTC) - timedelta(days=200)
    late = order.model_copy(update={"handed_over_at": months_ago})
    report = OutcomeReport(
        outcome=LeadOutcome.DEAL_CREATED, actor=await house.actor("o-ada", run), report_id="late"
    )
    await house.doors.record_outcome(late, report)
    status = await house.in_state(run, "without_outcome")
    assert await flags(house) == []
    await house.clock.fast_forward_to(run, status.due_at)
    assert len(await flags(house)) == 2


async def test_long_run_continues_as_new_and_keeps_what_it_knows(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await handed_over(house, a_sales_lead())
    first_run = (await run.describe()).run_id
    await house.acknowledge(run, (await house.status(run)).owner_id)
    await house.report(run, LeadOutcome.CALL_BOOKED)
    await house.in_state(run, "awaiting_outcome")
    with monkeypatch.context() as patched:
        patched.setattr(
            workflow.Info, "is_continue_as_new_suggested", lambda info: info.continued_run_id is None
        )
        await house.clock.fast_forward(run, 80 * HOUR)
        latest = house.follow_through(run.id.rpartition("/")[2])

        async def run_id() -> str | None:
            return (await latest.describe()).run_id

        await eventually(run_id, lambda seen: seen != first_run)
        status = await house.in_state(latest, "without_outcome")
    assert (status.outcomes, status.acknowledged) == ((LeadOutcome.CALL_BOOKED,), True)
    assert len(await flags(house)) == 2
    await house.clock.fast_forward_to(latest, status.due_at)
    assert len(await flags(house)) == 4
    await house.report(latest, LeadOutcome.CLOSED_LOST, reason="no answer")
    assert (await latest.result()).outcome is LeadOutcome.CLOSED_LOST
