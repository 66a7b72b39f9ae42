"""The sweep finds work that is left lying, and tells of each piece of it once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle

from connectors.store.held_messages import SqlHeldMessages
from contracts.delivery import DeliveryPlan
from contracts.failures import FailureCode, ServiceFailure
from contracts.follow_through import FollowThroughState
from contracts.ids import lead_id_of
from contracts.lead_intake import IntakeState
from contracts.limbo import CRM_KINDS, RECORD_KINDS, LimboSweep, LimboSweepResult
from contracts.limbo_policy import LimboPolicy
from contracts.messages import Message, MessageKind, OutboxEntry, OutboxStatus
from contracts.names import Process, Step, TaskQueue
from contracts.policy import PolicyBundle
from contracts.status import ResolutionAnswer
from tests.workflows.house import House, eventually
from tests.workflows.leads import a_lead, a_sales_lead
from tests.workflows.policies import house_rules
from workflows.limbo_watch import PAGES_OF_A_RUN, LimboWatchWorkflow

NEVER = timedelta(days=300)
QUIET = LimboPolicy(
    desk="o-ben",
    manager="m-eve",
    parked_unattended=NEVER,
    record_without_owner=NEVER,
    record_without_task=NEVER,
    draft_unreviewed=NEVER,
    message_undelivered=NEVER,
    ticket_overdue=NEVER,
    lead_without_outcome=NEVER,
)
"""Nothing is left lying yet; a test says what is."""

INCOMPLETE = {"email": None, "phone": None}


def lying(**changed: object) -> PolicyBundle:
    return house_rules(limbo=QUIET.model_copy(update=changed))


def at_once(*states: str) -> dict[str, timedelta]:
    return dict.fromkeys(states, timedelta(0))


async def started_sweep(house: House) -> WorkflowHandle[LimboWatchWorkflow, LimboSweepResult]:
    return await house.client.start_workflow(
        LimboWatchWorkflow.run, LimboSweep(), id=f"limbo-watch-{uuid4()}", task_queue=TaskQueue.WORKFLOWS
    )


async def swept(house: House) -> LimboSweepResult:
    return await (await started_sweep(house)).result()


async def swept_until(house: House, holds: Callable[[LimboSweepResult], bool]) -> LimboSweepResult:
    """Sweeps until the list of runs, which lags, shows what the test has done."""
    seen: LimboSweepResult = await eventually(lambda: swept(house), holds)
    return seen


def is_notice(message: Message) -> bool:
    return message.kind is MessageKind.IN_LIMBO


async def notices(house: House) -> list[OutboxEntry]:
    return await house.messages(MessageKind.IN_LIMBO)


class TestRunOverBudget:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return lying(budgets=at_once("lead-intake.awaiting_details"))

    async def test_is_told_once_however_often_the_sweep_comes(self, house: House) -> None:
        run = await house.submit(a_lead(contact=INCOMPLETE))
        await house.in_state(run, IntakeState.AWAITING_DETAILS)
        first = await swept_until(house, lambda seen: seen.found == 1)
        assert first.told == 1
        assert [await swept(house) for _ in range(3)] == [LimboSweepResult(found=1, told=0)] * 3
        (notice,) = await notices(house)
        assert (notice.recipient_id, notice.workflow_id) == ("o-ben", run.id)
        assert "in awaiting_details" in notice.body
        assert f"./throughline lead amend {lead_id_of(run.id)} --as o-ben" in notice.body

    async def test_is_told_once_by_sweeps_at_the_same_time(self, house: House) -> None:
        run = await house.submit(a_lead(contact=INCOMPLETE))
        await house.in_state(run, IntakeState.AWAITING_DETAILS)
        await swept_until(house, lambda seen: seen.found == 1)
        again = [await started_sweep(house) for _ in range(5)]
        assert sum([(await one.result()).told for one in again]) == 0
        assert len(await notices(house)) == 1

    async def test_is_told_once_although_the_first_answer_was_lost(self, house: House) -> None:
        house.faults.lose_answer("send", FailureCode.TIMED_OUT, calls=(1, 2), only=is_notice)
        run = await house.submit(a_lead(contact=INCOMPLETE))
        await house.in_state(run, IntakeState.AWAITING_DETAILS)
        assert (await swept_until(house, lambda seen: seen.found == 1)).told == 0
        assert len(await notices(house)) == 1

    async def test_that_has_gone_on_is_found_no_more(self, house: House) -> None:
        run = await house.submit(a_lead(contact=INCOMPLETE))
        await house.in_state(run, IntakeState.AWAITING_DETAILS)
        await swept_until(house, lambda seen: seen.found == 1)
        await house.amend(run, email="ann@buyer-works.example")
        await run.result()
        await swept_until(house, lambda seen: seen.found == 0)
        assert len(await notices(house)) == 1

    async def test_that_is_within_its_budget_is_not_found(self, house: House) -> None:
        run = await house.submit(a_sales_lead())
        await run.result()
        followed = house.follow_through(lead_id_of(run.id))
        await house.in_state(followed, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)
        assert await swept(house) == LimboSweepResult(found=0, told=0)


class TestParkedRun:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return lying(parked_unattended=timedelta(0))

    async def test_that_nobody_attends_to_is_told_the_manager_once_per_parking(self, house: House) -> None:
        house.faults.fail("create_note")
        run = await house.submit(a_sales_lead())
        await house.in_state(run, IntakeState.PARKED)
        assert (await swept_until(house, lambda seen: seen.found == 1)).told == 1
        assert (await swept(house)).told == 0
        await house.resolve(run, Step.CREATE_NOTE, ResolutionAnswer.RETRY)
        await eventually(lambda: house.status(run), lambda seen: seen.parked and seen.parked[0].attempt == 2)
        assert (await swept_until(house, lambda seen: seen.told == 1)).found == 1
        assert [notice.recipient_id for notice in await notices(house)] == ["m-eve", "m-eve"]
        assert "nobody has answered" in (await notices(house))[0].body


class TestRecords:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return lying(lead_without_outcome=timedelta(0), record_without_task=timedelta(0))

    async def test_lead_without_outcome_is_told_its_owner_until_it_has_one(self, house: House) -> None:
        run = await house.submit(a_sales_lead())
        await run.result()
        assert await swept(house) == LimboSweepResult(found=1, told=1)
        assert (await swept(house)).told == 0
        (notice,) = await notices(house)
        assert notice.recipient_id == "o-ada"
        assert f"./throughline outcome record {lead_id_of(run.id)} OUTCOME --as o-ada" in notice.body


class TestCrmThatDoesNotAnswer:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return lying(lead_without_outcome=timedelta(0))

    async def test_keeps_nobody_from_hearing_of_the_rest_and_is_named(self, house: House) -> None:
        house.faults.fail("found", FailureCode.FORBIDDEN, only=lambda kind: kind in CRM_KINDS)
        run = await house.submit(a_sales_lead())
        await run.result()
        with pytest.raises(WorkflowFailureError) as caught:
            await swept(house)
        assert str(caught.value.cause).endswith(f"the CRM was not looked through: {', '.join(CRM_KINDS)}")
        assert len(await notices(house)) == 1


class TestMessageThatReachedNobody:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return lying(message_undelivered=timedelta(0))

    async def test_is_told_the_desk_once_without_its_words(self, house: House) -> None:
        began = datetime.now(UTC)
        message = Message(
            key="lead-intake/l-1#notify_owner#1",
            kind=MessageKind.LEAD_ASSIGNED,
            recipient_id="o-ada",
            subject="Jane Example",
            body="jane@firm.example",
            workflow_id="lead-intake/l-1",
            plan=DeliveryPlan(),
        )
        kept = await house.outbox.keep(message, OutboxStatus.HELD, send_at=began)
        queue = SqlHeldMessages(house.store, lambda: datetime.now(UTC))
        batch = await queue.take()
        assert batch is not None
        await queue.give_up(batch, ServiceFailure(FailureCode.FORBIDDEN, "slack", "planted"))
        assert await swept(house) == LimboSweepResult(found=1, told=1)
        assert (await swept(house)).told == 0
        (notice,) = await notices(house)
        assert notice.recipient_id == "o-ben"
        assert f"{kept.message_id} has reached nobody: lead_assigned by slack, FORBIDDEN" in notice.body
        assert f"./throughline outbox show {kept.message_id}" in notice.body
        assert "jane" not in notice.body.lower()


class TestManyRuns:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return lying(budgets=at_once("lead-intake.awaiting_details"))

    async def test_are_looked_through_page_by_page_and_as_new(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("activities.limbo.PAGE", 1)
        count = PAGES_OF_A_RUN
        runs = [await house.submit(a_lead(contact=INCOMPLETE)) for _ in range(count)]
        for run in runs:
            await house.in_state(run, IntakeState.AWAITING_DETAILS)

        async def all_listed() -> int:
            query = "Stage = 'awaiting_details' AND ExecutionStatus = 'Running'"
            return (await house.client.count_workflows(query)).count

        await eventually(all_listed, lambda count: count == len(runs))
        sweep = await started_sweep(house)
        assert await sweep.result() == LimboSweepResult(found=count, told=count)
        first = sweep.first_execution_run_id
        assert (await house.client.get_workflow_handle(sweep.id).describe()).run_id != first
        assert count <= house.faults.count("overdue") <= count + len(Process)
        told = {notice.workflow_id for notice in await notices(house)}
        assert told == {run.id for run in runs}


def test_every_kind_that_is_found_in_the_store_has_its_time_in_the_policy() -> None:
    assert set(RECORD_KINDS) <= set(LimboPolicy.model_fields)
