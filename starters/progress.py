"""Progress of long work on stderr: a bar for a person at a terminal, a line now and then for a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

SECONDS_BETWEEN_LINES = 5.0

IMPORTING = "importing"
"""How a line begins, unless somebody says otherwise."""


@dataclass
class Tally:
    """How an import stands."""

    started: int = 0
    already_known: int = 0
    refused: int = 0

    @property
    def rows(self) -> int:
        """Rows of which it is known what became of them."""
        return self.started + self.already_known + self.refused

    def words(self) -> str:
        """The counts, for people."""
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        known = f"{self.already_known:,} already known"
        return f"{rows}: {self.started:,} started, {known}, {self.refused:,} refused"


class Counts(Protocol):
    """What can be said of work that is under way."""

    def words(self) -> str: ...


class Progress(Protocol):
    """Is told how far the work has come."""

    def report(self, done: int, counts: Counts) -> None: ...


class PlainLines:
    """Writes a line when some seconds have passed since the last."""

    def __init__(self, doing: str = IMPORTING) -> None:
        self._doing = doing
        self._last = time.monotonic()

    def report(self, done: int, counts: Counts) -> None:  # noqa: ARG002 - as the Protocol says
        """Says how far it has come, if it is time to."""
        now = time.monotonic()
        if now - self._last >= SECONDS_BETWEEN_LINES:
            self._last = now
            sys.stderr.write(f"{self._doing}, {counts.words()} so far\n")
            sys.stderr.flush()


@contextmanager
def progress_of(title: str, total: int, *, doing: str = IMPORTING) -> Generator[Progress]:
    """A bar where stderr is a terminal, else lines.

    Args:
        title: stands beside the bar.
        total: how much there is to do, in whatever `report` counts; 0 where nobody knows.
        doing: how a line begins.
    """
    if not sys.stderr.isatty():
        yield PlainLines(doing)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[tally]}", markup=False),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total or None, tally="")

        class RichBar:
            def report(self, done: int, counts: Counts) -> None:
                bar.update(task, completed=done, tally=counts.words())

        yield RichBar()
