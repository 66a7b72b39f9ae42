"""Kills worker processes and the Temporal server, at random and without a word, for as long as it is let."""

import asyncio
import contextlib
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from benchmarks.measures import family_of
from runtime.dev_server import DevServer
from starters.demo.stack import Workers
from tests.processes import is_alive

LONGEST_LIFE_SECONDS = 3.0
"""How long everything may work until the next kill."""

ONE, ALL, SERVER, EVERYTHING = "one process", "all of them", "the server", "the server and all of them"
KILLS = (*(ONE,) * 6, *(ALL,) * 3, *(SERVER,) * 3, *(EVERYTHING,) * 2)
"""In what share each is drawn. After so many, each has been tried; then they are drawn anew."""

IDLE_SECONDS = 10.0
"""Kills come even where nobody writes anything, since all wait for what earlier kills cost."""


class Killer:
    """Draws when and whom to kill from a generator, so that a bad run can be made again, timing apart.

    Args:
        server: with a file store.
        workers: below their supervisor.
        store: the file that they write to.
        targets: what each guest of a kind gets once, in the order in which most is made, and how much of it
            there is in the end.
        random: what is drawn from.
        seconds: no kill begins later than so long after the first moment.
    """

    def __init__(
        self,
        server: DevServer,
        workers: Workers,
        store: Path,
        *,
        targets: Mapping[str, int],
        random: Random,
        seconds: float,
    ) -> None:
        self._server = server
        self._workers = workers
        self._store = store
        self._targets = targets
        self._random = random
        self._seconds = seconds
        self._aimed_at: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        """How often each was killed."""

    async def rage(self) -> None:
        """Goes on for its time; whatever it kills runs again when it returns."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        with contextlib.closing(sqlite3.connect(self._store)) as store:
            while True:
                for kill in self._random.sample(KILLS, len(KILLS)):
                    # Workers that are killed while they start would tell nothing, for ever.
                    await _until_more(store, "effects")
                    # This pause waits for nothing: a kill must meet whatever is going on.
                    await asyncio.sleep(self._random.uniform(0, LONGEST_LIFE_SECONDS))
                    if loop.time() > end:
                        return
                    await self._strike(kill, store)

    async def _strike(self, kill: str, store: sqlite3.Connection) -> None:
        if kill == ONE:
            self._kill_one()
            return
        # Takes aim: what has just been made is not reported yet, and will be asked for again.
        await _until_more(store, self._target(store))
        if kill in (SERVER, EVERYTHING):
            await self._server.kill()
        if kill in (ALL, EVERYTHING):
            for pid in self._family():
                _kill(pid)
            await self._workers.ended()
        self.kills[kill] += 1
        if kill in (SERVER, EVERYTHING):
            await self._server.start()
        if kill in (ALL, EVERYTHING):
            await self._workers.start()

    def _kill_one(self) -> None:
        """The supervisor starts it again; meanwhile there may be none to kill."""
        processes = [pid for pid in self._family() if pid != self._workers.pid]
        if processes:
            _kill(self._random.choice(processes))
            self.kills[ONE] += 1

    def _target(self, store: sqlite3.Connection) -> str:
        """Each in its turn, as long as any is still to be made."""
        unmade = [what for what, count in self._targets.items() if _rows(store, what) < count]
        target = min(unmade, key=lambda what: self._aimed_at[what], default="effects")
        self._aimed_at[target] += 1
        return target

    def _family(self) -> Sequence[int]:
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
