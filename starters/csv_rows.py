"""Reads a CSV file row by row with the file's own line numbers; a broken row spoils no other."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starters.input_text import SAVE_AS_UTF8, refuse_utf16, refused

MAX_LINE = 1024 * 1024
"""Characters of one line; the largest transcript and everything else of a row fit several times."""

MAX_LINES_PER_ROW = 20_000
"""A row that spans more lines has a quote that nobody closed."""

BAD_BYTE = re.compile("[\udc80-\udcff]")
"""What a byte that is not UTF-8 decodes to under `surrogateescape`."""


@dataclass(frozen=True)
class CsvRow:
    """One row that could be read."""

    line: int
    """Where it begins in the file, counted from 1."""
    cells: tuple[str, ...]


@dataclass(frozen=True)
class BrokenRow:
    """One row that could not be read, and why."""

    line: int
    reason: str
    cells: tuple[str, ...]
    """As far as they can be told apart, for repair."""


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    too_long: bool


class CsvFile:
    """A CSV file being read.

    Args:
        stream: the file, opened in binary mode; it is read as it is asked for, never as a whole.
        name: what messages call it.
        delimiter: one character.

    Raises:
        CommandFailure: INPUT_REFUSED where its first line is no header.
    """

    def __init__(self, stream: io.BufferedReader, name: str, delimiter: str = ",") -> None:
        self.name = name
        self._delimiter = delimiter
        refuse_utf16(stream.peek(2)[:2], name)
        # `newline=""` keeps line ends as they are: a CRLF inside a quoted cell belongs to the cell.
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._pushed_back: deque[_Line] = deque()
        self._lines_read = 0
        self.bytes_read = 0
        """How far reading has come, for a progress bar."""
        csv.field_size_limit(MAX_LINE)
        self.header_line, self.columns = self._read_header()

    def rows(self) -> Iterator[CsvRow | BrokenRow]:
        """Every row below the header; empty ones are passed over."""
        while (line := self._next_line()) is not None:
            row = self._row_at(line)
            if isinstance(row, CsvRow) and not any(cell.strip() for cell in row.cells):
                continue
            if isinstance(row, CsvRow) and len(row.cells) != len(self.columns):
                yield BrokenRow(
                    row.line, f"has {len(row.cells)} cells, the header has {len(self.columns)}", row.cells
                )
            else:
                yield row

    def _row_at(self, first: _Line) -> CsvRow | BrokenRow:
        taken = [first]
        try:
            cells = next(
                csv.reader(self._lines_of_row(taken), delimiter=self._delimiter, strict=True), list[str]()
            )
        except csv.Error as error:
            # Only the first line is given up: a quote left open must not swallow the rows below it.
            self._pushed_back.extendleft(reversed(taken[1:]))
            return BrokenRow(first.number, _words_for(error, taken), self._rough_cells(first.text))
        for line in taken:
            if reason := _unusable(line):
                return BrokenRow(first.number, reason, tuple(cells))
        return CsvRow(first.number, tuple(cells))

    def _lines_of_row(self, taken: list[_Line]) -> Iterator[str]:
        yield taken[0].text
        size = len(taken[0].text)
        while len(taken) < MAX_LINES_PER_ROW and size <= MAX_LINE:
            line = self._next_line()
            if line is None:
                return
            taken.append(line)
            size += len(line.text)
            yield line.text

    def _next_line(self) -> _Line | None:
        if self._pushed_back:
            return self._pushed_back.popleft()
        text = self._text.readline(MAX_LINE + 1)
        if not text:
            return None
        self._lines_read += 1
        self.bytes_read += len(text.encode("utf-8", "surrogateescape"))
        too_long = len(text) > MAX_LINE
        rest = text
        while too_long and rest and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(MAX_LINE)
            self.bytes_read += len(rest.encode("utf-8", "surrogateescape"))
        return _Line(self._lines_read, text[:MAX_LINE], too_long)

    def _read_header(self) -> tuple[int, tuple[str, ...]]:
        line = self._next_line()
        while line is not None and not line.text.strip():
            line = self._next_line()
        if line is None:
            raise refused("it is empty", self.name, "its first line must name the columns")
        row = self._row_at(line)
        where = f"{self.name} line {row.line}"
        if isinstance(row, BrokenRow):
            remedy = SAVE_AS_UTF8 if "UTF-8" in row.reason else "its first line must name the columns"
            raise refused(f"the header {row.reason}", where, remedy)
        columns = tuple(cell.strip() for cell in row.cells)
        if "" in columns:
            raise refused(
                f"column {columns.index('') + 1} has no name", where, "name every column, or remove it"
            )
        for at, name in enumerate(columns):
            if (first := columns.index(name)) < at:
                raise refused(f"columns {first + 1} and {at + 1} have one name", where, "keep one of them")
        return row.line, columns

    def _rough_cells(self, text: str) -> tuple[str, ...]:
        return tuple(cell.strip().strip('"') for cell in text.rstrip("\r\n").split(self._delimiter))


def _unusable(line: _Line) -> str | None:
    if line.too_long:
        return f"is longer than {MAX_LINE:,} characters (line {line.number})"
    if bad := BAD_BYTE.search(line.text):
        return f"holds the byte 0x{ord(bad.group()) - 0xDC00:02X}, which is not UTF-8 (line {line.number})"
    if "\0" in line.text:
        return f"holds a NUL (line {line.number})"
    return None


def _words_for(error: csv.Error, taken: Sequence[_Line]) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "opens a quote that is never closed"
    if "expected after" in text and len(taken) > 1:
        return f"opens a quote that is not closed as it should be (trouble on line {taken[-1].number})"
    if "expected after" in text:
        return "holds a quote inside a quoted cell that is not doubled"
    if "field larger" in text:
        return f"has a cell of more than {MAX_LINE:,} characters"
    return f"cannot be read ({text})"
