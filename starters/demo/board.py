"""The live table: each lead, where it is, where it goes and why."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from contracts.states import Lane
from rules.normalisation import canonical
from starters.demo.played import Played

REFRESH_SECONDS = 0.25
SECONDS_BETWEEN_LINES = 2.0
ROOM_AROUND_THE_ROWS = 8
"""Lines of the terminal that the rows leave free: heading, totals, what is typed below."""

STYLES = {
    Lane.RUNNING: "cyan",
    Lane.WAITING: "yellow",
    Lane.BLOCKED: "red",
    Lane.ESCALATED: "magenta",
    Lane.COMPLETED: "green",
}
_URGENCY = (Lane.BLOCKED, Lane.WAITING, Lane.ESCALATED, Lane.RUNNING, Lane.COMPLETED)


class Board:
    """Shows leads on a terminal; where there is none, a line now and then."""

    def __init__(self, leads: Mapping[str, Played], sources: Mapping[str, tuple[str, ...]]) -> None:
        self._leads = leads
        self._sources = sources
        self._console = Console(stderr=True)
        self._live: Live | None = None

    @asynccontextmanager
    async def shown(self, *, live: bool) -> AsyncGenerator[None]:
        """Keeps showing how it stands until the block ends."""
        showing = asyncio.create_task(self._keep_live() if live else self._keep_saying())
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.wait((showing,))
            if self._live:
                self._live.stop()
                self._live = None

    def pause(self) -> None:
        """Takes the table off the terminal, for a question."""
        if self._live:
            self._live.stop()

    def go_on(self) -> None:
        """Puts it back."""
        if self._live:
            self._live.start()

    def whole(self) -> Table:
        """Every lead, in the order of the examples."""
        return self._table([lead for lead in self._leads.values() if lead.lane], wide_from=140)

    async def _keep_live(self) -> None:
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._live.start()
        while True:
            if self._live.is_started:
                self._live.update(self._window(), refresh=True)
            await asyncio.sleep(REFRESH_SECONDS)

    async def _keep_saying(self) -> None:
        said = ""
        while True:
            line = self._totals().plain
            if line != said:
                said = line
                sys.stderr.write(f"demo: {line}\n")
                sys.stderr.flush()
            await asyncio.sleep(SECONDS_BETWEEN_LINES)

    def _window(self) -> Group:
        """As many rows as fit: what waits for somebody on top, then what moved last."""
        room = max(self._console.height - ROOM_AROUND_THE_ROWS, 5)
        seen = [lead for lead in self._leads.values() if lead.lane]
        order = {str(lane): place for place, lane in enumerate(_URGENCY)}
        newest = sorted(seen, key=lambda lead: -lead.changed_at)
        rows = sorted(newest, key=lambda lead: order.get(lead.lane, 0))[:room]
        return Group(self._table(rows), self._totals())

    def _table(self, leads: Iterable[Played], wide_from: int = 110) -> Table:
        table = Table(box=None, header_style="bold", pad_edge=False, expand=True)
        wide = self._console.width >= wide_from
        table.add_column("lead", no_wrap=True, min_width=24, max_width=36)
        if wide:
            table.add_column("source", no_wrap=True, min_width=14, max_width=16)
        table.add_column("path", no_wrap=True, min_width=12)
        table.add_column("state", no_wrap=True, min_width=16)
        table.add_column("owner", no_wrap=True, min_width=7)
        table.add_column("why", no_wrap=True, ratio=1, overflow="ellipsis")
        for lead in leads:
            style = STYLES[Lane(lead.lane)]
            cells = [Text(lead.name)]
            if wide:
                cells.append(Text(self._source_of(lead)))
            cells += [Text(lead.path or ""), Text(lead.state, style=style), Text(lead.owner or "")]
            table.add_row(*cells, Text(lead.why))
        return table

    def _totals(self) -> Text:
        counts = Counter(lead.lane for lead in self._leads.values() if lead.lane)
        text = Text(f"{counts.total()} of {len(self._leads)} leads submitted:")
        for lane, style in STYLES.items():
            if counts[lane]:
                text.append(f"  {counts[lane]} {lane}", style=style)
        return text

    def _source_of(self, lead: Played) -> str:
        raw = lead.submission.source
        return (canonical(raw, self._sources) or "other") if raw else "unknown"
