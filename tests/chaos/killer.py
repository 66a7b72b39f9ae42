"""Kills worker processes at random, without a word, for as long as it is let."""

import asyncio
import contextlib
import os
import signal
import sqlite3
from collections import Counter
from pathlib import Path
from random import Random

from benchmarks.measures import family_of
from starters.demo.stack import Workers
from tests.processes import is_alive

LONGEST_LIFE_SECONDS = 5.0
"""How long workers may work until the next kill."""

ONE, ALL = "one process", "all of them"
KILLS = (*(ONE,) * 8, *(ALL,) * 4)
"""In an order that is drawn. About as many as the onboardings last; a crowd without luck must end as well."""

IDLE_SECONDS = 10.0
"""Kills come even where nobody writes anything, since all wait for what earlier kills cost."""

TARGETS = ("subscriptions", "workspaces", "outbox where kind = 'customer_welcome'", "bookings")
"""What each customer must get once, in the order in which most is made."""


class Killer:
    """Draws when and whom to kill from a generator, so that a bad run can be made again, timing apart.

    Args:
        workers: below their supervisor.
        store: the file that they write to.
        customers: how many rows each target has in the end.
        random: what is drawn from.
    """

    def __init__(self, workers: Workers, store: Path, customers: int, random: Random) -> None:
        self._workers = workers
        self._store = store
        self._customers = customers
        self._random = random
        self._aimed_at: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        """How often one process was killed, and how often the supervisor with all of them."""

    async def rage(self) -> None:
        """Goes on until it has killed enough, or is cancelled."""
        with contextlib.closing(sqlite3.connect(self._store)) as store:
            for kill in self._random.sample(KILLS, len(KILLS)):
                # Workers that are killed while they start would tell nothing, for ever on a crowded machine.
                await _until_more(store, "effects")
                # This pause waits for nothing: a kill must meet whatever is going on.
                await asyncio.sleep(self._random.uniform(0, LONGEST_LIFE_SECONDS))
                if kill == ONE:
                    self._kill_one()
                else:
                    await self._kill_all(store)

    def _kill_one(self) -> None:
        """The supervisor starts it again, later each time; meanwhile there may be none to kill."""
        processes = [pid for pid in self._family() if pid != self._workers.pid]
        if processes:
            _kill(self._random.choice(processes))
            self.kills[ONE] += 1

    async def _kill_all(self, store: sqlite3.Connection) -> None:
        """Takes aim: what has just been made is not reported yet, and will be asked for again."""
        await _until_more(store, self._target(store))
        for pid in self._family():
            _kill(pid)
        self.kills[ALL] += 1
        await self._workers.ended()
        await self._workers.start()

    def _target(self, store: sqlite3.Connection) -> str:
        """Each in its turn, as long as any is still to be made."""
        unmade = [what for what in TARGETS if _rows(store, what) < self._customers]
        target = min(unmade, key=lambda what: self._aimed_at[what], default="effects")
        self._aimed_at[target] += 1
        return target

    def _family(self) -> list[int]:
        return [pid for pid in sorted(family_of(self._workers.pid)) if is_alive(pid)]


async def _until_more(store: sqlite3.Connection, what: str) -> None:
    """Returns as soon as there is more of something, or nothing has happened for a while."""
    before = _rows(store, what)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(IDLE_SECONDS):
            while _rows(store, what) == before:  # noqa: ASYNC110 - a file only tells who asks
                await asyncio.sleep(0.002)


def _rows(store: sqlite3.Connection, what: str) -> int:
    (count,) = store.execute(f"select count(*) from {what}").fetchone()  # noqa: S608 - nobody's text
    return int(count)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
