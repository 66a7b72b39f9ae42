"""Reads a file of labelled examples: CSV with a header, or one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from contracts.policy import ReadingPolicy
from rules.documents import DocumentRefused, decoded, object_in, refusal
from rules.labelled_examples import COLUMNS, EXAMPLE, REQUIRED, PlacedExample, example_of
from starters.csv_rows import BrokenRow, CsvFile
from starters.input_text import open_input, read_text, refused

MAX_EXAMPLES = 20_000
MAX_BYTES = 50 * 1024 * 1024
SHOWN_ROWS = 3
JSON_LINES = (".jsonl", ".ndjson")

Row = tuple[int, dict[object, object] | DocumentRefused]


def examples_in(file: str, policy: ReadingPolicy) -> list[PlacedExample]:
    """Every example of a file; an evaluation that leaves out what it cannot read would flatter.

    Raises:
        CommandFailure: INPUT_REFUSED, with the lines that cannot be used and why.
    """
    found: list[PlacedExample] = []
    wrong: list[tuple[int, DocumentRefused]] = []
    for line, row in _json_rows(file) if file.lower().endswith(JSON_LINES) else _csv_rows(file):
        try:
            if isinstance(row, DocumentRefused):
                raise row
            found.append(PlacedExample(line, example_of(row, policy)))
        except DocumentRefused as problem:
            wrong.append((line, problem))
        if len(found) > MAX_EXAMPLES:
            raise refused(f"more than {MAX_EXAMPLES:,} examples", file, "hand in a sample of them")
    if wrong:
        words = "; ".join(f"line {line}: {problem}" for line, problem in wrong[:SHOWN_ROWS])
        more = f"; and {len(wrong) - SHOWN_ROWS} more" if len(wrong) > SHOWN_ROWS else ""
        details = [{"line": line, **asdict(one)} for line, problem in wrong for one in problem.problems]
        raise refused(words + more, file, "correct it and run this again; nothing was asked", details)
    if not found:
        raise refused("there are no examples in it", file, f"give it rows of {', '.join(COLUMNS)}")
    return found


def _csv_rows(file: str) -> Iterator[Row]:
    with open_input(file) as stream:
        source = CsvFile(stream, file)
        columns = [name.lower() for name in source.columns]
        if missing := [name for name in REQUIRED if name not in columns]:
            raise refused(
                f"the first line names no column {' or '.join(missing)}",
                f"{file} line {source.header_line}",
                f"the columns are {', '.join(COLUMNS)}; the last two may be missing",
            )
        for row in source.rows():
            if isinstance(row, BrokenRow):
                yield row.line, _broken(row.reason)
            else:
                yield row.line, dict(zip(columns, row.cells, strict=True))


def _json_rows(file: str) -> Iterator[Row]:
    for line, text in enumerate(read_text(file, limit=MAX_BYTES).splitlines(), start=1):
        if not text.strip():
            continue
        try:
            yield line, object_in(decoded(text, EXAMPLE), EXAMPLE)
        except DocumentRefused as problem:
            yield line, problem


def _broken(reason: str) -> DocumentRefused:
    return refusal("row", reason)
