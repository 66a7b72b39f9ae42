"""The store under bad conditions: busy, cancelled, cut off, read-only, given odd values. All have names."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.tables import effects, pools, works
from contracts.crm import UpdateContactInput
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import Refused, lead, matches, records
from tests.connectors.postgres_server import PostgresServer

SOON = timedelta(milliseconds=200)
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)


@on_sqlite
async def test_sqlite_is_set_up_as_it_should_be(store: Store) -> None:
    async with store.reading("test") as connection:
        found = {
            pragma: (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar_one()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 10_000}


@on_sqlite
async def test_writer_of_another_process_that_does_not_let_go_is_unavailable_in_time(
    store_url: str, tmp_path: Path, clock: SettableClock
) -> None:
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with await Store.open(store_url, busy_timeout=SOON) as store:
        crm = SqlCrm(store, clock)
        async with asyncio.timeout(5):
            with Refused(FailureCode.UNAVAILABLE):
                await crm.create_lead_records(records())
            # Readers are not kept waiting by writers.
            assert await crm.find_contacts(matches()) == ()
        other.execute("ROLLBACK")
        assert (await crm.create_lead_records(records())).contact_created
    other.close()


async def test_writer_that_does_not_let_go_is_unavailable_in_time(
    store_url: str, clock: SettableClock
) -> None:
    async with await Store.open(store_url, busy_timeout=SOON) as store:
        crm = SqlCrm(store, clock)
        async with asyncio.timeout(5), store.writing("test") as connection:
            await connection.execute(insert(effects).values(**effect_row(records().key)))
            with Refused(FailureCode.UNAVAILABLE):
                await crm.create_lead_records(records())
            assert await crm.find_contacts(matches()) == ()


async def test_writer_that_waited_goes_on_when_the_other_has_finished(
    store: Store, clock: SettableClock
) -> None:
    crm = SqlCrm(store, clock)
    async with store.writing("test") as connection:
        await connection.execute(insert(pools).values(name="busy"))
        waiting = asyncio.create_task(crm.create_lead_records(records()))
        await asyncio.sleep(0.05)
    assert (await waiting).contact_created


async def test_write_that_fails_half_way_leaves_nothing(store: Store) -> None:
    async def half() -> None:
        async with store.writing("test") as connection:
            await connection.execute(insert(pools).values(name="half"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half()
    async with store.reading("test") as connection:
        assert (await connection.execute(select(pools))).all() == []


@on_sqlite
async def test_write_that_reads_first_is_not_overtaken(store: Store, store_url: str) -> None:
    async with await Store.open(store_url) as other, store.writing("test") as connection:
        assert (await connection.execute(select(pools))).all() == []
        overtaking = asyncio.create_task(other.write("test", lambda second: add_pool(second, "second")))
        await asyncio.sleep(0.05)
        await add_pool(connection, "first")
    await overtaking
    assert {row.name for row in await store.fetch("test", select(pools), lambda row: row)} == {
        "first",
        "second",
    }


async def test_write_that_has_begun_goes_on_when_its_caller_is_cancelled(
    store: Store, store_url: str
) -> None:
    begun = asyncio.Event()

    async def slow(connection: AsyncConnection) -> None:
        await add_pool(connection, "kept")
        begun.set()
        await asyncio.sleep(0.1)

    caller = asyncio.create_task(store.write("test", slow))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await store.close()
    async with await Store.open(store_url) as later:
        assert await later.fetch("test", select(pools), lambda row: row["name"]) == ("kept",)


async def test_cancelled_writers_leave_whole_writes_and_a_working_store(
    store_url: str, clock: SettableClock
) -> None:
    answered: set[str] = set()
    async with await Store.open(store_url, busy_timeout=timedelta(seconds=3)) as store:
        crm = SqlCrm(store, clock)

        async def create(who: str) -> None:
            request = records(who, of=lead(who, email=f"{who}@acme.example"))
            await crm.create_lead_records(request)
            answered.add(request.key)

        for round_number in range(6):
            running = [asyncio.create_task(create(f"l{round_number}-{n}")) for n in range(30)]
            for number, task in enumerate(running):
                await asyncio.sleep(0.001 * (number % 4))
                task.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
            assert any(isinstance(one, asyncio.CancelledError) for one in ended)
            # A leaked lock would keep this writer out.
            await create(f"after-{round_number}")
    async with await Store.open(store_url) as later:
        done = await later.fetch("test", select(effects), lambda row: (row["key"], row["result"]))
        made = await later.fetch("test", select(works.c.key), lambda row: str(row["key"]))
    assert all(result for _, result in done)
    assert answered <= {key for key, _ in done} == set(made)


@on_postgresql
async def test_connections_that_were_cut_are_unreachable_once_and_then_replaced(
    store: Store, postgres: PostgresServer, clock: SettableClock
) -> None:
    crm = SqlCrm(store, clock)
    await crm.create_lead_records(records())
    postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'migrated'")
    with Refused(FailureCode.UNREACHABLE):
        await crm.find_contacts(matches())
    assert len(await crm.find_contacts(matches())) == 1


@on_postgresql
async def test_connection_cut_at_commit_leaves_the_outcome_open(
    store: Store, postgres: PostgresServer
) -> None:
    with Refused(FailureCode.OUTCOME_UNKNOWN):
        async with store.writing("test") as connection:
            await connection.execute(insert(pools).values(name="cut"))
            postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'migrated'")


@on_postgresql
async def test_writers_that_lock_each_other_out_are_told_to_come_again(store: Store) -> None:
    async with store.writing("test") as connection:
        await connection.execute(insert(pools), [{"name": "a"}, {"name": "b"}])
    first_has_a, second_has_b = asyncio.Event(), asyncio.Event()

    async def lock(mine: str, his: str, have: asyncio.Event, has: asyncio.Event) -> None:
        async with store.writing("test") as connection:
            await connection.execute(update(pools).where(pools.c.name == mine).values(name=mine))
            have.set()
            await has.wait()
            await connection.execute(update(pools).where(pools.c.name == his).values(name=his))

    ended = await asyncio.gather(
        lock("a", "b", first_has_a, second_has_b),
        lock("b", "a", second_has_b, first_has_a),
        return_exceptions=True,
    )
    (failure,) = [one for one in ended if one is not None]
    assert isinstance(failure, ServiceFailure)
    assert (failure.code, failure.retryable) == (FailureCode.UNAVAILABLE, True)


async def test_missing_table_says_what_to_do(empty_url: str, clock: SettableClock, tmp_path: Path) -> None:
    if empty_url.startswith("sqlite"):
        sqlite3.connect(tmp_path / "store.db").execute("PRAGMA journal_mode = WAL").connection.close()
    async with await Store.open(empty_url) as store:
        with pytest.raises(ServiceFailure, match="run the migrations") as failure:
            await SqlCrm(store, clock).get_work("deal_0")
    assert failure.value.code is FailureCode.UNAVAILABLE


@on_postgresql
async def test_reader_without_the_right_to_write_is_forbidden(
    store_url: str, postgres: PostgresServer, clock: SettableClock
) -> None:
    postgres.run("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN")
    postgres.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", "migrated")
    async with await Store.open(store_url.replace("postgres@", "reader@")) as store:
        assert await SqlCrm(store, clock).find_contacts(matches()) == ()
        with Refused(FailureCode.FORBIDDEN):
            await SqlCrm(store, clock).create_lead_records(records())
    postgres.run("DROP OWNED BY reader", "migrated")


async def test_values_of_a_refused_row_stay_out_of_the_failure(store: Store, clock: SettableClock) -> None:
    crm = SqlCrm(store, clock)
    made = await crm.create_lead_records(records(of=lead(email=None)))
    other = await crm.create_lead_records(records("lead-2", of=lead("lead-2", email=None, phone="+4930123")))
    with Refused(FailureCode.CONFLICT):
        await crm.update_contact(
            UpdateContactInput(
                key="same", contact_id=other.contact_id, expected_version=1, phone="+12025550143"
            )
        )
    assert (await crm.get_contact(made.contact_id)).phone == "+12025550143"


@on_postgresql
async def test_value_that_the_database_cannot_hold_is_rejected(store: Store, clock: SettableClock) -> None:
    with Refused(FailureCode.REJECTED):
        await SqlCrm(store, clock).create_lead_records(records(of=lead(name="Zoë\x00")))


async def test_text_that_is_no_unicode_is_rejected(store: Store) -> None:
    with Refused(FailureCode.REJECTED):
        async with store.writing("test") as connection:
            await connection.execute(insert(pools).values(name="\ud800"))


async def test_instant_without_zone_is_rejected(store: Store) -> None:
    with Refused(FailureCode.REJECTED):
        async with store.writing("test") as connection:
            row = effect_row("naive") | {"created_at": datetime(2026, 11, 23)}  # noqa: DTZ001  (the point)
            await connection.execute(insert(effects).values(**row))


async def test_instants_come_back_aware_and_equal_whatever_their_zone(store: Store) -> None:
    tokyo = datetime(2026, 11, 23, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=9)))
    async with store.writing("test") as connection:
        await connection.execute(insert(effects).values(**effect_row("tokyo") | {"created_at": tokyo}))
        read = await connection.scalar(select(effects.c.created_at))
        earlier = await connection.scalar(
            select(effects.c.key).where(effects.c.created_at < tokyo + timedelta(microseconds=1))
        )
    assert read == tokyo
    assert read is not None
    assert read.utcoffset() == timedelta(0)
    assert earlier == "tokyo"


async def test_stored_document_of_another_shape_is_malformed(store: Store, clock: SettableClock) -> None:
    crm = SqlCrm(store, clock)
    await crm.create_lead_records(records())
    async with store.writing("test") as connection:
        await connection.execute(update(effects).values(result={"contact_id": "Zoë"}))
    with Refused(FailureCode.MALFORMED):
        await crm.create_lead_records(records())


async def add_pool(connection: AsyncConnection, name: str) -> None:
    await connection.execute(insert(pools).values(name=name))


def effect_row(key: str) -> dict[str, object]:
    return {
        "key": key,
        "workflow_id": "w",
        "kind": "test",
        "state": "done",
        "created_at": datetime(2026, 11, 23, tzinfo=UTC),
    }
