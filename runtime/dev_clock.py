"""Moves runs on a dev server through days in milliseconds, for the demo and the tests.

Each run has a clock of its own on the server. It needs a server started by `runtime/dev_server.py`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

Handle = WorkflowHandle[Any, Any]

SLACK = timedelta(seconds=30)
"""How much further than asked a clock is moved. A timer due at the very instant of arrival starts work that
outlasts the journey, and the server then skips one timer too many."""

MOST_SKIPS = 10_000
"""Of one journey. A step that keeps failing takes one for each attempt, more than the server's default."""

PATIENCE_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.005


class DevClock:
    """Fast-forwards runs that were started as usual.

    Only the run itself is moved: a parent that waits for a child stays where it is, so move the child. A
    child starts at its parent's present; a parent's clock does not follow its child's.

    Args:
        client: of the server.
        patience: seconds that a run is given for a journey, and to come to rest.
    """

    def __init__(self, client: Client, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        # Without this, a child started by a run on the move would skip through all its own timers.
        self._skipper = TimeSkipper(
            client,
            config=TimeSkippingConfig(disable_propagation=True, max_session_skip_count=MOST_SKIPS),
        )

    async def now(self, run: Handle) -> datetime:
        """The present of a run, aware: what its `workflow.now()` says."""
        return await self._skipper.get_current_time(run)

    async def fast_forward(self, run: Handle, by: timedelta) -> None:
        """Lets time pass for a run, with all that happens meanwhile, and returns when it is quiet again.

        It arrives a little later than asked (`SLACK`), or stays where it ends on the way.

        Raises:
            TimeoutError: the run is not quiet in time, for example since no worker takes its tasks.
        """
        await self.settle(run)
        target = await self.now(run) + by
        journey = asyncio.create_task(self._unless_ended(run, self._skipper.fast_forward(run, by + SLACK)))
        try:
            async with asyncio.timeout(self._patience):
                while not journey.done() and not await self._is_held_up_after(run, target):
                    await asyncio.wait((journey,), timeout=LOOK_EVERY_SECONDS * 4)
            if not journey.done():
                await self._halt(run)
        finally:
            journey.cancel()
            with contextlib.suppress(asyncio.CancelledError, RuntimeError):
                await journey
        await self.settle(run)

    async def fast_forward_to(self, run: Handle, instant: datetime) -> None:
        """Moves a run to an instant, for example the `due_at` of its status; a past one is no move."""
        left = instant - await self.now(run)
        if left > timedelta(0):
            await self.fast_forward(run, left)

    async def settle(self, run: Handle, *, retries: bool = False) -> None:
        """Waits until a run has nothing left to do but wait, or has ended.

        Args:
            run: which one.
            retries: wait also for steps that are to be tried again later, as after a worker was killed.

        Raises:
            TimeoutError: it is still at work.
        """
        async with asyncio.timeout(self._patience):
            while await self._is_at_work(run, retries=retries):  # noqa: ASYNC110  # the server only tells who asks
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _is_at_work(self, run: Handle, *, retries: bool) -> bool:
        seen = (await run.describe()).raw_description
        return _is_open(seen) and (_has_work(seen) or (retries and bool(seen.pending_activities)))

    async def _is_held_up_after(self, run: Handle, target: datetime) -> bool:
        """Whether a run is past the target and waits for a child, which holds its clock to real time."""
        seen = (await run.describe()).raw_description
        if not _is_open(seen) or _has_work(seen) or not seen.pending_children:
            return False
        return await self.now(run) >= target

    async def _halt(self, run: Handle) -> None:
        # The SDK can't switch skipping off; the shortest journey replaces the one under way and ends at once.
        await self._unless_ended(run, self._skipper.fast_forward(run, timedelta(milliseconds=1)))

    async def _unless_ended(self, run: Handle, journey: Awaitable[object]) -> None:
        """A journey; none where the run ends by itself before it begins, which the server refuses."""
        try:
            await journey
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND or _is_open(
                (await run.describe()).raw_description
            ):
                raise


def _is_open(seen: DescribeWorkflowExecutionResponse) -> bool:
    return WorkflowExecutionStatus(seen.workflow_execution_info.status) is WorkflowExecutionStatus.RUNNING


def _has_work(seen: DescribeWorkflowExecutionResponse) -> bool:
    return seen.HasField("pending_workflow_task") or any(map(_is_due, seen.pending_activities))


def _is_due(activity: PendingActivityInfo) -> bool:
    """Whether an activity runs or is about to; one that waits for its next attempt lets time be skipped."""
    waits = (
        activity.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
        and activity.next_attempt_schedule_time != Timestamp()
    )
    return not waits
