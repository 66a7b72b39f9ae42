"""Conformance of `Inbox`: an approval is there from when it is opened to when it is closed, once."""

import asyncio
from datetime import timedelta

from contracts.approval import ApprovalOutcome, ApprovalTask, CloseApprovalTaskInput
from contracts.failures import FailureCode
from contracts.ports import Inbox
from tests.connectors.examples import MONDAY_NINE, Refused

LATER = MONDAY_NINE + timedelta(hours=3)


def task(number: int = 1, **changed: object) -> ApprovalTask:
    whole = {
        "subject_id": f"lead-intake/lead-{number}",
        "approval": "large-deal",
        "reason": "value",
        "question": "May it go on? Größer als üblich.",
        "approvers": ("kim", "ali"),
        "opened_at": MONDAY_NINE,
        "due_at": MONDAY_NINE + timedelta(days=number),
    }
    return ApprovalTask.model_validate(
        {"request_id": f"lead-intake/lead-{number}/approval", **whole, **changed}
    )


def closing(number: int = 1, outcome: ApprovalOutcome = ApprovalOutcome.APPROVED) -> CloseApprovalTaskInput:
    return CloseApprovalTaskInput(
        request_id=task(number).request_id, outcome=outcome, decided_by="kim", at=LATER
    )


async def test_open_approval_is_read_as_it_was_put_in(inbox: Inbox) -> None:
    recorded = await inbox.open(task())
    assert not recorded.duplicate
    assert await inbox.task(task().request_id) == task()
    assert await inbox.tasks() == (task(),)


async def test_opening_again_changes_nothing(inbox: Inbox) -> None:
    recorded = await asyncio.gather(*(inbox.open(task(question=f"Try {n}?")) for n in range(10)))
    assert sum(not one.duplicate for one in recorded) == 1
    assert len({one.key for one in recorded}) == 1
    assert len(await inbox.tasks()) == 1


async def test_what_is_due_first_comes_first(inbox: Inbox) -> None:
    for number in (3, 1, 2):
        await inbox.open(task(number))
    assert await inbox.tasks(limit=2) == (task(1), task(2))


async def test_closed_approval_is_kept_with_its_outcome(inbox: Inbox) -> None:
    await inbox.open(task())
    await inbox.open(task(2))
    await inbox.close(closing())
    closed = await inbox.task(task().request_id)
    assert (closed.status, closed.decided_by, closed.decided_at) == ("approved", "kim", LATER)
    assert closed.question == task().question
    assert await inbox.tasks() == (task(2),)
    assert await inbox.tasks(status="approved") == (closed,)
    assert await inbox.tasks(status=None) == (closed, task(2))


async def test_first_close_stands(inbox: Inbox) -> None:
    await inbox.open(task())
    first = await inbox.close(closing())
    second = await inbox.close(closing(outcome=ApprovalOutcome.EXPIRED))
    assert (first.duplicate, second.duplicate) == (False, True)
    assert (await inbox.task(task().request_id)).status == "approved"


async def test_approval_that_is_opened_late_stays_out(inbox: Inbox) -> None:
    await inbox.close(closing())
    with Refused(FailureCode.CONFLICT):
        await inbox.open(task())
    assert await inbox.tasks(status=None) == ()


async def test_opening_after_the_close_does_not_open_it_again(inbox: Inbox) -> None:
    await inbox.open(task())
    await inbox.close(closing())
    assert (await inbox.open(task())).duplicate
    assert await inbox.tasks() == ()


async def test_approval_that_is_not_there_is_not_found(inbox: Inbox) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await inbox.task("lead-intake/lead-9/approval")


async def test_approval_that_is_asked_again_is_open_again(inbox: Inbox) -> None:
    await inbox.open(task(asking="first"))
    await inbox.close(closing().model_copy(update={"asking": "first", "outcome": ApprovalOutcome.EXPIRED}))
    again = task(asking="second", question="And now?")
    await inbox.open(again)
    assert await inbox.tasks(status=None) == (again,)


async def test_approval_that_failed_before_it_was_opened_is_asked_again(inbox: Inbox) -> None:
    await inbox.close(closing().model_copy(update={"asking": "first"}))
    await inbox.open(task(asking="second"))
    assert await inbox.tasks() == (task(asking="second"),)
