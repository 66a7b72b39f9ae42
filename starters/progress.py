"""Progress of an import on stderr: a bar for a person at a terminal, a line now and then for a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

SECONDS_BETWEEN_LINES = 5.0


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


class Progress(Protocol):
    """Is told how far an import has come."""

    def report(self, bytes_read: int, tally: Tally) -> None: ...


class PlainLines:
    """Writes a line when some seconds have passed since the last."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def report(self, bytes_read: int, tally: Tally) -> None:  # noqa: ARG002 - as the Protocol says
        """Says how far it has come, if it is time to."""
        now = time.monotonic()
        if now - self._last >= SECONDS_BETWEEN_LINES:
            self._last = now
            sys.stderr.write(f"importing, {tally.words()} so far\n")
            sys.stderr.flush()


@contextmanager
def progress_of(title: str, total_bytes: int) -> Generator[Progress]:
    """A bar where stderr is a terminal, else lines."""
    if not sys.stderr.isatty():
        yield PlainLines()
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
        task = bar.add_task(title, total=max(total_bytes, 1), tally="")

        class RichBar:
            def report(self, bytes_read: int, tally: Tally) -> None:
                bar.update(task, completed=bytes_read, tally=tally.words())

        yield RichBar()
