"""The schedule of a watch, on a real server: one, whoever asks and however often."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client, ScheduleOverlapPolicy

from runtime.watch_schedules import (
    CRM_DRIFT_WATCH,
    LIMBO_WATCH,
    Watch,
    ensure_schedule,
    remove_schedule,
    run_now,
    schedule_as_it_stands,
    set_interval,
    set_paused,
)

pytestmark = pytest.mark.parametrize("watch", [LIMBO_WATCH, CRM_DRIFT_WATCH], ids=lambda watch: watch.id)

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


async def test_ten_who_ask_at_once_make_one_schedule(client: Client, watch: Watch) -> None:
    made = await asyncio.gather(*(ensure_schedule(client, watch, QUARTER) for _ in range(10)))
    assert sorted(made) == [False] * 9 + [True]
    described = await client.get_schedule_handle(watch.id).describe()
    assert described.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert [one.every for one in described.schedule.spec.intervals] == [QUARTER]


async def test_schedule_that_somebody_has_set_stays_as_it_is(client: Client, watch: Watch) -> None:
    await set_interval(client, watch, HOUR)
    await set_paused(client, watch, "we are moving house", paused=True)
    assert not await ensure_schedule(client, watch, QUARTER)
    stands = await schedule_as_it_stands(client, watch)
    assert stands is not None
    assert (stands.every, stands.paused, stands.note) == (HOUR, True, "we are moving house")
    assert stands.next_at is None
    await set_interval(client, watch, QUARTER)
    await set_paused(client, watch, "back", paused=False)
    again = await schedule_as_it_stands(client, watch)
    assert again is not None
    assert (again.every, again.paused) == (QUARTER, False)
    assert again.next_at is not None


async def test_schedule_that_is_not_there_is_said_to_be_so(client: Client, watch: Watch) -> None:
    assert await schedule_as_it_stands(client, watch) is None
    assert not await set_paused(client, watch, "nothing", paused=True)
    assert not await run_now(client, watch)
    assert not await remove_schedule(client, watch)
    assert await ensure_schedule(client, watch, QUARTER)
    assert await remove_schedule(client, watch)
