"""Tryton over a network that loses every fifth answer: one record per key, none when undone."""

import sqlite3
from contextlib import closing
from datetime import datetime

import pytest

from contracts.crm import CreateNoteInput, CreateTaskInput, UndoInput
from runtime.counterparts.fault_proxy import Faults
from runtime.counterparts.servers import CounterpartServer
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import lead, records
from tests.counterparts.conftest import Proxied
from tests.counterparts.tryton_world import tryton_world

LEADS = 10
COUNTED = {
    "contacts": "party_party WHERE code LIKE 'email:%'",
    "companies": "party_party WHERE code LIKE 'domain:%'",
    "deals": "sale_opportunity",
    "tasks": "project_work",
    "notes": "ir_note",
}


class HurriedClock(SettableClock):
    """Every look at it is half a minute later, so that a key that was held for a lost call is free soon."""

    def __call__(self) -> datetime:
        self.advance(seconds=30)
        return super().__call__()


def counted(server: CounterpartServer) -> dict[str, int]:
    """Records in the server's own tables, not as our connector reads them."""
    with closing(sqlite3.connect(server.run.folder / "data" / "crm.sqlite", timeout=30)) as database:
        return {
            name: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - ours
            for name, table in COUNTED.items()
        }


@pytest.mark.parametrize("methods", [("POST",), ("PUT",), ("POST", "PUT")], ids="-".join)
async def test_every_answer_to_a_write_may_be_lost(
    tryton: CounterpartServer, proxied: Proxied, store_url: str, methods: tuple[str, ...]
) -> None:
    way = await proxied(tryton.url(), Faults(drop_every=1, methods=methods))
    async with tryton_world(tryton, store_url, HurriedClock(), way.url) as world:
        of = lead("kim", email="kim@acme.example", phone=None, company_domain="acme.example")
        made = await world.crm.create_lead_records(records("kim", of=of))
        await world.crm.create_task(
            CreateTaskInput(
                key="kim#task", subject="Call", owner_id="sam", work_id=made.work_id, due_at=of.received_at
            )
        )
        await world.crm.create_note(
            CreateNoteInput(key="kim#note", body="Reasons", contact_id=made.contact_id)
        )
    assert counted(tryton) == dict.fromkeys(COUNTED, 1)
    assert (await way.counts())["drop"] > 0


async def test_one_record_per_key_over_a_bad_network(
    tryton: CounterpartServer, proxied: Proxied, store_url: str
) -> None:
    # Of the writes: a step of more than four calls could never end if every fifth call were lost.
    way = await proxied(tryton.url(), Faults(drop_every=5, methods=("POST", "PUT", "DELETE")))
    async with tryton_world(tryton, store_url, HurriedClock(), way.url) as world:
        for number in range(LEADS):
            name = f"lead-{number}"
            domain = f"acme-{number}.example"
            of = lead(name, email=f"{name}@{domain}", phone=None, company_domain=domain)
            made = await world.crm.create_lead_records(records(name, of=of))
            task = CreateTaskInput(key=f"{name}#task", subject="Call", owner_id="sam", work_id=made.work_id)
            note = CreateNoteInput(key=f"{name}#note", body="Reasons", contact_id=made.contact_id)
            await world.crm.create_task(task)
            await world.crm.create_note(note)
        assert counted(tryton) == dict.fromkeys(COUNTED, LEADS)
        for number in range(LEADS):
            name = f"lead-{number}"
            await world.crm.delete_note(UndoInput(key=f"{name}#note"))
            await world.crm.delete_task(UndoInput(key=f"{name}#task"))
            assert (await world.crm.delete_lead_records(UndoInput(key=records(name).key))).kept == ()
        assert counted(tryton) == dict.fromkeys(COUNTED, 0)
    assert (await way.counts())["drop"] >= LEADS
