"""The file of refused rows: the original columns, and beside them where each row stood and what is wrong."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

LINE_COLUMN = "rejected_line"
REASON_COLUMN = "rejected_reason"
REPAIR_COLUMNS = frozenset({LINE_COLUMN, REASON_COLUMN})
"""What this file has and an import does not read, so that a repaired file is imported as it is."""


class RejectedRows:
    """Collects refused rows; the file appears when the import ends, and only if there are any.

    A file of an earlier import that says something else is kept beside it as `.bak`: somebody may have
    repaired rows in it.
    """

    def __init__(self, path: Path, columns: Sequence[str], delimiter: str) -> None:
        self.path = path
        self._partial = path.with_name(path.name + ".part")
        self._columns = tuple(columns)
        self._delimiter = delimiter
        self._stream: TextIO | None = None
        self.count = 0

    def add(self, line: int, reason: str, cells: Sequence[str]) -> None:
        """Keeps one row for repair.

        Raises:
            OSError: the folder cannot be written.
        """
        if self._stream is None:
            # A byte that is not UTF-8 is written as it came: a replacement would pass the next import unseen.
            self._stream = self._partial.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            self._write((*self._columns, LINE_COLUMN, REASON_COLUMN))
        padded = [*cells, *[""] * (len(self._columns) - len(cells))]
        kept, left_over = padded[: len(self._columns)], padded[len(self._columns) :]
        note = f"; cells left over: {self._delimiter.join(left_over)}" if left_over else ""
        self._write((*kept, str(line), reason + note))
        self.count += 1

    def _write(self, cells: Sequence[str]) -> None:
        if self._stream is not None:
            csv.writer(self._stream, delimiter=self._delimiter).writerow(cells)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is None:
            return
        self._stream.close()
        if self.path.exists() and self.path.read_bytes() != self._partial.read_bytes():
            self.path.replace(self.path.with_name(self.path.name + ".bak"))
        self._partial.replace(self.path)
