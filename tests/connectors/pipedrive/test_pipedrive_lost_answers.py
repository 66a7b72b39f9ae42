"""Pipedrive over a network that loses answers: one record per key, none when undone."""

from collections.abc import Callable
from datetime import datetime

import pytest

from connectors.store.engine import Store
from contracts.crm import CreateNoteInput, CreateTaskInput, UndoInput
from contracts.failures import ServiceFailure
from tests.connectors.conformance.as_temporal import as_temporal_calls
from tests.connectors.conformance.pipedrive_world import opened
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import lead, records
from tests.connectors.onboarding_examples import moving, opening
from tests.connectors.pipedrive.conftest import KEPT, House
from tests.fakes.pipedrive.routes import FakePipedrive
from tests.fakes.server import Asked

LEADS = 10


def losing(*numbers: int, every: int = 0) -> Callable[[Asked], bool]:
    """A gateway that loses the answers of writes, which were carried out."""
    seen = 0

    def lose(asked: Asked) -> bool:
        nonlocal seen
        is_write = asked.method != "GET"
        seen += is_write
        return is_write and (seen in numbers or (every > 0 and seen % every == 0))

    return lose


WRITES_OF_A_LEAD = 5
"""Contact, company, deal, the links of the deal, and the contact's to the company."""


@pytest.mark.parametrize("lost", range(1, WRITES_OF_A_LEAD + 1))
async def test_records_are_made_once_whichever_answer_is_lost(
    house: House, clock: SettableClock, lost: int
) -> None:
    house.fake.losing = losing(lost)
    with pytest.raises(ServiceFailure) as caught:
        await house.crm.create_lead_records(records())
    assert caught.value.outcome_unknown
    clock.advance(minutes=2)
    made = await house.crm.create_lead_records(records())
    assert house.counted() == [1, 1, 1]
    assert (made.contact_created, made.company_created) == (True, True)
    assert (await house.crm.delete_lead_records(UndoInput(key=records().key))).kept == ()
    assert house.counted() == [0, 0, 0]


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("lost", range(1, WRITES_OF_A_LEAD + 1))
async def test_undo_takes_back_what_a_lost_call_made(
    house: House, clock: SettableClock, lost: int, settled: bool
) -> None:
    house.fake.losing = losing(lost)
    with pytest.raises(ServiceFailure):
        await house.crm.create_lead_records(records())
    if settled:
        house.fake.company.settle()
    clock.advance(minutes=2)
    assert (await house.crm.delete_lead_records(UndoInput(key=records().key))).undone
    assert house.counted() == [0, 0, 0]


class HurriedClock(SettableClock):
    """Every look at it is half a minute later, so that a key that was held for a lost call is free soon."""

    def __call__(self) -> datetime:
        self.advance(seconds=30)
        return super().__call__()


@pytest.mark.parametrize("settling", [True, False])
async def test_every_fifth_answer_that_is_lost_doubles_nothing(
    fake: FakePipedrive, url: str, store: Store, settling: bool
) -> None:
    fake.losing = losing(every=5)
    async with opened(url, store, HurriedClock()) as world:
        crm = as_temporal_calls(world.crm)
        for number in range(LEADS):
            name, domain = f"lead-{number}", f"acme-{number}.example"
            of = lead(name, email=f"{name}@{domain}", phone=None, company_domain=domain)
            made = await crm.create_lead_records(records(name, of=of))
            task = CreateTaskInput(key=f"{name}#task", subject="Call", owner_id="sam", work_id=made.work_id)
            note = CreateNoteInput(key=f"{name}#note", body="Reasons", contact_id=made.contact_id)
            await crm.create_task(task)
            await crm.create_note(note)
            if settling:
                fake.company.settle()
        assert [fake.count(name) for name in KEPT] == [LEADS] * len(KEPT)
        for number in range(LEADS):
            name = f"lead-{number}"
            await crm.delete_note(UndoInput(key=f"{name}#note"))
            await crm.delete_task(UndoInput(key=f"{name}#task"))
            assert (await crm.delete_lead_records(UndoInput(key=records(name).key))).kept == ()
        assert [fake.count(name) for name in KEPT] == [0] * len(KEPT)


async def test_lost_task_and_note_are_made_once_and_undone(house: House, clock: SettableClock) -> None:
    made = await house.crm.create_lead_records(records())
    task = CreateTaskInput(key="a <task> & more", subject="Call", owner_id="sam", contact_id=made.contact_id)
    note = CreateNoteInput(key="a <note> & more", body="1 < 2\n& so on", work_id=made.work_id)
    house.fake.losing = lambda asked: asked.method == "POST"
    for work in (house.crm.create_task(task), house.crm.create_note(note)):
        with pytest.raises(ServiceFailure):
            await work
    house.fake.losing = lambda _: False
    clock.advance(minutes=2)
    await house.crm.create_task(task)
    await house.crm.create_note(note)
    assert house.counted("activities", "notes") == [1, 1]
    (written,) = house.fake.company.standing("notes").values()
    assert written["content"].startswith("1 &lt; 2<br>&amp; so on<br>[throughline: ")
    assert (await house.crm.delete_note(UndoInput(key=note.key))).undone
    assert (await house.crm.delete_task(UndoInput(key=task.key))).undone
    assert house.counted("activities", "notes") == [0, 0]


async def test_move_of_an_account_whose_answer_was_lost_is_taken_back(
    house: House, clock: SettableClock
) -> None:
    opened_one = await house.accounts.open_account(opening())
    house.fake.losing = lambda asked: asked.method == "PATCH"
    with pytest.raises(ServiceFailure):
        await house.accounts.move_account(moving(opened_one.id))
    house.fake.losing = lambda _: False
    clock.advance(minutes=2)
    assert (await house.accounts.return_account(UndoInput(key=moving(opened_one.id).key))).undone
    assert (await house.accounts.account(opened_one.id)).stage == opened_one.stage
