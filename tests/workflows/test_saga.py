"""What was done is undone in reverse, whatever fails and whenever somebody cancels; a bug undoes nothing."""

from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import CancelledError

from contracts.failures import FailureCode
from contracts.follow_through import LeadOutcome
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind, OutboxStatus
from contracts.names import Step
from contracts.policy import PolicyBundle
from contracts.states import Lane
from contracts.status import ResolutionAnswer
from rules import messages
from tests.faults import Faults
from tests.workflows.caches import both_caches
from tests.workflows.histories import events_of, kinds
from tests.workflows.house import NO_RECORDS, House, IntakeRun, eventually
from tests.workflows.leads import a_newsletter_sign_up, a_sales_lead
from tests.workflows.policies import EVERY_LEAD, house_rules, undo_on
from tests.workflows.test_parking import every_but_notices, to_owner

READ = "A quote for a crm with a pipeline, please."

UNDOS = ("discard", "delete_note", "delete_task", "delete_lead_records", "release")
"""Every undo that has a call of its own, in the order in which a whole lead is undone."""

FROM_ALLOCATION = UNDOS[-1:]
FROM_RECORDS = UNDOS[-2:]

MATRIX = [
    (Step.ALLOCATE_OWNER, "allocate", FROM_ALLOCATION),
    (Step.PLAN_FOLLOW_THROUGH, "load", FROM_ALLOCATION),
    (Step.CREATE_LEAD_RECORDS, "create_lead_records", FROM_RECORDS),
    (Step.CREATE_TASK, "create_task", UNDOS),
    (Step.CREATE_NOTE, "create_note", UNDOS),
    (Step.SAVE_FOLLOW_UP_DRAFT, "save", UNDOS),
    (Step.NOTIFY_OWNER, "send", UNDOS),
    (Step.RECORD_DECISION, "record_decision", UNDOS),
]
"""What is undone where a step fails for good: everything before it, and itself, since it may have acted."""

PLANNING_LOADS = range(6, 7)
"""The sixth decision over the policy plans the follow-through."""


async def nothing_is_left(house: House) -> None:
    """Nobody has anything of the lead any more."""
    assert await house.records() == NO_RECORDS
    async with house.store.reading("test") as connection:
        taken = (await connection.exec_driver_sql("select coalesce(sum(taken), 0) from owner_loads")).scalar()
    assert taken == 0
    drafts = await house.messages(MessageKind.FOLLOW_UP)
    assert all(draft.status is OutboxStatus.DISCARDED for draft in drafts)
    assigned = {entry.recipient_id for entry in await house.messages(MessageKind.LEAD_ASSIGNED)}
    assert assigned <= {entry.recipient_id for entry in await house.messages(MessageKind.LEAD_WITHDRAWN)}


async def follow_through_is_gone(house: House, run: IntakeRun) -> None:
    """No follow-through runs for the lead."""
    follow_through = house.follow_through(run.id.rpartition("/")[2])
    if kinds(await events_of(run))["CHILD_WORKFLOW_EXECUTION_STARTED"]:

        async def status() -> WorkflowExecutionStatus | None:
            return (await follow_through.describe()).status

        await eventually(status, lambda seen: seen is not WorkflowExecutionStatus.RUNNING)


