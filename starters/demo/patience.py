"""Doing things to runs whose workers may be dead for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from runtime.dev_clock import DevClock, Handle
from starters.console import CommandFailure
from starters.exit_codes import ExitCode

ASK_AGAIN_SECONDS = 0.1

COMES_BACK = (ExitCode.NO_ANSWER, ExitCode.UNREACHABLE, ExitCode.FAILED)
"""Failures that pass when workers come back: one that dies while it answers is said to have failed."""

MOMENT = timedelta(minutes=10)
"""More than any step waits before it is tried again."""

Answer = TypeVar("Answer")


async def let_pass(clock: DevClock, run: Handle, until: datetime) -> None:
    """Moves a run to an instant. One that is past it goes a little further.

    A step that is to be tried again after the journey waits by the run's clock, which nobody moves any more.

    Raises:
        TimeoutError: the run does not come to rest.
    """
    left = until - await clock.now(run)
    await clock.fast_forward(run, max(left, MOMENT))


@asynccontextmanager
async def giving_up_after(seconds: float) -> AsyncGenerator[None]:
    """Leaves what takes longer as it stands; a report of it must show that it has not ended."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Asks until somebody answers."""
    while True:
        try:
            return await ask()
        except CommandFailure as failure:
            if failure.code not in COMES_BACK:
                raise
        await asyncio.sleep(ASK_AGAIN_SECONDS)


async def made(make: Callable[[], Awaitable[bool]]) -> str | None:
    """Makes a move as soon as the run is ready for it, also where workers die while it is made.

    Args:
        make: makes it, and says whether the run was ready.

    Returns why the run refused it, or None if it did not.
    """
    again = False
    while True:
        try:
            if await make():
                return None
        except CommandFailure as failure:
            if failure.code is ExitCode.REFUSED_BY_RUN:
                # Whoever repeats a command whose answer was lost is refused: it has been taken.
                return None if again else failure.what
            again = again or failure.code in COMES_BACK
            if failure.code not in (*COMES_BACK, ExitCode.NOT_FOUND):
                raise
        except TimeoutError:
            again = True
        await asyncio.sleep(ASK_AGAIN_SECONDS)
