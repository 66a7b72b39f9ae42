"""Work side by side: steps that belong together, work that a wait must not be held up by, work to the end."""

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from temporalio import workflow

T = TypeVar("T")


async def in_parallel(*steps: Awaitable[object]) -> None:
    """Takes independent steps at once; when one fails the others are called off, and then it is raised.

    Nothing of them is left running afterwards, so that an undo cannot race with them.
    """
    if not steps:
        return
    tasks = [asyncio.ensure_future(step) for step in steps]
    try:
        ended, _ = await workflow.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    except asyncio.CancelledError:
        await call_off(tasks)
        raise
    await call_off(tasks)
    # What was called off failed too, by cancellation: only what ended by itself says what went wrong.
    for task in ended:
        task.result()


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Does work that a cancellation which arrives meanwhile does not stop, and returns what it returns."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await workflow.wait([task])
        except asyncio.CancelledError:
            workflow.logger.info("cancelled meanwhile: ends first what it is at")
    return task.result()


class Meanwhile:
    """Work that goes on while a block waits; what is unfinished when the block ends is called off.

    People are told this way: a dead channel must not hold up a wait for them.
    """

    def __init__(self) -> None:
        self._tasks: list[asyncio.Future[object]] = []

    def start(self, work: Awaitable[object]) -> None:
        """Starts work. It keeps its failures to itself, and says them where people look."""
        self._tasks.append(asyncio.ensure_future(work))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A run that is dropped from a worker's memory ends this way, and nothing may be awaited then.
        if not isinstance(error, GeneratorExit):
            await call_off(self._tasks)


async def call_off(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancels what is unfinished of these, and returns once all of it has ended.

    A cancellation that arrives meanwhile is raised only then: nothing is left behind.
    """
    unfinished = [task for task in tasks if not task.done()]
    for task in unfinished:
        task.cancel()
    cancelled: asyncio.CancelledError | None = None
    while left := [task for task in unfinished if not task.done()]:
        try:
            await workflow.wait(left)
        except asyncio.CancelledError as error:
            cancelled = error
    for task in tasks:
        if not task.cancelled():
            # How it ended is for others to ask; unread, it would be logged as lost.
            task.exception()
    if cancelled is not None:
        raise cancelled
