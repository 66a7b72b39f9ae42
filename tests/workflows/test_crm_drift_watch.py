"""The watch over the CRM's schema tells an operator of each field once, and when everything fits again."""

from uuid import uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus

from connectors.store.books import SqlBooks
from contracts.crm import CrmSchema
from contracts.crm_drift import CrmDriftResult, CrmDriftWatch
from contracts.failures import FailureCode
from contracts.messages import MessageKind, OutboxEntry
from contracts.names import TaskQueue
from contracts.policy import PolicyBundle
from tests.crm_schemas import MAPPING, schema
from tests.workflows.crm_comparisons import crm_holds, scheduled
from tests.workflows.house import MAPPED_CRM, House
from tests.workflows.policies import house_rules
from workflows.crm_drift_watch import CrmDriftWatchWorkflow

TITLE, NOTE_KEY = ("deals", "title"), ("notes", "our_key")
TITLE_GONE = "deal.title -> deals.title: the CRM has no such field"
NOTE_KEY_GONE = "note.key -> notes.our_key: the CRM has no such field"
DRIFTED, FITS = MessageKind.CRM_DRIFTED, MessageKind.CRM_FITS_AGAIN


@pytest.fixture
def bundle() -> PolicyBundle:
    return house_rules(crm={MAPPED_CRM: MAPPING})


async def told(house: House) -> list[OutboxEntry]:
    return await house.messages(DRIFTED, FITS)


async def test_operator_is_told_of_each_field_once_and_when_all_fit_again(house: House) -> None:
    course: tuple[tuple[CrmSchema, list[MessageKind]], ...] = (
        (schema(), []),
        (schema(TITLE), [DRIFTED]),
        (schema(TITLE), []),
        (schema(TITLE, NOTE_KEY), [DRIFTED]),
        (schema(NOTE_KEY), []),
        (schema(), [FITS]),
        (schema(), []),
        (schema(TITLE), [DRIFTED]),
    )
    for held, expected in course:
        crm_holds(house, held)
        before = await told(house)
        result = await (await scheduled(house)).result()
        new = (await told(house))[len(before) :]
        assert ([one.kind for one in new], result.told) == (expected, bool(expected))
    messages = await told(house)
    assert {one.recipient_id for one in messages} == {house.bundle.incomplete.ask}
    assert f"- {TITLE_GONE}\n" in messages[0].body
    assert f"- {NOTE_KEY_GONE}\n- 1 that you were told of before" in messages[1].body
    assert TITLE_GONE not in messages[1].body


async def test_comparison_that_fails_forgets_nothing(house: House) -> None:
    crm_holds(house, schema(TITLE))
    await (await scheduled(house)).result()
    house.faults.heal("describe")
    house.faults.fail("describe", FailureCode.FORBIDDEN)
    failed = await scheduled(house)
    assert (await failed.describe()).status is WorkflowExecutionStatus.FAILED
    crm_holds(house, schema(TITLE))
    assert not (await (await scheduled(house)).result()).told
    assert len(await told(house)) == 1


async def test_operator_who_could_not_be_told_is_told_by_the_next(house: House) -> None:
    crm_holds(house, schema(TITLE))
    house.faults.fail("send", FailureCode.REJECTED)
    assert (await (await scheduled(house)).describe()).status is WorkflowExecutionStatus.FAILED
    house.faults.heal("send")
    assert (await (await scheduled(house)).result()).told
    assert len(await told(house)) == 1


async def test_message_whose_answer_was_lost_is_sent_once(house: House) -> None:
    crm_holds(house, schema(TITLE))
    house.faults.lose_answer("send", FailureCode.TIMED_OUT)
    await (await scheduled(house)).result()
    assert len(await told(house)) == 1


async def test_status_says_what_was_found_and_the_books_list_no_run_of_it(house: House) -> None:
    crm_holds(house, schema(TITLE))
    run = await house.client.start_workflow(
        CrmDriftWatchWorkflow.run, CrmDriftWatch(), id=f"watch-{uuid4()}", task_queue=TaskQueue.WORKFLOWS
    )
    assert await run.result() == CrmDriftResult(crm=MAPPED_CRM, drift=(TITLE_GONE,), told=True)
    status = await run.query(CrmDriftWatchWorkflow.get_status)
    assert status is not None
    assert status.drift == (TITLE_GONE,)
    books = SqlBooks(house.store)
    assert await books.page(since=None, after="", limit=10) == ()


class TestCrmWithoutMapping:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules()

    async def test_is_not_asked_since_nothing_can_drift(self, house: House) -> None:
        assert await (await scheduled(house)).result() == CrmDriftResult(crm=MAPPED_CRM)
        assert house.faults.count("describe") == 0
        assert await told(house) == []
