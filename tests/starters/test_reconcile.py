"""`reconcile` as a person or a script uses it: every difference in a line of its own, and the exit code."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.store.acceptances import SqlAcceptances
from connectors.store.engine import Store
from contracts.ids import intake_workflow_id
from contracts.reconciliation import AcceptedItem, BookedRun, Books, DifferenceKind, RunIndex, SeenRun
from runtime.settings import Settings
from starters.exit_codes import ExitCode
from starters.reconciliation import PAGE, compared
from tests.starters.conftest import Run
from tests.starters.real_cli import Cli
from tests.starters.standins import NOW, StandInSurroundings
from tests.workflows.leads import a_sales_lead

DAY = timedelta(days=1)


class KeptBooks:
    """`Books` that say what a test gave them."""

    def __init__(self, *runs: BookedRun) -> None:
        self.runs = {run.workflow_id: run for run in runs}
        self.pages = 0

    async def page(self, *, since: datetime | None, after: str, limit: int) -> tuple[BookedRun, ...]:
        self.pages += 1
        wanted = sorted(name for name in self.runs if name > after)[:limit]
        return tuple(self.runs[name] for name in wanted)

    async def of(self, workflow_ids: Sequence[str]) -> Mapping[str, BookedRun]:
        return {name: self.runs[name] for name in workflow_ids if name in self.runs}


class KeptRuns:
    """`RunIndex` over what a test gave it; the list may lag behind."""

    def __init__(self, *runs: SeenRun, listed: bool = True) -> None:
        self.runs = {run.workflow_id: run for run in runs}
        self.listing = listed
        self.calls: list[str] = []

    async def retention(self) -> timedelta:
        return DAY

    async def listed(self, workflow_ids: Sequence[str]) -> Mapping[str, SeenRun]:
        self.calls.append("listed")
        return {name: self.runs[name] for name in workflow_ids if self.listing and name in self.runs}

    async def described(self, workflow_id: str) -> SeenRun | None:
        self.calls.append("described")
        return self.runs.get(workflow_id)

    async def ended(self, since: datetime | None) -> AsyncIterator[tuple[SeenRun, ...]]:
        yield tuple(run for run in self.runs.values() if not run.is_open)


def taken(number: int) -> BookedRun:
    return BookedRun(f"lead-intake/lead-{number:05d}", accepted_at=NOW, last_at=NOW)


async def test_thousands_of_runs_cost_a_call_a_page() -> None:
    books = KeptBooks(*map(taken, range(3 * PAGE)))
    runs = KeptRuns(*(SeenRun(name, "running") for name in books.runs))
    found = await compared(books, runs, now=NOW)
    assert (found.booked, found.differences) == (3 * PAGE, [])
    assert (books.pages, runs.calls) == (4, ["listed"] * 3)


async def test_run_that_the_list_does_not_hold_yet_is_asked_for() -> None:
    books, runs = (
        KeptBooks(taken(1), taken(2)),
        KeptRuns(SeenRun(taken(1).workflow_id, "running"), listed=False),
    )
    found = await compared(books, runs, now=NOW)
    assert [one.workflow_id for one in found.differences] == [taken(2).workflow_id]


async def test_what_came_a_moment_ago_is_left_out() -> None:
    found = await compared(KeptBooks(taken(1)), KeptRuns(), now=NOW, grace=timedelta(seconds=10))
    assert (found.differences, found.too_young) == ([], 1)


async def test_access_request_older_than_the_retention_cannot_be_judged() -> None:
    books = KeptBooks(BookedRun("access-request/a-1", accepted_at=NOW, last_at=NOW))
    young = await compared(books, KeptRuns(), now=NOW + DAY / 2)
    assert [one.kind for one in young.differences] == [DifferenceKind.ACCEPTED_WITHOUT_RUN]
    old = await compared(books, KeptRuns(), now=NOW + DAY)
    assert (old.differences, old.unjudged) == ([], 1)


async def test_onboarding_is_not_missed_while_the_run_that_starts_it_is_open() -> None:
    won = BookedRun("customer-onboarding/l", expected_by="won", after="lead-follow-through/l", last_at=NOW)
    open_run = KeptRuns(SeenRun("lead-follow-through/l", "running"))
    assert (await compared(KeptBooks(won), open_run, now=NOW)).differences == []
    found = await compared(KeptBooks(won), KeptRuns(), now=NOW)
    assert [one.kind for one in found.differences] == [DifferenceKind.EXPECTED_WITHOUT_RUN]


class Sides(StandInSurroundings):
    """Stand-ins with both sides of a comparison."""

    books, runs = KeptBooks(), KeptRuns()

    def books_and_runs(self) -> AbstractAsyncContextManager[tuple[Books, RunIndex]]:
        @asynccontextmanager
        async def opened() -> AsyncGenerator[tuple[Books, RunIndex]]:
            yield self.books, self.runs

        return opened()


@pytest.fixture
def around(tmp_path: Path) -> Sides:
    return Sides(tmp_path)


def test_no_difference_is_said_so(run_cli: Run) -> None:
    outcome = run_cli("reconcile")
    assert outcome.code is ExitCode.OK
    assert outcome.out == "no difference (0 runs in the store, 0 closed in Temporal)\n"


def test_each_difference_is_a_line_with_what_helps(run_cli: Run, around: Sides) -> None:
    lost = BookedRun("lead-intake/lead-1", accepted_at=NOW - DAY, last_at=NOW - DAY)
    around.books, around.runs = KeptBooks(lost), KeptRuns(SeenRun("lead-intake/lead-2", "terminated", NOW))
    outcome = run_cli("reconcile")
    assert outcome.code is ExitCode.FAILED
    first, second = outcome.out.splitlines()[1:3]
    assert first.startswith("accepted_without_run")
    assert "./throughline lead submit" in first
    assert second.startswith("broken_off")
    assert "./throughline lead status lead-2" in second
    document = run_cli("reconcile", "--json").document
    assert [one["workflow_id"] for one in document["differences"]] == [
        "lead-intake/lead-1",
        "lead-intake/lead-2",
    ]
    assert document["compared"] == {"booked": 1, "ended": 1, "too_young": 0, "unjudged": 0}


@pytest.mark.parametrize("wrong", ["yesterday", "24", "2026-11-25", "5parsecs", "2999-01-01T00:00:00Z"])
def test_time_that_is_none_is_refused(run_cli: Run, wrong: str) -> None:
    outcome = run_cli("reconcile", "--since", wrong)
    assert outcome.code is ExitCode.USAGE
    assert "--since" in outcome.err


async def test_real_server_and_store_are_compared(cli: Cli, settings: Settings) -> None:
    assert (await cli("reconcile")).code is ExitCode.OK
    async with await Store.open(settings.store.url.get_secret_value()) as store:
        long_ago = a_sales_lead().received_at - DAY
        await SqlAcceptances(store).accept([AcceptedItem(intake_workflow_id("lost-1"), long_ago)])
    outcome = await cli("reconcile", "--json")
    assert outcome.code is ExitCode.FAILED
    assert [one["kind"] for one in outcome.document["differences"]] == ["accepted_without_run"]
    assert (await cli("reconcile", "--since", "1h")).code is ExitCode.OK
