"""The schedule that starts the sweep for work left lying: one for a namespace, whoever asks for it first."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleDescription,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from contracts.limbo import LimboSweep
from contracts.names import TaskQueue
from workflows.limbo_watch import LimboWatchWorkflow

SCHEDULE_ID = "limbo-watch"

SECONDS_BETWEEN_LOOKS = 0.1

LONGEST_SWEEP = timedelta(hours=1)
"""A sweep that hangs is ended then, so that it does not keep the next ones from being started."""


@dataclass(frozen=True)
class SweepSchedule:
    """How the schedule stands."""

    every: timedelta
    paused: bool
    note: str
    next_at: datetime | None
    """When the next sweep begins; None while it is paused."""
    last_at: datetime | None


async def ensure_schedule(client: Client, every: timedelta) -> bool:
    """Makes the schedule unless there is one, which stays as somebody has set it; says whether it did.

    Any number of workers may ask at once.
    """
    try:
        await client.create_schedule(
            SCHEDULE_ID,
            Schedule(
                action=ScheduleActionStartWorkflow(
                    LimboWatchWorkflow.run,
                    LimboSweep(),
                    id=SCHEDULE_ID,
                    task_queue=TaskQueue.WORKFLOWS,
                    execution_timeout=LONGEST_SWEEP,
                    static_summary="Look for work that is left lying",
                ),
                spec=_spec(every),
                policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=every),
                state=ScheduleState(note="made by a worker or by `./throughline limbo schedule`"),
            ),
        )
    except ScheduleAlreadyRunningError:
        return False
    return True


async def set_interval(client: Client, every: timedelta) -> None:
    """Has the sweep come so often, making the schedule where there is none."""
    if await ensure_schedule(client, every):
        return

    def change(schedule: Schedule) -> None:
        schedule.spec = _spec(every)
        schedule.policy.catchup_window = every

    await _change(client, change, lambda schedule: [one.every for one in schedule.spec.intervals] == [every])


async def set_paused(client: Client, note: str, *, paused: bool) -> bool:
    """Pauses the sweeps or lets them go on; says whether there is a schedule."""

    def change(schedule: Schedule) -> None:
        schedule.state.paused, schedule.state.note = paused, note

    return await _change(client, change, lambda schedule: schedule.state.paused is paused)


async def remove_schedule(client: Client) -> bool:
    """Takes the schedule away; says whether there was one."""
    try:
        await client.get_schedule_handle(SCHEDULE_ID).delete()
    except RPCError as error:
        return _not_there(error)
    return True


async def sweep_now(client: Client) -> bool:
    """Starts a sweep unless one is under way; says whether there is a schedule to do so."""
    try:
        await client.get_schedule_handle(SCHEDULE_ID).trigger(overlap=ScheduleOverlapPolicy.SKIP)
    except RPCError as error:
        return _not_there(error)
    return True


async def schedule_as_it_stands(client: Client) -> SweepSchedule | None:
    """How the schedule stands; None where there is none."""
    try:
        seen: ScheduleDescription = await client.get_schedule_handle(SCHEDULE_ID).describe()
    except RPCError as error:
        _not_there(error)
        return None
    intervals, actions = seen.schedule.spec.intervals, seen.info.recent_actions
    paused = seen.schedule.state.paused
    return SweepSchedule(
        every=intervals[0].every if intervals else timedelta(0),
        paused=paused,
        note=seen.schedule.state.note or "",
        next_at=None if paused or not seen.info.next_action_times else seen.info.next_action_times[0],
        last_at=actions[-1].started_at if actions else None,
    )


async def _change(
    client: Client, change: Callable[[Schedule], None], stands: Callable[[Schedule], bool]
) -> bool:
    """Changes the schedule and returns once it is seen to stand so; says whether there is one.

    The server takes a change some time after it has answered, and a change is made of what was read before.
    So one that another made meanwhile would be lost unless somebody looks.
    """

    def changed(seen: ScheduleUpdateInput) -> ScheduleUpdate:
        change(seen.description.schedule)
        return ScheduleUpdate(seen.description.schedule)

    handle = client.get_schedule_handle(SCHEDULE_ID)
    try:
        while True:
            await handle.update(changed)
            if stands((await handle.describe()).schedule):
                return True
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    except RPCError as error:
        return _not_there(error)


def _spec(every: timedelta) -> ScheduleSpec:
    return ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)])


def _not_there(error: RPCError) -> bool:
    """False where there is no schedule; raises whatever else is wrong."""
    if error.status is not RPCStatusCode.NOT_FOUND:
        raise error
    return False
