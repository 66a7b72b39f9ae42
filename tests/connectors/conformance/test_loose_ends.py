"""Conformance of `LooseEnds`: what is left lying in the CRM and the store, kind by kind, a page at a time."""

from datetime import datetime, timedelta

from connectors.store.engine import Store
from connectors.store.held_messages import SqlHeldMessages
from connectors.store.outbox import SqlOutbox
from contracts.crm import AssignOwnerInput, CreateTaskInput, LeadRecords, MoveStageInput, UndoInput
from contracts.delivery import Channel, DeliveryPlan, Receipt
from contracts.failures import FailureCode, ServiceFailure
from contracts.follow_through import FollowThroughOrder, LeadOutcome, OutcomeRecord
from contracts.limbo import LimboKind, LooseEnd, LooseEnds
from contracts.messages import FollowUpDraft, Message, MessageKind, OutboxStatus
from contracts.ports import Crm, Drafts, Ledger, Notifier
from contracts.routing import LeadPath
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import MONDAY_NINE, decision, lead, records, step

K = LimboKind
LATER = MONDAY_NINE + timedelta(hours=1)
INTAKE = "lead-intake/lead-1"


async def lying(loose_ends: LooseEnds, kind: LimboKind, before: datetime = LATER) -> list[LooseEnd]:
    return list((await loose_ends.found(kind, before=before, cursor="", limit=10)).ends)


async def handed_over(crm: Crm, ledger: Ledger, lead_id: str = "lead-1", **changed: object) -> LeadRecords:
    """The records of a lead, which was handed over."""
    asked = records(lead_id, of=lead(lead_id, email=f"{lead_id}@acme.example", phone=None), **changed)
    made = await crm.create_lead_records(asked)
    order = FollowThroughOrder(
        lead_id=lead_id,
        path=asked.path,
        policy_hash="hash",
        sla="standard",
        owner_id="sam",
        work_kind=made.work_kind,
        work_id=made.work_id,
        handed_over_at=MONDAY_NINE,
    )
    await ledger.record_decision(decision(lead_id, handover=order))
    return made


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
    loose_ends: LooseEnds, crm: Crm, ledger: Ledger, crm_world: CrmWorld
) -> None:
    await handed_over(crm, ledger, "lead-2", owner_id="kim")
    made = await handed_over(crm, ledger, owner_id=None)
    assert await lying(loose_ends, K.RECORD_WITHOUT_OWNER, MONDAY_NINE) == []
    unowned = [] if crm_world.always_owned else [LooseEnd(INTAKE, made.work_id, MONDAY_NINE, None)]
    assert await lying(loose_ends, K.RECORD_WITHOUT_OWNER) == unowned
    await crm.assign_owner(AssignOwnerInput(key="k-1", work_id=made.work_id, owner_id="kim"))
    assert await lying(loose_ends, K.RECORD_WITHOUT_OWNER) == []


async def test_open_work_without_an_open_task_is_found(
    loose_ends: LooseEnds, crm: Crm, ledger: Ledger
) -> None:
    made = await handed_over(crm, ledger)
    found = await lying(loose_ends, K.RECORD_WITHOUT_TASK)
    assert [(one.record_id, one.owner_id) for one in found] == [(made.work_id, "sam")]
    await crm.create_task(task_of(made.work_id))
    assert await lying(loose_ends, K.RECORD_WITHOUT_TASK) == []
    await crm.delete_task(UndoInput(key=step("lead-1", "create_task")))
    assert [one.record_id for one in await lying(loose_ends, K.RECORD_WITHOUT_TASK)] == [made.work_id]


async def test_work_that_is_closed_is_not_left_lying(loose_ends: LooseEnds, crm: Crm, ledger: Ledger) -> None:
    made = await handed_over(crm, ledger, owner_id=None)
    await crm.move_stage(MoveStageInput(key="k-1", work_id=made.work_id, stage="closed_lost"))
    assert await lying(loose_ends, K.RECORD_WITHOUT_OWNER) == []
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


