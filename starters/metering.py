"""How fast a command sets many runs going: evenly, so that a system that is just back is not run over."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

import typer

_RATE = re.compile(r"(?P<count>\d{1,6}(?:\.\d{1,3})?)(?:/(?P<unit>[smh]))?")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
FASTEST = 1000.0
"""Runs a second; beyond it nothing is metered any more."""


@dataclass(frozen=True)
class Rate:
    """Runs in a second."""

    per_second: float

    def __str__(self) -> str:
        return f"{self.per_second:g}/s"


def rate_from(option: str, text: str) -> Rate:
    """A rate such as `5/s`, `90/m` or `5`, which is a second's.

    Raises:
        typer.BadParameter: it is none, or beyond what is metered.
    """
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter("must be a number of runs in a time, such as 5/s or 90/m", param_hint=option)
    per_second = float(found["count"]) / _SECONDS[found["unit"] or "s"]
    if not 0 < per_second <= FASTEST:
        raise typer.BadParameter(f"must be above 0 and at most {FASTEST:g}/s", param_hint=option)
    return Rate(per_second)


class Pace:
    """Lets one caller through at a time, no more than so many a second. What came late is not made up for."""

    def __init__(self, rate: Rate) -> None:
        self._interval = 1 / rate.per_second
        self._earliest = 0.0

    async def turn(self) -> None:
        """Waits for the caller's turn."""
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(0, self._earliest - clock()))
        self._earliest = max(clock(), self._earliest) + self._interval
