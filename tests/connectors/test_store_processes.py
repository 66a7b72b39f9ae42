"""Several processes on one store: nobody finds it locked, nothing is doubled, and a kill breaks nothing."""

import asyncio
import sqlite3
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.store.audit import SqlAudit
from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.onboarding_tables import bookings
from connectors.store.tables import companies, contacts, effects, notes, outbox, owner_loads, works
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import lead, records


def start(work: str, url: str, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.connectors.store_processes", work, url, name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def run_processes(work: str, url: str, counts: list[int]) -> None:
    started = [start(work, url, f"p{n}", count) for n, count in enumerate(counts)]
    for process in started:
        _, errors = await asyncio.to_thread(process.communicate, timeout=55)
        assert (process.returncode, errors) == (0, "")


async def test_thousand_turns_from_several_processes_are_fair_and_below_the_cap(
    store_url: str, store: Store
) -> None:
    await run_processes("allocate", store_url, [334, 333, 333])
    async with store.reading("test") as connection:
        loads = {row.owner_id: row.taken for row in await connection.execute(select(owner_loads))}
        results = (await connection.execute(select(effects.c.result))).scalars().all()
    # Kim stops at the cap of 300, after which the other two share two to one.
    assert loads in ({"kim": 300, "sam": 467, "ali": 233}, {"kim": 300, "sam": 466, "ali": 234})
    assert Counter(result["owner_id"] for result in results) == loads


async def test_dozens_of_writers_in_several_processes_make_each_record_once(
    store_url: str, store: Store
) -> None:
    await run_processes("records", store_url, [30] * 3)
    async with store.reading("test") as connection:
        emails = (await connection.execute(select(contacts.c.email))).scalars().all()
        counted = {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (companies, works, effects)
        }
    assert sorted(emails) == [f"person-{n}@acme.example" for n in range(10)]
    assert counted == {"companies": 1, "works": 91, "effects": 91}
    assert await SqlAudit(store).duplicate_effects() == ()


async def test_meetings_that_several_processes_book_at_once_never_overlap(
    store_url: str, store: Store
) -> None:
    await run_processes("bookings", store_url, [36] * 3)
    async with store.reading("test") as connection:
        query = select(bookings.c.starts_at, bookings.c.ends_at).order_by(bookings.c.starts_at)
        meetings = (await connection.execute(query)).all()
        letters = await connection.scalar(select(func.count()).select_from(outbox))
    # Three hours of beginnings have room for six half hours, or for four with gaps that nothing fits into.
    assert 4 <= len(meetings) <= 6
    assert all(one.ends_at <= other.starts_at for one, other in pairwise(meetings))
    assert letters == len(meetings)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_killed_process_leaves_whole_writes_only(
    store_url: str, tmp_path: Path, clock: SettableClock
) -> None:
    acknowledged: set[str] = set()
    for round_number in range(3):
        process = start("endless", store_url, f"r{round_number}", 8)
        assert process.stdout is not None
        for _ in range(30 + 17 * round_number):
            acknowledged.add(process.stdout.readline().strip())
        process.kill()
        acknowledged |= set(process.communicate()[0].split("\n")[:-1])

    file = sqlite3.connect(tmp_path / "store.db")
    assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    file.close()
    async with await Store.open(store_url) as store:
        async with store.reading("test") as connection:
            made = {
                kind: set(await connection.scalars(select(effects.c.key).where(effects.c.kind == kind)))
                for kind in ("lead_records", "note", "message")
            }
            unfinished = await connection.scalar(select(func.count()).where(effects.c.result.is_(None)))
            stands = {
                "lead_records": set(await connection.scalars(select(works.c.key))),
                "note": set(await connection.scalars(select(notes.c.key))),
                "message": set(await connection.scalars(select(outbox.c.key))),
            }
        assert stands == made
        assert unfinished == 0
        assert {f"{who}#message" for who in acknowledged} <= made["message"]
        # The next process goes on where the last one was killed.
        again = await SqlCrm(store, clock).create_lead_records(records("after", of=lead("after")))
        assert again.contact_created
