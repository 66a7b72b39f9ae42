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

LONGEST_LIFE_SECONDS = 8.0
"""How long workers may work until the next kill."""

FAMILY_SHARE = 0.25
"""So often the supervisor dies with all its processes, and somebody starts everything anew."""

IDLE_SECONDS = 10.0
"""Kills come even where nobody writes anything, since all wait for what earlier kills cost."""


class Killer:
    """Draws when and whom to kill from a generator, so that a bad run can be made again, timing apart.

    Args:
        workers: below their supervisor.
        store: the file that they write to.
        random: what is drawn from.
    """

    def __init__(self, workers: Workers, store: Path, random: Random) -> None:
        self._workers = workers
        self._store = store
        self._random = random
        self.kills: Counter[str] = Counter()
        """How often one process was killed, and how often the whole family."""

    async def rage(self) -> None:
        """Goes on until it is cancelled."""
        while True:
            # Workers that are killed while they start would tell nothing, for ever on a crowded machine.
            await self._next_commit()
            # This pause waits for nothing: a kill must meet whatever is going on.
            await asyncio.sleep(self._random.uniform(0, LONGEST_LIFE_SECONDS))
            if self._random.random() < FAMILY_SHARE:
                await self._kill_family()
            else:
                self._kill_one()

    def _kill_one(self) -> None:
        """The supervisor starts it again, later each time; meanwhile there may be none to kill."""
        processes = [pid for pid in self._family() if pid != self._workers.pid]
        if processes:
            _kill(self._random.choice(processes))
            self.kills["one process"] += 1

    async def _kill_family(self) -> None:
        """Takes aim: what was just written has not been reported yet, and is asked for again."""
        family = self._family()
        await self._next_commit()
        for pid in family:
            _kill(pid)
        self.kills["all of them"] += 1
        await self._workers.ended()
        await self._workers.start()

    async def _next_commit(self) -> None:
        """Returns as soon as somebody has written to the store, or nobody has for a while."""
        with contextlib.closing(sqlite3.connect(self._store)) as looking, contextlib.suppress(TimeoutError):
            before = _version(looking)
            async with asyncio.timeout(IDLE_SECONDS):
                while _version(looking) == before:  # noqa: ASYNC110 - the file only tells who asks
                    await asyncio.sleep(0.001)

    def _family(self) -> list[int]:
        return [pid for pid in sorted(family_of(self._workers.pid)) if is_alive(pid)]


def _version(store: sqlite3.Connection) -> int:
    """Another number once another connection has committed."""
    (version,) = store.execute("pragma data_version").fetchone()
    return int(version)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
