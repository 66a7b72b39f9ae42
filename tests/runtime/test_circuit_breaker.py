"""The breaker spares a system that keeps failing, and never fails a step by itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.store.circuits import SqlCircuits
from connectors.store.engine import Store
from connectors.store.migrate import migrate
from contracts.failure_policy import CircuitPolicy
from contracts.failures import FailureCode, ServiceFailure
from contracts.names import System
from runtime.circuit_breaker import CircuitBreaker

POLICY = CircuitPolicy(budget=3, pause=timedelta(seconds=10), longest_pause=timedelta(seconds=60))


class Outage:
    """A system that is away until it is not, and how often it was reached."""

    def __init__(self) -> None:
        self.code: FailureCode | None = FailureCode.UNAVAILABLE
        self.reached = 0
        self.asked = True
        self.now = datetime(2026, 11, 25, 12, tzinfo=UTC)

    async def call(self, breaker: CircuitBreaker) -> str:
        try:
            async with breaker.around(System.CRM):
                return self._reach()
        except ServiceFailure as failure:
            return failure.code

    def _reach(self) -> str:
        self.reached += 1
        if self.code is not None:
            raise ServiceFailure(self.code, "crm", "no", asked=self.asked)
        return "done"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"
    await asyncio.to_thread(migrate, url)
    async with await Store.open(url) as opened:
        yield opened


@pytest.fixture
def outage() -> Outage:
    return Outage()


def a_worker(store: Store, outage: Outage) -> CircuitBreaker:
    return CircuitBreaker(SqlCircuits(store), {System.CRM: POLICY}, lambda: outage.now)


async def test_all_workers_of_a_store_spare_a_system_that_keeps_failing(store: Store, outage: Outage) -> None:
    first, second = a_worker(store, outage), a_worker(store, outage)
    for _ in range(3):
        assert await outage.call(first) == "UNAVAILABLE"
    assert outage.reached == 3
    for worker in (first, second, first, second):
        assert await outage.call(worker) == "UNAVAILABLE"
    assert outage.reached == 3


async def test_whoever_waits_is_told_how_long(store: Store, outage: Outage) -> None:
    worker = a_worker(store, outage)
    for _ in range(3):
        await outage.call(worker)
    with pytest.raises(ServiceFailure) as refused:
        async with worker.around(System.CRM):
            pytest.fail("it must not be called")
    assert refused.value.retry_after == POLICY.pause


async def test_one_call_finds_out_that_the_system_is_back(store: Store, outage: Outage) -> None:
    first, second = a_worker(store, outage), a_worker(store, outage)
    for _ in range(3):
        await outage.call(first)
    outage.now += POLICY.pause
    assert await outage.call(second) == "UNAVAILABLE"
    assert outage.reached == 4
    assert await outage.call(first) == "UNAVAILABLE"
    assert outage.reached == 4
    outage.now += POLICY.pause * 2
    outage.code = None
    assert [await outage.call(worker) for worker in (first, second, first)] == ["done"] * 3
    assert outage.reached == 7


async def test_of_many_at_once_one_tries(store: Store, outage: Outage) -> None:
    worker = a_worker(store, outage)
    for _ in range(3):
        await outage.call(worker)
    outage.now += POLICY.pause
    await asyncio.gather(*(outage.call(a_worker(store, outage)) for _ in range(10)))
    assert outage.reached == 4


@pytest.mark.parametrize("code", [FailureCode.REJECTED, FailureCode.CONFLICT, FailureCode.NOT_FOUND])
async def test_system_that_refuses_is_there(store: Store, outage: Outage, code: FailureCode) -> None:
    outage.code = code
    worker = a_worker(store, outage)
    for _ in range(10):
        await outage.call(worker)
    assert outage.reached == 10
    assert await SqlCircuits(store).read_all() == ()


@pytest.mark.parametrize("code", [FailureCode.FORBIDDEN, FailureCode.UNAVAILABLE])
async def test_what_failed_before_the_system_was_asked_says_nothing_of_it(
    store: Store, outage: Outage, code: FailureCode
) -> None:
    """A budget that is spent, a key that another worker holds: they neither close nor open a circuit."""
    worker = a_worker(store, outage)
    for _ in range(3):
        await outage.call(worker)
    outage.now += POLICY.pause
    (before,) = await SqlCircuits(store).read_all()
    outage.code, outage.asked = code, False
    assert [await outage.call(worker) for _ in range(2)] == [code, code]
    assert await SqlCircuits(store).read_all() == (before,)
    outage.code = None
    assert await outage.call(worker) == "done"


async def test_what_failed_before_a_sound_system_was_asked_leaves_it_sound(
    store: Store, outage: Outage
) -> None:
    outage.asked = False
    worker = a_worker(store, outage)
    for _ in range(10):
        await outage.call(worker)
    assert outage.reached == 10
    assert await SqlCircuits(store).read_all() == ()


async def test_call_that_tried_and_was_cancelled_leaves_the_try_to_another(
    store: Store, outage: Outage
) -> None:
    worker = a_worker(store, outage)
    for _ in range(3):
        await outage.call(worker)
    outage.now += POLICY.pause
    entered = asyncio.Event()

    async def hang() -> None:
        async with worker.around(System.CRM):
            entered.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await entered.wait()
    assert await outage.call(worker) == "UNAVAILABLE"
    assert outage.reached == 3
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    outage.code = None
    assert await outage.call(worker) == "done"


async def test_store_that_is_away_stops_no_call(store: Store, outage: Outage) -> None:
    worker = a_worker(store, outage)
    await store.close()
    async with store.writing("test") as connection:
        await connection.exec_driver_sql("drop table circuits")
    assert await outage.call(worker) == "UNAVAILABLE"
    outage.code = None
    assert await outage.call(worker) == "done"


async def test_what_speaks_to_no_system_passes(store: Store, outage: Outage) -> None:
    async with a_worker(store, outage).around(None):
        outage.reached += 1
    assert outage.reached == 1
