"""`lead import`: starts the intake run of each row of a CSV file; refused rows are collected for repair."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, complain, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from starters.row_import import ImportReport

SHOWN_REFUSALS = 20
"""Lines on the terminal; the file of rejected rows has all."""

START_SECONDS = 10.0
"""How long the server may take to accept a start; it takes milliseconds when it is well."""


def import_(
    context: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE.csv", help="UTF-8; its first line names the columns.")],
    delimiter: Annotated[
        str, typer.Option("--delimiter", metavar="CHAR", help="What stands between cells; `tab` is a tab.")
    ] = ",",
    rejected: Annotated[
        str,
        typer.Option("--rejected", metavar="FILE", help="Where refused rows go; FILE.rejected.csv if unset."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Import leads from a CSV file, one intake run for each row.

    Rows that cannot be used are named by line number and reason, and written to FILE.rejected.csv with both:
    repair that file and import it. Importing a file twice starts nothing twice, so after an interruption the
    same command goes on where it stopped.

    \b
    Examples:
      throughline lead import leads.csv
      throughline lead import export.csv --delimiter ';' --json

    Exit codes: 0 every row is taken, 3 some rows were refused (the others are taken) or the file cannot be
    used, 6 Temporal does not answer.
    """  # noqa: D301
    around = surroundings_of(context)
    separator = "\t" if delimiter == "tab" else delimiter
    if len(separator) != 1 or separator in '"\r\n':
        raise typer.BadParameter("must be one character, or `tab`", param_hint="--delimiter")
    target = Path(rejected or f"{file.removesuffix('.csv')}.rejected.csv")
    run(as_json, lambda: import_file(around, Path(file), target, separator))


async def import_file(around: Surroundings, file: Path, target: Path, delimiter: str) -> Answer:
    """Imports a whole file and reports on it."""
    from starters.csv_rows import CsvFile
    from starters.input_text import open_input
    from starters.progress import progress_of
    from starters.rejected_rows import RejectedRows
    from starters.row_import import ImportReport, import_rows, refuse_unknown_header

    with open_input(str(file)) as stream:
        source = CsvFile(stream, str(file), delimiter)
        refuse_unknown_header(source, delimiter)
        report = ImportReport()
        try:
            with (
                RejectedRows(target, source.columns, delimiter) as rejects,
                progress_of(file.name, os.fstat(stream.fileno()).st_size) as progress,
            ):
                async with around.doors(START_SECONDS) as doors:
                    await import_rows(source, doors, rejects, report, progress=progress, now=around.now)
        finally:
            tell_refusals(report, file)
    return answer_for(report, file, target if report.tally.refused else None)


def tell_refusals(report: ImportReport, file: Path) -> None:
    """Name the first refused rows on stderr; a stopped import names its rows as well."""
    for row in report.refused[:SHOWN_REFUSALS]:
        complain(f"row refused, {file} line {row.line}: {row.reason}")
    if (more := len(report.refused) - SHOWN_REFUSALS) > 0:
        complain(f"{more} more rows refused, {file}: see the file of rejected rows")
    if not report.finished:
        complain(
            f"stopped after {report.tally.words()}, {file}: run this again to go on, nothing starts twice"
        )


def answer_for(report: ImportReport, file: Path, rejected: Path | None) -> Answer:
    """The summary; the server's failure where that ended the import."""
    if report.stopped_by:
        raise report.stopped_by
    tally = report.tally
    return Answer(
        {
            "file": str(file),
            "rows": tally.rows,
            "started": tally.started,
            "already_known": tally.already_known,
            "refused": tally.refused,
            "rejected_file": str(rejected) if rejected else None,
            "refused_rows": report.refused,
            "leads": report.taken,
        },
        tally.words() + (f" (repair and import {rejected})" if rejected else ""),
        ExitCode.INPUT_REFUSED if tally.refused else ExitCode.OK,
    )


if __name__ == "__main__":
    run_alone(import_)
