"""Imports the rows of a CSV file: each is read, then refused or started, a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.lead import LeadSubmission
from rules.columns import COLUMNS, column_key
from rules.submissions import DocumentRefused, submission_from_row
from starters.console import CommandFailure
from starters.csv_rows import BrokenRow, CsvFile, CsvRow
from starters.doors import Doors
from starters.in_flight import MAX_IN_FLIGHT, STOPS_EVERYTHING
from starters.input_text import refused
from starters.progress import Progress, Tally
from starters.rejected_rows import REPAIR_COLUMNS, RejectedRows


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not taken."""

    line: int
    reason: str


@dataclass(frozen=True)
class TakenRow:
    """A row whose lead has its run."""

    line: int
    lead_id: str
    workflow_id: str
    already_known: bool


@dataclass
class ImportReport:
    """What became of every row so far."""

    tally: Tally = field(default_factory=Tally)
    refused: list[RefusedRow] = field(default_factory=list)
    taken: list[TakenRow] = field(default_factory=list)
    finished: bool = False
    """Whether every row was looked at."""
    stopped_by: CommandFailure | None = None
    """What the server failed with, where that ended the import."""


def refuse_unknown_header(source: CsvFile, delimiter: str) -> None:
    """Raises INPUT_REFUSED where a first line names no column that we know: it is a row, or cut wrongly."""
    keys = [column_key(name) for name in source.columns]
    if any(key in COLUMNS for key in keys):
        _refuse_repeated(keys, source)
        return
    other = next((char for char in ";\t|," if char != delimiter and char in source.columns[0]), None)
    remedy = (
        f"give --delimiter {'tab' if other == chr(9) else repr(other)}"
        if other and len(source.columns) == 1
        else f"its first line must name the columns, for example {', '.join(list(COLUMNS)[:4])}"
    )
    raise refused(
        "the first line names no column of a lead", f"{source.name} line {source.header_line}", remedy
    )


def _refuse_repeated(keys: list[str], source: CsvFile) -> None:
    """Raises INPUT_REFUSED where two columns mean the same field, such as `UTM Source` and `utm_source`."""
    for key in keys:
        if keys.count(key) > 1:
            raise refused(
                f"two columns mean {key}", f"{source.name} line {source.header_line}", "keep one of them"
            )


async def import_rows(
    source: CsvFile,
    doors: Doors,
    rejects: RejectedRows,
    report: ImportReport,
    *,
    progress: Progress,
    now: Callable[[], datetime],
) -> None:
    """Takes every row; what becomes of them stands in the report, even where this is interrupted.

    A failure that the next start would meet as well ends the import; it is kept in the report.
    """
    slots = asyncio.Semaphore(MAX_IN_FLIGHT)

    def refuse(row: CsvRow | BrokenRow, reason: str) -> None:
        report.tally.refused += 1
        report.refused.append(RefusedRow(row.line, reason))
        rejects.add(row.line, reason, row.cells)

    async def start(row: CsvRow, submission: LeadSubmission) -> None:
        try:
            lead = await doors.start_lead(submission)
        except CommandFailure as failure:
            if failure.code in STOPS_EVERYTHING:
                report.stopped_by = report.stopped_by or failure
            else:
                refuse(row, failure.what)
        else:
            report.tally.already_known += lead.already_known
            report.tally.started += not lead.already_known
            report.taken.append(TakenRow(row.line, lead.lead_id, lead.workflow_id, lead.already_known))
        finally:
            slots.release()
            progress.report(source.bytes_read, report.tally)

    try:
        async with asyncio.TaskGroup() as starts:
            for row in source.rows():
                await slots.acquire()
                if report.stopped_by:
                    return
                submission = _submission_in(row, source, now(), refuse)
                if submission is not None and isinstance(row, CsvRow):
                    starts.create_task(start(row, submission))
                else:
                    slots.release()
                    # Starts under way get their turn even where a thousand rows in a row are refused.
                    await asyncio.sleep(0)
    finally:
        report.refused.sort(key=lambda row: row.line)
        report.taken.sort(key=lambda row: row.line)
    report.finished = report.stopped_by is None
    progress.report(source.bytes_read, report.tally)


def _submission_in(
    row: CsvRow | BrokenRow,
    source: CsvFile,
    received_at: datetime,
    refuse: Callable[[CsvRow | BrokenRow, str], None],
) -> LeadSubmission | None:
    if isinstance(row, BrokenRow):
        refuse(row, row.reason)
        return None
    cells: Mapping[str, str] = {
        name: cell for name, cell in zip(source.columns, row.cells, strict=True) if name not in REPAIR_COLUMNS
    }
    try:
        return submission_from_row(cells, received_at=received_at)
    except DocumentRefused as wrong:
        refuse(row, "; ".join(f"{problem.field} {problem.reason}" for problem in wrong.problems))
        return None
