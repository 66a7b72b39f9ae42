"""Looking at a run until it stands as somebody hopes, or the time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between two looks at a run: a simple lead is decided in a fraction of the first second."""

_Seen = TypeVar("_Seen")


async def watched(
    look: Callable[[], Awaitable[_Seen]], holds: Callable[[_Seen], bool], seconds: float
) -> _Seen:
    """Looks again and again until something holds, and returns what was seen last, whether or not it does."""
    deadline = asyncio.get_running_loop().time() + seconds
    pause = FIRST_PAUSE
    while True:
        seen = await look()
        left = deadline - asyncio.get_running_loop().time()
        if holds(seen) or left <= 0:
            return seen
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 2, LONGEST_PAUSE)
