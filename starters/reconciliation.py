"""Compares what doors accepted, the runs in Temporal and the records in the store, item by item."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from connectors.store.books import SqlBooks
from connectors.store.engine import Store
from contracts.reconciliation import BookedRun, Books, Difference, RunIndex, SeenRun
from rules.reconciliation import (
    WITHOUT_END,
    difference_of_effects,
    difference_of_ended,
    difference_without_run,
    process_of,
)
from runtime.run_lists import TemporalRunIndex
from runtime.settings import Settings
from starters.connecting import connected
from starters.reading import open_store, translated
from starters.refusals import of_rpc

PAGE = 500
CALL = timedelta(seconds=10)
"""How long the client waits for one page."""
DESCRIBED_AT_ONCE = 16
"""Runs that the list does not hold are asked for one by one, so many at a time."""


@asynccontextmanager
async def open_books_and_runs(settings: Settings) -> AsyncGenerator[tuple[Books, RunIndex]]:
    """Both sides of the deployment that the settings name; whatever they raise inside is translated.

    Raises:
        CommandFailure: UNREACHABLE or MISCONFIGURED.
    """
    client = await connected(settings)
    async with open_store(settings) as store:
        try:
            with translated("the store"):
                yield SqlBooks(store), TemporalRunIndex(client)
        except RPCError as error:
            raise of_rpc(error, "the list of runs", CALL) from error


@dataclass
class Reconciled:
    """What a comparison has found so far."""

    differences: list[Difference] = field(default_factory=list)
    booked: int = 0
    """Runs of which the store knows something."""
    ended: int = 0
    """Closed runs that Temporal knows."""
    unjudged: int = 0
    """Runs that may have ended and been deleted: their process leaves no record of its end."""
    too_young: int = 0
    """Runs of which was first heard a moment ago."""


Report = Callable[[Reconciled], None]


async def reconcile(
    client: Client,
    store: Store,
    *,
    since: datetime | None = None,
    grace: timedelta = timedelta(0),
    report: Report = lambda _: None,
) -> list[Difference]:
    """The differences between doors, Temporal and the records, in the order of their workflow ids.

    Args:
        client: of the namespace that the runs are in.
        store: what the doors and the workers of that namespace write to.
        since: leaves out what nobody has heard of since then.
        grace: what was heard of less than so long ago is left out, where doors are taking things meanwhile.
        report: is told how far it has come, once a page.
    """
    found = await compared(
        SqlBooks(store),
        TemporalRunIndex(client),
        now=datetime.now(UTC),
        since=since,
        grace=grace,
        report=report,
    )
    return found.differences


async def compared(
    books: Books,
    index: RunIndex,
    *,
    now: datetime,
    since: datetime | None = None,
    grace: timedelta = timedelta(0),
    report: Report = lambda _: None,
) -> Reconciled:
    """The same over any books and any list of runs, with how much was compared."""
    comparison = _Comparison(books, index, now, since, grace)
    await comparison.books_with_runs(report)
    await comparison.runs_with_books(report)
    comparison.found.differences.sort(key=lambda one: (one.workflow_id, one.kind))
    return comparison.found


class _Comparison:
    """One comparison under way: first from the books to the runs, then from the closed runs to the books."""

    def __init__(
        self, books: Books, index: RunIndex, now: datetime, since: datetime | None, grace: timedelta
    ) -> None:
        self._books = books
        self._index = index
        self._now = now
        self._since = since
        self._grace = grace
        self.found = Reconciled()

    async def books_with_runs(self, report: Report) -> None:
        """Looks for the run of everything that the store speaks of."""
        retention, after = await self._index.retention(), ""
        while page := await self._books.page(since=self._since, after=after, limit=PAGE):
            after = page[-1].workflow_id
            runs = [booked for booked in page if process_of(booked.workflow_id) is not None]
            self.found.booked += len(runs)
            await self._judge_page(runs, retention)
            report(self.found)

    async def runs_with_books(self, report: Report) -> None:
        """Looks for the end of every run that has closed."""
        async for page in self._index.ended(self._since):
            booked = await self._books.of([seen.workflow_id for seen in page])
            self.found.ended += len(page)
            suspects = {
                seen.workflow_id: difference
                for seen in page
                if (difference := difference_of_ended(seen, booked.get(seen.workflow_id)))
            }
            # An earlier execution broke off where a later one is open or ended well under the same id.
            latest = await self._described(list(suspects))
            for workflow_id, difference in suspects.items():
                last = latest[workflow_id]
                if last is not None and last.closed_at == difference.at:
                    self.found.differences.append(difference)
            report(self.found)

    async def _judge_page(self, page: Sequence[BookedRun], retention: timedelta) -> None:
        self.found.differences += [found for one in page if (found := difference_of_effects(one))]
        listed = await self._index.listed([one.workflow_id for one in page])
        unlisted = [one for one in page if one.workflow_id not in listed and difference_without_run(one)]
        suspects = [one for one in unlisted if self._can_be_judged(one, retention)]
        # Whoever starts a run first and closes then is asked first: it may do so in between.
        starting = await self._described([one.after for one in suspects if one.after])
        described = await self._described([one.workflow_id for one in suspects])
        for one in suspects:
            starter, difference = starting.get(one.after), difference_without_run(one)
            if difference and described[one.workflow_id] is None and not (starter and starter.is_open):
                self.found.differences.append(difference)

    def _can_be_judged(self, booked: BookedRun, retention: timedelta) -> bool:
        last = booked.last_at or self._now
        if self._now - last < self._grace:
            self.found.too_young += 1
            return False
        if process_of(booked.workflow_id) in WITHOUT_END and self._now - last >= retention:
            self.found.unjudged += 1
            return False
        return True

    async def _described(self, workflow_ids: Sequence[str]) -> Mapping[str, SeenRun | None]:
        slots = asyncio.Semaphore(DESCRIBED_AT_ONCE)

        async def describe(workflow_id: str) -> SeenRun | None:
            async with slots:
                return await self._index.described(workflow_id)

        found = await asyncio.gather(*map(describe, workflow_ids))
        return dict(zip(workflow_ids, found, strict=True))
