"""Reading CSV: the file's own line numbers, and a broken row that spoils no other."""

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starters.console import CommandFailure
from starters.csv_rows import MAX_LINE, BrokenRow, CsvFile, CsvRow
from starters.exit_codes import ExitCode

HEADER = b"name,email\n"


def rows_of(content: bytes, delimiter: str = ",") -> list[CsvRow | BrokenRow]:
    return list(CsvFile(io.BufferedReader(io.BytesIO(content)), "leads.csv", delimiter).rows())


def lines_and_cells(content: bytes) -> list[tuple[int, Sequence[str]]]:
    return [(row.line, row.cells) for row in rows_of(content) if isinstance(row, CsvRow)]


def broken(content: bytes) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in rows_of(content) if isinstance(row, BrokenRow)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_line_ends_and_marks_are_understood(end: str, mark: bytes) -> None:
    content = mark + f"name,email{end}Ann,a@b.example{end}Bob,b@b.example{end}".encode()
    assert lines_and_cells(content) == [(2, ("Ann", "a@b.example")), (3, ("Bob", "b@b.example"))]


def test_line_numbers_count_lines_inside_quotes() -> None:
    content = HEADER + b'"Ann\nB.\r\nC.",a@b.example\nBob,b@b.example\n'
    assert lines_and_cells(content) == [(2, ("Ann\nB.\r\nC.", "a@b.example")), (5, ("Bob", "b@b.example"))]


def test_a_last_line_without_an_end_counts() -> None:
    assert lines_and_cells(HEADER + b"Ann,a@b.example") == [(2, ("Ann", "a@b.example"))]


def test_empty_rows_are_passed_over() -> None:
    assert lines_and_cells(HEADER + b"\n,\n  ,\n\r\nAnn,a@b.example\n\n") == [(6, ("Ann", "a@b.example"))]


def test_empty_lines_above_the_header_count() -> None:
    assert lines_and_cells(b"\n\n" + HEADER + b"Ann,a@b.example\n") == [(4, ("Ann", "a@b.example"))]


def test_a_byte_that_is_not_utf8_is_named_with_its_line() -> None:
    content = (
        HEADER + b'Ann,a@b.example\nJos\xe9,j@b.example\n"Bob\nM\xfcller",b@b.example\nCyd,c@b.example\n'
    )
    assert broken(content) == [
        (3, "holds the byte 0xE9, which is not UTF-8 (line 3)"),
        (4, "holds the byte 0xFC, which is not UTF-8 (line 5)"),
    ]
    assert [line for line, _ in lines_and_cells(content)] == [2, 6]


def test_a_nul_is_named() -> None:
    assert broken(HEADER + b"A\0nn,a@b.example\n") == [(2, "holds a NUL (line 2)")]


def test_too_few_and_too_many_cells_are_named() -> None:
    content = HEADER + b"Ann\nBob,b@b.example,x\nCyd,c@b.example\n"
    assert broken(content) == [(2, "has 1 cells, the header has 2"), (3, "has 3 cells, the header has 2")]
    assert lines_and_cells(content) == [(4, ("Cyd", "c@b.example"))]


def test_a_quote_left_open_spoils_only_its_own_row() -> None:
    content = HEADER + b'"Ann,a@b.example\nBob,b@b.example\nCyd,c@b.example\n'
    assert broken(content) == [(2, "opens a quote that is never closed")]
    assert [line for line, _ in lines_and_cells(content)] == [3, 4]


def test_a_quote_left_open_that_meets_another_one_spoils_only_its_own_row() -> None:
    content = HEADER + b'"Ann,a@b.example\n"Bob",b@b.example\nCyd,c@b.example\n'
    assert [line for line, _ in broken(content)] == [2]
    assert lines_and_cells(content) == [(3, ("Bob", "b@b.example")), (4, ("Cyd", "c@b.example"))]


def test_a_quote_inside_quotes_that_is_not_doubled_is_named() -> None:
    content = HEADER + b'"Ann "the" Fast",a@b.example\nBob,b@b.example\n'
    assert broken(content) == [(2, "holds a quote inside a quoted cell that is not doubled")]
    assert lines_and_cells(content) == [(3, ("Bob", "b@b.example"))]


def test_a_line_without_end_is_refused_and_left_behind() -> None:
    content = HEADER + b"x" * (3 * MAX_LINE) + b",a@b.example\nBob,b@b.example\n"
    assert [line for line, _ in broken(content)] == [2]
    assert lines_and_cells(content) == [(3, ("Bob", "b@b.example"))]


def test_a_long_transcript_fits() -> None:
    message = "word " * 40_000
    rows = lines_and_cells(HEADER + f'"{message}",a@b.example\n'.encode())
    assert rows == [(2, (message, "a@b.example"))]


def test_another_delimiter_is_understood() -> None:
    rows = rows_of(b'name;email\n"A;B";a@b.example\n', ";")
    assert rows == [CsvRow(2, ("A;B", "a@b.example"))]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"\xff\xfen\x00", "UTF-16"),
        (b"name,,email\n", "column 2 has no name"),
        (b"name,email,name\n", "columns 1 and 3 have one name"),
        (b"name,caf\xe9\n", "0xE9"),
        (b'"name,email\nAnn,a@b.example\n', "quote that is never closed"),
    ],
)
def test_a_header_that_is_none_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(CommandFailure, match=r"leads\.csv") as refused:
        rows_of(content)
    assert refused.value.code is ExitCode.INPUT_REFUSED
    assert said in refused.value.line()


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8))
def test_what_the_standard_writer_writes_is_read_as_it_was(table: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(("name", "email"))
    writer.writerows(table)
    read = [row.cells for row in rows_of(out.getvalue().encode())]
    assert read == [row for row in table if any(cell.strip() for cell in row)]