class TestWhereThePolicyUndoes:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(steps=undo_on(*Step))

    @pytest.mark.parametrize(("step", "method", "undone"), MATRIX, ids=[step.value for step, _, _ in MATRIX])
    async def test_step_that_fails_undoes_what_came_before_in_reverse(
        self, house: House, faults: Faults, step: Step, method: str, undone: tuple[str, ...]
    ) -> None:
        calls = PLANNING_LOADS if method == "load" else (1,)
        faults.fail(method, FailureCode.REJECTED, calls=calls, only=to_owner_or_no_message)
        run = await house.submit(a_sales_lead())
        assert (await run.result()).outcome is IntakeState.UNDONE
        assert faults.done(*UNDOS) == list(undone)
        await nothing_is_left(house)
        await follow_through_is_gone(house, run)

    @pytest.mark.parametrize(
        "method", ["allocate", "create_lead_records", "create_task", "create_note", "save"]
    )
    async def test_effect_whose_answer_made_no_sense_is_really_undone(
        self, house: House, faults: Faults, method: str
    ) -> None:
        faults.lose_answer(method, FailureCode.MALFORMED)
        assert (await house.taken_in(a_sales_lead())).outcome is IntakeState.UNDONE
        assert faults.done(method) == [method]
        await nothing_is_left(house)

    async def test_effect_that_lands_after_its_undo_is_refused(self, house: House, faults: Faults) -> None:
        gate = faults.block("create_task", calls=(1,))
        faults.fail("create_note")
        assert (await house.taken_in(a_sales_lead())).outcome is IntakeState.UNDONE
        gate.release()
        await gate.left.wait()
        assert faults.done("create_task") == []
        await nothing_is_left(house)

    async def test_undone_lead_says_so_wherever_it_is_looked_up(self, house: House, faults: Faults) -> None:
        faults.fail("create_note")
        run = await house.submit(a_sales_lead())
        result = await run.result()
        status = await house.status(run)
        assert (status.state, status.lane, status.parked) == (IntakeState.UNDONE, Lane.COMPLETED, ())
        assert (await house.ledger.decision(result.lead_id)).result.outcome is IntakeState.UNDONE

    @pytest.mark.parametrize(
        ("method", "named"),
        [
            ("discard", "follow-up draft"),
            ("delete_note", "note"),
            ("delete_task", "task"),
            ("delete_lead_records", "CRM records"),
            ("release", "allocation"),
        ],
    )
    async def test_undo_that_fails_is_parked_and_the_others_are_done(
        self, house: House, faults: Faults, method: str, named: str
    ) -> None:
        faults.fail("create_note")
        faults.fail(method, FailureCode.FORBIDDEN)
        run = await house.submit(a_sales_lead())
        status = await house.in_state(run, IntakeState.PARKED)
        parked = f"undo {named}"
        assert [(one.step, one.code, one.skippable) for one in status.parked] == [(parked, "FORBIDDEN", True)]
        assert (status.lane, status.waits_for) == (Lane.BLOCKED, f"somebody to resolve {parked}")
        assert faults.done(*UNDOS) == [undo for undo in UNDOS if undo != method]
        faults.heal(method)
        await house.resolve(run, parked, ResolutionAnswer.RETRY)
        assert (await run.result()).outcome is IntakeState.UNDONE
        assert faults.count(method) == 2
        if method != "delete_task":
            await nothing_is_left(house)

    async def test_records_that_a_failed_undo_hung_on_are_kept_and_named(
        self, house: House, faults: Faults
    ) -> None:
        faults.fail("create_note")
        faults.fail("delete_task", FailureCode.FORBIDDEN, calls=(1,))
        run = await house.submit(a_sales_lead())
        await house.in_state(run, IntakeState.PARKED)
        await house.resolve(run, "undo task", ResolutionAnswer.RETRY)
        assert "Of CRM records, others rely on: deal, contact, company." in (await run.result()).reasons
        records = await house.records()
        assert (records["tasks"], records["works"], records["contacts"]) == (0, 1, 1)

    async def test_undo_that_a_person_leaves_is_said_in_the_result(
        self, house: House, faults: Faults
    ) -> None:
        faults.fail("create_note")
        faults.fail("delete_task", FailureCode.FORBIDDEN)
        run = await house.submit(a_sales_lead())
        await house.in_state(run, IntakeState.PARKED)
        await house.resolve(run, "undo task", ResolutionAnswer.SKIP)
        result = await run.result()
        assert result.outcome is IntakeState.UNDONE
        assert "Left as it is: task (FORBIDDEN)." in result.reasons
        assert (await house.records())["tasks"] == 1


def to_owner_or_no_message(request: Any) -> bool:
    """Of messages, only the one that tells an owner of their lead."""
    return to_owner(request) or not hasattr(request, "recipient_id")


CANCELLED_AT = [
    "register",
    "classify",
    "summarise",
    "create_lead_records",
    "create_task",
    "create_note",
    "save",
    "send",
    "record_decision",
]


@pytest.mark.parametrize("landed", [False, True], ids=["before-it-acts", "after-it-acted"])
@pytest.mark.parametrize("method", CANCELLED_AT)
async def test_run_cancelled_during_a_call_undoes_everything(
    house: House, faults: Faults, method: str, landed: bool
) -> None:
    await cancelled_run_undoes_everything(house, faults, method, landed=landed)


@both_caches
@pytest.mark.parametrize("method", ["register", "create_lead_records"])
async def test_cancelled_run_undoes_everything_although_it_is_replayed(
    house: House, faults: Faults, method: str
) -> None:
    await cancelled_run_undoes_everything(house, faults, method, landed=True)


@pytest.mark.parametrize("method", ["allocate"])
async def test_run_cancelled_during_a_local_decision_undoes_everything(
    house: House, faults: Faults, method: str
) -> None:
    # The worker hears of the cancellation when it next reports that the decision takes its time: seconds.
    await cancelled_run_undoes_everything(house, faults, method, landed=True)


async def cancelled_run_undoes_everything(house: House, faults: Faults, method: str, *, landed: bool) -> None:
    """Cancels a run while a call is held before or after its effect."""
    gate = faults.block(method, calls=(1,), after=landed)
    run = await house.submit(a_newsletter_sign_up(message=READ, transcript=READ))
    await gate.entered.wait()
    if method in ("create_task", "create_note", "save", "send", "record_decision"):
        await house.in_state(house.follow_through(run.id.rpartition("/")[2]), "awaiting_acknowledgement")
    await run.cancel()
    if method != "record_decision":
        with pytest.raises(WorkflowFailureError) as ended:
            await run.result()
        assert isinstance(ended.value.cause, CancelledError)
    gate.release()
    await gate.left.wait()
    with pytest.raises(WorkflowFailureError):
        await run.result()
    assert (await run.describe()).status is WorkflowExecutionStatus.CANCELED
    await nothing_is_left(house)
    await follow_through_is_gone(house, run)
    status = await house.status(run)
    assert (status.state, status.lane) == (IntakeState.UNDONE, Lane.COMPLETED)


