"""The schedule of the sweep, on a real server: one, whoever asks and however often."""

import asyncio
from datetime import timedelta

from temporalio.client import Client, ScheduleOverlapPolicy

from runtime.limbo_schedule import (
    SCHEDULE_ID,
    ensure_schedule,
    remove_schedule,
    schedule_as_it_stands,
    set_interval,
    set_paused,
    sweep_now,
)

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


async def test_ten_who_ask_at_once_make_one_schedule(client: Client) -> None:
    made = await asyncio.gather(*(ensure_schedule(client, QUARTER) for _ in range(10)))
    assert sorted(made) == [False] * 9 + [True]
    described = await client.get_schedule_handle(SCHEDULE_ID).describe()
    assert described.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert [one.every for one in described.schedule.spec.intervals] == [QUARTER]


async def test_schedule_that_somebody_has_set_stays_as_it_is(client: Client) -> None:
    await set_interval(client, HOUR)
    await set_paused(client, "we are moving house", paused=True)
    assert not await ensure_schedule(client, QUARTER)
    stands = await schedule_as_it_stands(client)
    assert stands is not None
    assert (stands.every, stands.paused, stands.note) == (HOUR, True, "we are moving house")
    assert stands.next_at is None
    await set_interval(client, QUARTER)
    await set_paused(client, "back", paused=False)
    again = await schedule_as_it_stands(client)
    assert again is not None
    assert (again.every, again.paused) == (QUARTER, False)
    assert again.next_at is not None


async def test_schedule_that_is_not_there_is_said_to_be_so(client: Client) -> None:
    assert await schedule_as_it_stands(client) is None
    assert not await set_paused(client, "nothing", paused=True)
    assert not await sweep_now(client)
    assert not await remove_schedule(client)
    assert await ensure_schedule(client, QUARTER)
    assert await remove_schedule(client)
