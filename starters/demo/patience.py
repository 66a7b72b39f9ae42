"""Doing things to runs whose workers may be dead for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starters.console import CommandFailure
from starters.exit_codes import ExitCode

ASK_AGAIN_SECONDS = 0.1

COMES_BACK = (ExitCode.NO_ANSWER, ExitCode.UNREACHABLE, ExitCode.FAILED)
"""Failures that pass when workers come back: one that dies while it answers is said to have failed."""

Answer = TypeVar("Answer")


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
