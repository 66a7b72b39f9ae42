"""What the embedded CRM does that its port cannot show: tasks, columns, and the number of its queries."""

import asyncio

from sqlalchemy import event, select, text, update

from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.outbox import SqlOutbox
from connectors.store.tables import outbox, tasks
from contracts.crm import AssignOwnerInput, CreateNoteInput, CreateTaskInput, UndoInput, UpdateContactInput
from contracts.messages import FollowUpDraft
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import lead, matches, records
from tests.connectors.slow_store import LONG_ENOUGH, SlowStore


async def test_new_owner_gets_the_open_tasks(store: Store, clock: SettableClock) -> None:
    crm = SqlCrm(store, clock)
    made = await crm.create_lead_records(records())
    other = await crm.create_lead_records(records("lead-2"))
    for number, work_id in enumerate((made.work_id, made.work_id, other.work_id)):
        await crm.create_task(
            CreateTaskInput(key=f"t{number}", subject="Call", owner_id="sam", work_id=work_id)
        )
    async with store.writing("test") as connection:
        await connection.execute(update(tasks).where(tasks.c.key == "t1").values(is_open=False))
    await crm.assign_owner(AssignOwnerInput(key="own", work_id=made.work_id, owner_id="kim"))
    async with store.reading("test") as connection:
        owners = {row.key: row.owner_id for row in await connection.execute(select(tasks))}
    assert owners == {"t0": "kim", "t1": "sam", "t2": "sam"}


async def test_conflict_task_belongs_to_whoever_looks_after_the_contact(
    store: Store, clock: SettableClock
) -> None:
    crm = SqlCrm(store, clock)
    made = await crm.create_lead_records(records())
    await crm.update_contact(
        UpdateContactInput(key="edit", contact_id=made.contact_id, expected_version=1, name="Zed")
    )
    request = records("lead-2", contact_id=made.contact_id, contact_version=1, owner_id="kim")
    stale = await crm.create_lead_records(request)
    async with store.reading("test") as connection:
        (task,) = (await connection.execute(select(tasks))).all()
    assert (task.id, task.owner_id, task.work_id) == (stale.conflict_task_id, "sam", stale.work_id)
    assert task.subject == "Decide which values stand: name"


async def test_candidates_cost_two_queries_however_many_there_are(store: Store, clock: SettableClock) -> None:
    crm = SqlCrm(store, clock)
    for number in range(12):
        of = lead(f"l{number}", email=f"p{number}@acme.example")
        await crm.create_lead_records(records(f"l{number}", of=of))
    asked: list[str] = []

    def note(*call: object) -> None:
        asked.append(str(call[2]))

    async with store.reading("test") as connection:
        engine = connection.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    assert len(await crm.find_contacts(matches(company_domain="acme.example"))) == 12
    event.remove(engine, "before_cursor_execute", note)
    assert len([one for one in asked if one.startswith("SELECT")]) == 2


async def test_undone_draft_keeps_its_author(store: Store, clock: SettableClock) -> None:
    await SqlOutbox(store, clock).save(
        FollowUpDraft(key="d", workflow_id="w", author_id="sam", subject="Hello", body="We will call.")
    )
    async with store.reading("test") as connection:
        assert await connection.scalar(select(outbox.c.author_id)) == "sam"


async def test_note_is_kept_whole(store: Store, clock: SettableClock) -> None:
    body = "Größe 検査 \U0001f600\n" * 1_500
    await SqlCrm(store, clock).create_note(CreateNoteInput(key="n", body=body))
    async with store.reading("test") as connection:
        assert await connection.scalar(text("SELECT body FROM notes")) == body


async def test_undo_waits_for_a_lead_that_is_coming_to_rely_on_the_contact(
    store_url: str, clock: SettableClock
) -> None:
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        made = await SqlCrm(fast, clock).create_lead_records(records())
        relying = asyncio.create_task(SqlCrm(slow, clock).create_lead_records(records("lead-2")))
        await asyncio.sleep(LONG_ENOUGH / 2)
        undone = await SqlCrm(fast, clock).delete_lead_records(UndoInput(key=records().key))
        assert undone.kept == ("contact", "company")
        assert (await relying).contact_id == made.contact_id


async def test_lead_waits_for_an_undo_and_makes_the_contact_anew(
    store_url: str, clock: SettableClock
) -> None:
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        gone = await SqlCrm(fast, clock).create_lead_records(records())
        undoing = asyncio.create_task(SqlCrm(slow, clock).delete_lead_records(UndoInput(key=records().key)))
        await asyncio.sleep(LONG_ENOUGH / 2)
        again = await SqlCrm(fast, clock).create_lead_records(
            records("lead-2", contact_id=gone.contact_id, contact_version=1)
        )
        assert (await undoing).kept == ()
        assert (again.contact_created, again.company_created) == (True, True)
        assert again.contact_id != gone.contact_id


async def test_second_lead_waits_for_the_first_and_keeps_what_it_filled_in(
    store_url: str, clock: SettableClock
) -> None:
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        made = await SqlCrm(fast, clock).create_lead_records(records())
        first = records("lead-2", of=lead("lead-2", job_title="CTO"))
        second = records("lead-3", of=lead("lead-3", job_title="CEO"), contact_id=made.contact_id)
        filling = asyncio.create_task(SqlCrm(slow, clock).create_lead_records(first))
        await asyncio.sleep(LONG_ENOUGH / 2)
        await SqlCrm(fast, clock).create_lead_records(second)
        await filling
        contact = await SqlCrm(fast, clock).get_contact(made.contact_id)
        assert (contact.job_title, contact.version) == ("CTO", 2)
