"""Calls that are made at once and end together."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def together(calls: Iterable[Awaitable[T]]) -> list[T]:
    """Returns what all of them return, in their order, or raises the first of their failures once all ended.

    `asyncio.gather` raises at once and lets the others go on: they would still write while a key is let go or
    an undo is under way, and speak to a system that is closed by then.
    """
    ended = await asyncio.gather(*calls, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return [one for one in ended if not isinstance(one, BaseException)]