async def test_held_message_that_nobody_takes_is_found_with_its_channel_kind_and_failure(
    loose_ends: LooseEnds, store: Store, clock: SettableClock
) -> None:
    outbox, queue = SqlOutbox(store, clock), SqlHeldMessages(store, clock)
    about_another = "lead-intake/lead-1#tell_limbo#message_undelivered-message_1-20261123T090000"
    kept = {
        key: await outbox.keep(held(key), OutboxStatus.HELD, send_at=MONDAY_NINE)
        for key in ("#of-no-run", step("lead-1", "b"), about_another, step("lead-2", "well"))
    }
    for _ in range(3):
        batch = await queue.take()
        assert batch is not None
        if kept[step("lead-2", "well")].message_id in batch.entry_ids:
            await queue.sent(batch, Receipt(channel=Channel.EMAIL))
        else:
            await queue.postpone(batch, MONDAY_NINE + timedelta(minutes=5), FORBIDDEN)
    first = kept["#of-no-run"].message_id
    assert await lying(loose_ends, K.MESSAGE_UNDELIVERED, MONDAY_NINE) == []
    expected = LooseEnd(INTAKE, first, MONDAY_NINE, None, "in_limbo by email, FORBIDDEN")
    assert await lying(loose_ends, K.MESSAGE_UNDELIVERED) == [expected]
    clock.now = MONDAY_NINE + timedelta(minutes=5)
    while batch := await queue.take():
        await queue.give_up(batch, FORBIDDEN)
    assert await lying(loose_ends, K.MESSAGE_UNDELIVERED) == [expected]
    assert await lying(loose_ends, K.MESSAGE_UNDELIVERED, MONDAY_NINE + timedelta(days=15)) == []


FORBIDDEN = ServiceFailure(FailureCode.FORBIDDEN, "email", "planted")


def held(key: str) -> Message:
    """A message that waits; those to one person go out as one."""
    return Message(
        key=key,
        kind=MessageKind.IN_LIMBO,
        recipient_id="kim" if "lead-2" in key else "ali" if "tell_limbo" in key else "sam",
        subject="Left lying",
        body="...",
        workflow_id=INTAKE,
        plan=DeliveryPlan(grouped=True),
    )


async def test_ticket_whose_time_has_passed_is_found_while_it_is_open(
    loose_ends: LooseEnds, crm: Crm, ledger: Ledger
) -> None:
    made = await handed_over(crm, ledger, path=LeadPath.SUPPORT, stage="open")
    deal = await handed_over(crm, ledger, "lead-2")
    for number, work_id in enumerate((made.work_id, deal.work_id)):
        await crm.create_task(task_of(work_id, key=step(f"lead-{number}", "task"), due_at=MONDAY_NINE))
    assert await lying(loose_ends, K.TICKET_OVERDUE, MONDAY_NINE) == []
    (found,) = await lying(loose_ends, K.TICKET_OVERDUE, MONDAY_NINE + timedelta(days=2))
    assert found.owner_id == "sam"
    assert MONDAY_NINE <= found.since < MONDAY_NINE + timedelta(days=2)
    work = await crm.get_work(made.work_id)
    assert work.stage == "open"
    await crm.move_stage(MoveStageInput(key="k-1", work_id=work.id, stage="resolved"))
    assert await lying(loose_ends, K.TICKET_OVERDUE, MONDAY_NINE + timedelta(days=2)) == []


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
    assert await all_pages(loose_ends, K.LEAD_WITHOUT_OUTCOME) == [f"lead-{number}" for number in range(7)]


async def test_pages_of_work_follow_one_another_although_some_hold_nothing(
    loose_ends: LooseEnds, crm: Crm, ledger: Ledger
) -> None:
    made = {number: await handed_over(crm, ledger, f"lead-{number}") for number in range(5)}
    for number in range(3):
        work_id = made[number].work_id
        await crm.create_task(task_of(work_id, key=step(f"lead-{number}", "create_task")))
    left = await all_pages(loose_ends, K.RECORD_WITHOUT_TASK, limit=2)
    assert sorted(left) == sorted(made[number].work_id for number in (3, 4))


async def all_pages(loose_ends: LooseEnds, kind: LimboKind, limit: int = 3) -> list[str]:
    """The records of one page after the other."""
    seen: list[str] = []
    cursor, is_last = "", False
    while not is_last:
        page = await loose_ends.found(kind, before=LATER, cursor=cursor, limit=limit)
        assert len(page.ends) <= limit
        seen += [one.record_id for one in page.ends]
        cursor, is_last = page.cursor, not page.cursor
    return seen


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