@both_caches
async def test_run_cancelled_while_it_waits_for_details_ends_cancelled(house: House) -> None:
    run = await house.submit(a_sales_lead(contact={"email": None, "phone": None}))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    await run.cancel()
    with pytest.raises(WorkflowFailureError):
        await run.result()
    assert (await run.describe()).status is WorkflowExecutionStatus.CANCELED
    await nothing_is_left(house)


async def test_run_cancelled_while_it_is_parked_undoes_everything(house: House, faults: Faults) -> None:
    faults.fail("create_note")
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    await run.cancel()
    with pytest.raises(WorkflowFailureError):
        await run.result()
    assert (await run.describe()).status is WorkflowExecutionStatus.CANCELED
    assert (await house.status(run)).parked == ()
    await nothing_is_left(house)
    await follow_through_is_gone(house, run)


class TestWhereEveryLeadIsReviewed:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(reviews=(EVERY_LEAD,))

    @both_caches
    async def test_run_cancelled_in_review_takes_the_approval_with_it(self, house: House) -> None:
        run = await house.submit(a_sales_lead())
        approval = house.approval(run)
        await house.in_state(run, IntakeState.IN_REVIEW)
        await house.in_state(approval, "awaiting_decision")
        assert len(await house.inbox.tasks()) == 1
        await run.cancel()
        with pytest.raises(WorkflowFailureError):
            await run.result()
        assert (await run.describe()).status is WorkflowExecutionStatus.CANCELED
        assert (await approval.describe()).status is WorkflowExecutionStatus.CANCELED
        assert await house.inbox.tasks() == ()

    async def test_approval_of_a_terminated_run_leaves_the_inbox(self, house: House) -> None:
        run = await house.submit(a_sales_lead())
        await house.in_state(run, IntakeState.IN_REVIEW)
        await house.in_state(house.approval(run), "awaiting_decision")
        await run.terminate()
        assert await eventually(house.inbox.tasks, lambda tasks: tasks == ()) == ()


@both_caches
async def test_cancellation_during_an_undo_does_not_stop_it(house: House, faults: Faults) -> None:
    faults.fail("create_note")
    gate = faults.block("delete_lead_records", calls=(1,))
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    await house.resolve(run, Step.CREATE_NOTE, ResolutionAnswer.ABANDON)
    await gate.entered.wait()
    await run.cancel()
    gate.release()
    assert (await run.result()).outcome is IntakeState.UNDONE
    await nothing_is_left(house)


async def test_undo_is_tried_again_until_it_is_done(house: House, faults: Faults) -> None:
    faults.fail("create_note")
    faults.fail("delete_task", FailureCode.UNREACHABLE, calls=(1,))
    faults.lose_answer("delete_lead_records")
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    await house.resolve(run, Step.CREATE_NOTE, ResolutionAnswer.ABANDON)
    assert (await run.result()).outcome is IntakeState.UNDONE
    await nothing_is_left(house)


async def test_follow_through_that_has_ended_is_no_obstacle_to_an_undo(house: House, faults: Faults) -> None:
    gate = faults.block("record_decision")
    run = await house.submit(a_sales_lead())
    await gate.entered.wait()
    follow_through = house.follow_through(run.id.rpartition("/")[2])
    await house.in_state(follow_through, "awaiting_acknowledgement")
    await house.report(follow_through, LeadOutcome.CLOSED_LOST, reason="price")
    await follow_through.result()
    await run.cancel()
    gate.release()
    with pytest.raises(WorkflowFailureError) as ended:
        await run.result()
    assert isinstance(ended.value.cause, CancelledError)
    await nothing_is_left(house)


async def test_bug_suspends_the_run_and_undoes_nothing(
    house: House, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    def buggy(*arguments: Any) -> str:
        raise KeyError("no such field")

    with monkeypatch.context() as patched:
        patched.setattr(messages, "task_subject", buggy)
        run = await house.submit(a_sales_lead())

        async def events() -> Any:
            return kinds(await events_of(run))

        await eventually(events, lambda seen: seen["WORKFLOW_TASK_FAILED"] > 0)
        assert (await run.describe()).status is WorkflowExecutionStatus.RUNNING
        assert faults.done(*UNDOS) == []
    assert (await run.result()).outcome is IntakeState.HANDED_OVER
    assert faults.done(*UNDOS) == []
    assert await house.records() == {"companies": 1, "contacts": 1, "works": 1, "tasks": 1, "notes": 1}


async def test_notice_that_cannot_be_sent_does_not_make_an_undo_incomplete(
    house: House, faults: Faults
) -> None:
    faults.fail("send", only=every_but_notices)
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    await house.resolve(run, Step.NOTIFY_OWNER, ResolutionAnswer.ABANDON)
    assert (await run.result()).outcome is IntakeState.UNDONE
    assert await house.records() == NO_RECORDS
