"""The schedules that start watches again and again: one of each for a namespace, whoever asks first."""

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

from contracts.crm_drift import CrmDriftWatch
from contracts.limbo import LimboSweep
from contracts.names import TaskQueue
from workflows.crm_drift_watch import CrmDriftWatchWorkflow
from workflows.limbo_watch import LimboWatchWorkflow

SECONDS_BETWEEN_LOOKS = 0.1

LONGEST_RUN = timedelta(hours=1)
"""A run that hangs is ended then, so that it does not keep the next ones from being started."""


@dataclass(frozen=True)
class Watch:
    """A workflow that a schedule starts again and again."""

    id: str
    """Of the schedule, and the beginning of the ids of what it starts."""
    action: ScheduleActionStartWorkflow
    made_by: str
    """The command that makes the schedule, beside workers."""


LIMBO_WATCH = Watch(
    "limbo-watch",
    ScheduleActionStartWorkflow(
        LimboWatchWorkflow.run,
        LimboSweep(),
        id="limbo-watch",
        task_queue=TaskQueue.WORKFLOWS,
        execution_timeout=LONGEST_RUN,
        static_summary="Look for work that is left lying",
    ),
    made_by="./throughline limbo schedule",
)

CRM_DRIFT_WATCH = Watch(
    "crm-drift-watch",
    ScheduleActionStartWorkflow(
        CrmDriftWatchWorkflow.run,
        CrmDriftWatch(),
        id="crm-drift-watch",
        task_queue=TaskQueue.WORKFLOWS,
        execution_timeout=LONGEST_RUN,
        static_summary="Compare the CRM's schema with crm.yaml",
    ),
    made_by="./throughline connectors schedule",
)


@dataclass(frozen=True)
class WatchSchedule:
    """How the schedule of a watch stands."""

    every: timedelta
    paused: bool
    note: str
    next_at: datetime | None
    """When the next run begins; None while it is paused."""
    last_at: datetime | None


async def ensure_schedule(client: Client, watch: Watch, every: timedelta) -> bool:
    """Makes the schedule unless there is one, which stays as somebody has set it; says whether it did.

    Any number of workers may ask at once.
    """
    try:
        await client.create_schedule(
            watch.id,
            Schedule(
                action=watch.action,
                spec=_spec(every),
                policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=every),
                state=ScheduleState(note=f"made by a worker or by `{watch.made_by}`"),
            ),
        )
    except ScheduleAlreadyRunningError:
        return False
    return True


async def set_interval(client: Client, watch: Watch, every: timedelta) -> None:
    """Has the watch come so often, making the schedule where there is none."""
    if await ensure_schedule(client, watch, every):
        return

    def change(schedule: Schedule) -> None:
        schedule.spec = _spec(every)
        schedule.policy.catchup_window = every

    await _change(
        client, watch, change, lambda schedule: [one.every for one in schedule.spec.intervals] == [every]
    )


async def set_paused(client: Client, watch: Watch, note: str, *, paused: bool) -> bool:
    """Pauses the watch or lets it go on; says whether there is a schedule."""

    def change(schedule: Schedule) -> None:
        schedule.state.paused, schedule.state.note = paused, note

    return await _change(client, watch, change, lambda schedule: schedule.state.paused is paused)


async def remove_schedule(client: Client, watch: Watch) -> bool:
    """Takes the schedule away; says whether there was one."""
    try:
        await client.get_schedule_handle(watch.id).delete()
    except RPCError as error:
        return _not_there(error)
    return True


async def run_now(client: Client, watch: Watch) -> bool:
    """Starts a run unless one is under way; says whether there is a schedule to do so."""
    try:
        await client.get_schedule_handle(watch.id).trigger(overlap=ScheduleOverlapPolicy.SKIP)
    except RPCError as error:
        return _not_there(error)
    return True


async def schedule_as_it_stands(client: Client, watch: Watch) -> WatchSchedule | None:
    """How the schedule stands; None where there is none."""
    try:
        seen: ScheduleDescription = await client.get_schedule_handle(watch.id).describe()
    except RPCError as error:
        _not_there(error)
        return None
    intervals, actions = seen.schedule.spec.intervals, seen.info.recent_actions
    paused = seen.schedule.state.paused
    return WatchSchedule(
        every=intervals[0].every if intervals else timedelta(0),
        paused=paused,
        note=seen.schedule.state.note or "",
        next_at=None if paused or not seen.info.next_action_times else seen.info.next_action_times[0],
        last_at=actions[-1].started_at if actions else None,
    )


async def _change(
    client: Client, watch: Watch, change: Callable[[Schedule], None], stands: Callable[[Schedule], bool]
) -> bool:
    """Changes the schedule and returns once it is seen to stand so; says whether there is one.

    The server takes a change some time after it has answered, and a change is made of what was read before.
    So one that another made meanwhile would be lost unless somebody looks.
    """

    def changed(seen: ScheduleUpdateInput) -> ScheduleUpdate:
        change(seen.description.schedule)
        return ScheduleUpdate(seen.description.schedule)

    handle = client.get_schedule_handle(watch.id)
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
