"""Reminder, escalation and expiry come once each, in order, in the business time of who is asked."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import WorkflowUpdateFailedError

from contracts.approval import ApprovalOutcome, ApprovalPlan, Verdict
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind
from contracts.policy import Calendar, PolicyBundle
from contracts.states import Lane
from tests.bundles import NINE_TO_FIVE
from tests.faults import Faults
from tests.workflows.caches import both_caches
from tests.workflows.histories import events_of
from tests.workflows.house import ApprovalRun, House
from tests.workflows.policies import EVERY_LEAD, approvals, house_rules
from tests.workflows.refusals import refusal_of
from tests.workflows.test_approval import asked
from workflows.approval import ApprovalWorkflow

REMINDER, ESCALATED, EXPIRED = (
    MessageKind.APPROVAL_REMINDER,
    MessageKind.APPROVAL_ESCALATED,
    MessageKind.APPROVAL_EXPIRED,
)
HOUR = timedelta(hours=1)


@pytest.fixture
def bundle() -> PolicyBundle:
    return house_rules(reviews=(EVERY_LEAD,))


async def told(house: House) -> list[tuple[str, str | None]]:
    entries = await house.messages(REMINDER, ESCALATED, EXPIRED)
    return [(entry.kind, entry.recipient_id) for entry in entries]


@both_caches
async def test_nobody_decides_and_each_thing_happens_once_in_order(house: House) -> None:
    run, approval = await asked(house)
    await house.clock.fast_forward(approval, 2 * HOUR)
    reminded = [(REMINDER, "o-ada"), (REMINDER, "o-ben")]
    assert sorted(await told(house)) == reminded
    await house.clock.fast_forward(approval, 2 * HOUR)
    status = await house.status(approval)
    assert (status.state, status.lane) == ("escalated", Lane.ESCALATED)
    assert status.next_action_owner == "o-ada, o-ben, m-eve"
    assert (await told(house))[2:] == [(ESCALATED, "m-eve")]
    await house.clock.fast_forward(approval, 4 * HOUR)
    assert sorted((await told(house))[3:]) == [(EXPIRED, who) for who in ("m-eve", "o-ada", "o-ben")]
    result = await approval.result()
    assert (result.outcome, result.reminders, result.escalated) == (ApprovalOutcome.EXPIRED, 1, True)
    assert (await run.result()).outcome is IntakeState.EXPIRED
    assert (await house.status(run)).lane is Lane.ESCALATED
    assert await house.inbox.tasks() == ()


async def test_decision_after_the_reminder_stops_everything_else(house: House) -> None:
    _, approval = await asked(house)
    await house.clock.fast_forward(approval, 3 * HOUR)
    await house.decide(approval, "o-ben")
    result = await approval.result()
    assert (result.outcome, result.reminders, result.escalated) == (ApprovalOutcome.APPROVED, 1, False)
    assert {kind for kind, _ in await told(house)} == {REMINDER}


async def test_escalation_approver_may_decide_once_it_is_escalated(house: House) -> None:
    run, approval = await asked(house)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.decide(approval, "m-eve")
    assert "only once the request is escalated" in refusal_of(refused)
    await house.clock.fast_forward(approval, 5 * HOUR)
    await house.decide(approval, "m-eve")
    assert (await approval.result()).escalated
    assert (await run.result()).outcome is IntakeState.HANDED_OVER


async def test_first_approvers_may_still_decide_after_the_escalation(house: House) -> None:
    _, approval = await asked(house)
    await house.clock.fast_forward(approval, 5 * HOUR)
    await house.decide(approval, "o-ada")
    assert (await approval.result()).outcome is ApprovalOutcome.APPROVED


async def test_decision_after_the_expiry_is_refused(house: House, faults: Faults) -> None:
    _, approval = await asked(house)
    gate = faults.block("close")
    due = (await house.status(approval)).due_at
    await house.clock.fast_forward_to(approval, due - timedelta(minutes=1))
    decision = await house.decision(approval, "o-ada", Verdict.APPROVE)
    moving = asyncio.create_task(house.clock.fast_forward(approval, timedelta(minutes=2)))
    await gate.entered.wait()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.command(approval, ApprovalWorkflow.decide, decision)
    assert refusal_of(refused) == "already decided: this request is closed"
    gate.release()
    await moving
    assert (await approval.result()).outcome is ApprovalOutcome.EXPIRED


class TestInOfficeHours:
    """The first approver works nine to five in Berlin, Monday to Friday."""

    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        office = Calendar(hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), NINE_TO_FIVE))
        return house_rules(
            reviews=(EVERY_LEAD,),
            calendars={"office": office},
            approvals=approvals(
                approvers=("o-ada",),
                remind_after=(8 * HOUR,),
                escalate_after=80 * HOUR,
                expire_after=1000 * HOUR,
            ),
        )

    async def plan_of(self, approval: ApprovalRun) -> ApprovalPlan:
        """The plan as the history has it: computed once."""
        markers = [
            event.marker_recorded_event_attributes.details["result"].payloads[0].data
            for event in await events_of(approval)
            if event.HasField("marker_recorded_event_attributes")
        ]
        return ApprovalPlan.model_validate_json(markers[0])

    async def test_deadlines_keep_office_hours_over_weekends_and_clock_changes(self, house: House) -> None:
        _, approval = await asked(house)
        plan = await self.plan_of(approval)
        berlin = ZoneInfo("Europe/Berlin")
        assert plan.escalate_at is not None
        instants = [at.astimezone(berlin) for at in (*plan.remind_at, plan.escalate_at, plan.expire_at)]
        assert all(at.weekday() < 5 and 9 <= at.hour <= 17 for at in instants), instants
        # 1,000 hours are 25 weeks: wherever they begin, a clock change lies in between.
        started = (await house.status(approval)).visits[0].at.astimezone(berlin)
        assert started.utcoffset() != instants[-1].utcoffset()
        assert office_hours_between(started, instants[-1]) == pytest.approx(1000, abs=0.01)

    async def test_weeks_pass_and_the_reminder_still_comes_once(self, house: House) -> None:
        run, approval = await asked(house)
        plan = await self.plan_of(approval)
        await house.clock.fast_forward_to(approval, plan.remind_at[0])
        assert await told(house) == [(REMINDER, "o-ada")]
        assert plan.escalate_at is not None
        await house.clock.fast_forward_to(approval, plan.escalate_at)
        assert (await house.status(approval)).state == "escalated"
        await house.clock.fast_forward_to(approval, plan.expire_at)
        assert (await run.result()).outcome is IntakeState.EXPIRED
        assert [kind for kind, _ in await told(house)] == [REMINDER, ESCALATED, EXPIRED, EXPIRED]


def office_hours_between(start: datetime, end: datetime) -> float:
    """Hours between nine and five on weekdays, counted on the wall clock by brute force."""
    total = timedelta()
    day: Any = start.date()
    while day <= end.date():
        if day.weekday() < 5:
            opens = datetime(day.year, day.month, day.day, 9, tzinfo=start.tzinfo)
            closes = opens.replace(hour=17)
            total += max(min(end, closes) - max(start, opens), timedelta())
        day += timedelta(days=1)
    return total / HOUR
