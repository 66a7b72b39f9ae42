"""Conformance of `LooseEnds`: what is left lying in the store, kind by kind, a page at a time."""

from datetime import datetime, timedelta

import pytest

from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from contracts.crm import CreateTaskInput, MoveStageInput
from contracts.follow_through import LeadOutcome, OutcomeRecord
from contracts.limbo import LimboKind, LooseEnd, LooseEnds
from contracts.messages import FollowUpDraft, Message, MessageKind
from contracts.ports import Crm, Drafts, Ledger, Notifier
from contracts.routing import LeadPath
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import MONDAY_NINE, decision, records, step

K = LimboKind
LATER = MONDAY_NINE + timedelta(hours=1)
INTAKE = "lead-intake/lead-1"


@pytest.fixture
def crm(store: Store, clock: SettableClock) -> Crm:
    """The embedded one: what a CRM of others holds does not lie in the store."""
    return SqlCrm(store, clock)


async def lying(loose_ends: LooseEnds, kind: LimboKind, before: datetime = LATER) -> list[LooseEnd]:
    return list(await loose_ends.found(kind, before=before, after="", limit=10))


def task_of(work_id: str, **changed: object) -> CreateTaskInput:
    whole: dict[str, object] = {
        "key": step("lead-1", "create_task"),
        "kind": "follow_up",
        "subject": "Contact",
        "owner_id": "sam",
        "work_id": work_id,
    }
    return CreateTaskInput.model_validate({**whole, **changed})


async def test_open_work_without_owner_is_found_once_it_is_old_enough(
    loose_ends: LooseEnds, crm: Crm
) -> None:
    await crm.create_lead_records(records("lead-2", owner_id="kim"))
    made = await crm.create_lead_records(records(owner_id=None))
    assert await lying(loose_ends, K.RECORD_WITHOUT_OWNER, MONDAY_NINE) == []
    assert await lying(loose_ends, K.RECORD_WITHOUT_OWNER) == [
        LooseEnd(INTAKE, made.work_id or "", MONDAY_NINE, None)
    ]


async def test_open_work_without_an_open_task_is_found(loose_ends: LooseEnds, crm: Crm) -> None:
    made = await crm.create_lead_records(records())
    found = await lying(loose_ends, K.RECORD_WITHOUT_TASK)
    assert [(one.record_id, one.owner_id) for one in found] == [(made.work_id, "sam")]
    await crm.create_task(task_of(made.work_id or ""))
    assert await lying(loose_ends, K.RECORD_WITHOUT_TASK) == []


async def test_draft_that_nobody_has_read_is_found(loose_ends: LooseEnds, drafts: Drafts) -> None:
    draft = FollowUpDraft(
        key=step("lead-1", "save_follow_up_draft"),
        workflow_id=INTAKE,
        author_id="sam",
        subject="Hello",
        body="...",
        needs_approval=True,
    )
    await drafts.save(draft.model_copy(update={"key": step("lead-2", "draft"), "needs_approval": False}))
    saved = await drafts.save(draft)
    assert await lying(loose_ends, K.DRAFT_UNREVIEWED) == [
        LooseEnd(INTAKE, saved.message_id, MONDAY_NINE, "sam")
    ]


async def test_ticket_whose_time_has_passed_is_found_while_it_is_open(
    loose_ends: LooseEnds, crm: Crm
) -> None:
    ticket = records(path=LeadPath.SUPPORT, stage="open")
    made = await crm.create_lead_records(ticket)
    deal = await crm.create_lead_records(records("lead-2", of=None))
    for number, work_id in enumerate((made.work_id, deal.work_id)):
        due = task_of(work_id or "", key=step(f"lead-{number}", "task"), due_at=MONDAY_NINE)
        await crm.create_task(due)
    found = await lying(loose_ends, K.TICKET_OVERDUE)
    assert [(one.since, one.owner_id) for one in found] == [(MONDAY_NINE, "sam")]
    work = await crm.get_work(made.work_id or "")
    assert work.stage == "open"
    await crm.move_stage(MoveStageInput(key="k-1", work_id=work.id, stage="resolved"))
    assert await lying(loose_ends, K.TICKET_OVERDUE) == []


async def test_lead_without_outcome_is_found_until_one_closes_it(
    loose_ends: LooseEnds, ledger: Ledger
) -> None:
    await ledger.record_decision(decision())
    for number, outcome in enumerate((LeadOutcome.QUALIFIED, LeadOutcome.CLOSED_LOST)):
        found = await lying(loose_ends, K.LEAD_WITHOUT_OUTCOME)
        assert [(one.workflow_id, one.record_id) for one in found] == [
            ("lead-follow-through/lead-1", "lead-1")
        ]
        await ledger.record_outcome(
            OutcomeRecord(
                key=f"k-{number}", lead_id="lead-1", outcome=outcome, reason="price", actor_id="sam", at=LATER
            )
        )
    assert await lying(loose_ends, K.LEAD_WITHOUT_OUTCOME) == []


async def test_pages_follow_one_another(loose_ends: LooseEnds, ledger: Ledger) -> None:
    for number in range(7):
        await ledger.record_decision(decision(f"lead-{number}"))
    seen: list[str] = []
    while page := await loose_ends.found(
        K.LEAD_WITHOUT_OUTCOME, before=LATER, after=seen[-1] if seen else "", limit=3
    ):
        assert len(page) <= 3
        seen += [one.record_id for one in page]
    assert seen == [f"lead-{number}" for number in range(7)]


async def test_what_was_told_is_known_by_its_key(
    loose_ends: LooseEnds, notifier: Notifier, clock: SettableClock
) -> None:
    message = Message(
        key="k-1",
        kind=MessageKind.IN_LIMBO,
        recipient_id="sam",
        subject="Left lying",
        body="...",
        workflow_id=INTAKE,
    )
    await notifier.send(message)
    assert await loose_ends.told(["k-1", "k-2"]) == frozenset({"k-1"})
