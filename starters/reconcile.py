"""`reconcile`: names every item about which the doors, Temporal and the records disagree."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson, since_from
from starters.console import Answer, run, run_alone, table
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.reconciliation import Difference, DifferenceKind
    from starters.reconciliation import Reconciled, Report

GRACE = timedelta(seconds=10)
"""What a door is taking right now has no run yet."""

SECONDS_BETWEEN_LINES = 5.0


def reconcile(
    context: typer.Context,
    *,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="An ISO 8601 time or a span such as 24h; all if unset."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare what the doors took, the runs in Temporal and the records, and name every difference.

    A run that is still open is no difference, and neither is one that Temporal has deleted since, if the
    ledger has its end. What came in the last seconds is left out. Nothing is changed.

    \b
    Examples:
      throughline reconcile
      throughline reconcile --since 24h
      throughline reconcile --since 2026-11-25T00:00:00Z --json

    Exit codes: 0 no difference, 1 at least one, 2 no such time, 6 Temporal or the store does not answer.
    """  # noqa: D301
    around = surroundings_of(context)
    start = since_from("--since", since, around.now())
    run(as_json, lambda: compare(around, start))


async def compare(around: Surroundings, since: datetime | None) -> Answer:
    """Everything that differs."""
    from starters.reconciliation import compared

    async with around.books_and_runs() as (books, index):
        found = await compared(
            books, index, now=around.now(), since=since, grace=GRACE, report=_lines_on_stderr()
        )
    return answer_for(found)


def answer_for(found: Reconciled) -> Answer:
    """A line for each difference, and how much was compared."""
    from starters.status_text import moment

    rows = [
        (one.kind, one.workflow_id, moment(one.at), one.detail, remedy_for(one)) for one in found.differences
    ]
    text = table(("DIFFERENCE", "RUN", "LAST HEARD OF", "DETAIL", "WHAT HELPS"), rows) if rows else ""
    counts = f"{_words(len(rows))} ({found.booked:,} runs in the store, {found.ended:,} closed in Temporal)"
    if found.too_young:
        counts += f"; {found.too_young:,} came a moment ago and were left out"
    if found.unjudged:
        counts += f"; {found.unjudged:,} cannot be judged: their process leaves no record of its end"
    document = {
        "differences": [
            {
                "kind": one.kind,
                "workflow_id": one.workflow_id,
                "at": one.at,
                "detail": one.detail,
                "remedy": remedy_for(one),
            }
            for one in found.differences
        ],
        "compared": {
            "booked": found.booked,
            "ended": found.ended,
            "too_young": found.too_young,
            "unjudged": found.unjudged,
        },
    }
    return Answer(document, f"{text}\n{counts}".lstrip(), ExitCode.FAILED if rows else ExitCode.OK)


def remedy_for(difference: Difference) -> str:
    """The command that helps, or the page that says what does."""
    from contracts.ids import subject_of
    from contracts.names import Process
    from contracts.reconciliation import DifferenceKind
    from rules.reconciliation import process_of
    from starters.run_commands import look_command

    doors: dict[Process | None, str] = {
        Process.LEAD_INTAKE: "lead submit",
        Process.CUSTOMER_ONBOARDING: "onboarding start",
    }
    kind: DifferenceKind = difference.kind
    process = process_of(difference.workflow_id)
    if kind is DifferenceKind.ACCEPTED_WITHOUT_RUN:
        door = doors.get(process, "access request")
        return f"hand it in again: ./throughline {door} ..."
    if kind is DifferenceKind.EXPECTED_WITHOUT_RUN and process is Process.CUSTOMER_ONBOARDING:
        return "./throughline onboarding start ORDER.json"
    if kind is DifferenceKind.EXPECTED_WITHOUT_RUN:
        lead = subject_of(difference.workflow_id)[1]
        return f"./throughline outcome record {lead} OUTCOME --as PERSON"
    if kind in (DifferenceKind.BROKEN_OFF, DifferenceKind.ENDED_UNRECORDED):
        return look_command(difference.workflow_id)
    return "docs/limbo-and-reconcile.md"


def _words(differences: int) -> str:
    return {0: "no difference", 1: "1 difference"}.get(differences, f"{differences:,} differences")


def _lines_on_stderr() -> Report:
    """Says now and then how far it has come."""
    last = time.monotonic()

    def report(found: Reconciled) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            compared = f"{found.booked:,} runs in the store and {found.ended:,} closed ones"
            sys.stderr.write(f"comparing, {compared} so far: {_words(len(found.differences))}\n")
            sys.stderr.flush()

    return report


if __name__ == "__main__":
    run_alone(reconcile)
