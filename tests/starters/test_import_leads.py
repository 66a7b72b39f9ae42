"""`lead import`: every row is taken or named with its line and reason, and nothing starts twice."""

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest

from contracts.lead import LeadSubmission
from starters.console import CommandFailure
from starters.csv_rows import CsvFile
from starters.doors import StartedLead
from starters.exit_codes import ExitCode
from starters.in_flight import MAX_IN_FLIGHT
from starters.progress import PlainLines, Tally, progress_of
from starters.rejected_rows import RejectedRows
from starters.row_import import ImportReport, import_rows
from tests.starters.conftest import Run
from tests.starters.standins import NOW, StandInDoors, StandInSurroundings

HEADER = "source,event_id,name,email,employees,message\n"


def row(number: int, **cells: str) -> str:
    known = {
        "source": "website",
        "event_id": f"e-{number}",
        "name": f"Person {number}",
        "email": f"p{number}@shop.example",
        "employees": "12",
        "message": "",
    } | cells
    return ",".join(known.values()) + "\n"


def file_of(folder: Path, content: str | bytes, name: str = "leads.csv") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def rejected(folder: Path, name: str = "leads.rejected.csv") -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_row_starts_a_run(run_cli: Run, around: StandInSurroundings, tmp_path: Path) -> None:
    file = file_of(tmp_path, HEADER + row(1) + row(2))
    outcome = run_cli("lead", "import", file, "--json")
    assert outcome.code is ExitCode.OK
    assert outcome.document | {"leads": None} == {
        "file": str(file),
        "rows": 2,
        "started": 2,
        "already_known": 0,
        "refused": 0,
        "rejected_file": None,
        "refused_rows": [],
        "leads": None,
    }
    assert {one.contact.email for one in around.door.started.values()} == {
        "p1@shop.example",
        "p2@shop.example",
    }
    assert [lead["line"] for lead in outcome.document["leads"]] == [2, 3]
    assert not (tmp_path / "leads.rejected.csv").exists()


def test_importing_twice_starts_nothing_twice(
    run_cli: Run, around: StandInSurroundings, tmp_path: Path
) -> None:
    file = file_of(tmp_path, HEADER + row(1) + row(2) + row(1))
    assert "2 started, 1 already known, 0 refused" in run_cli("lead", "import", file).out
    assert "0 started, 3 already known, 0 refused" in run_cli("lead", "import", file).out
    assert len(around.door.started) == 2


def test_refused_rows_are_named_by_line_and_reason_and_the_others_taken(
    run_cli: Run, around: StandInSurroundings, tmp_path: Path
) -> None:
    content = (
        HEADER
        + row(1, message='"two\nlines"')
        + row(2, employees="many")
        + row(3, email="p3@shop.example\0")
        + row(4, name="Jos\udce9")
        + row(5, message='"never closed')
        + "website,e-6\n"
        + row(7, email='"a@b.example\nBcc: c@d.example"')
        + row(8)
    ).encode("utf-8", "surrogateescape")
    outcome = run_cli("lead", "import", file_of(tmp_path, content), "--json")
    assert outcome.code is ExitCode.INPUT_REFUSED
    refused = {one["line"]: one["reason"] for one in outcome.document["refused_rows"]}
    assert list(refused) == [4, 5, 6, 7, 8, 9]
    assert refused[4] == "employees must be a whole number, digits only"
    assert refused[5] == "holds a NUL (line 5)"
    assert refused[6] == "holds the byte 0xE9, which is not UTF-8 (line 6)"
    assert refused[7] == "opens a quote that is not closed as it should be (trouble on line 9)"
    assert refused[8] == "has 2 cells, the header has 6"
    assert "email must be one line" in refused[9]
    assert (outcome.document["rows"], outcome.document["started"], outcome.document["refused"]) == (8, 2, 6)
    assert len(around.door.started) == 2
    assert outcome.err.count("row refused") == 6
    assert "leads.csv line 4: employees must be" in outcome.err


def test_refused_rows_can_be_repaired_and_imported(
    run_cli: Run, around: StandInSurroundings, tmp_path: Path
) -> None:
    file = file_of(tmp_path, HEADER + row(1) + row(2, employees="many"))
    run_cli("lead", "import", file)
    (left,) = rejected(tmp_path)
    assert left["rejected_line"] == "3"
    assert left["rejected_reason"] == "employees must be a whole number, digits only"
    repaired = (tmp_path / "leads.rejected.csv").read_text().replace("many", "40")
    outcome = run_cli("lead", "import", file_of(tmp_path, repaired, "leads.rejected.csv"))
    assert outcome.code is ExitCode.OK
    assert sorted(one.employees or 0 for one in around.door.started.values()) == [12, 40]
    assert all(one.extras == {} for one in around.door.started.values())


def test_a_repaired_file_is_not_overwritten(run_cli: Run, tmp_path: Path) -> None:
    file = file_of(tmp_path, HEADER + row(2, employees="many"))
    run_cli("lead", "import", file)
    file_of(tmp_path, "half repaired", "leads.rejected.csv")
    run_cli("lead", "import", file)
    run_cli("lead", "import", file)
    assert (tmp_path / "leads.rejected.csv.bak").read_text() == "half repaired"
    assert len(rejected(tmp_path)) == 1
    assert not list(tmp_path.glob("*.part"))


def test_a_byte_that_is_not_utf8_stays_what_it_was_and_is_refused_again(run_cli: Run, tmp_path: Path) -> None:
    content = (HEADER + row(1, name="Jos\udce9")).encode("utf-8", "surrogateescape")
    run_cli("lead", "import", file_of(tmp_path, content))
    assert b"Jos\xe9" in (tmp_path / "leads.rejected.csv").read_bytes()
    again = run_cli("lead", "import", tmp_path / "leads.rejected.csv")
    assert again.code is ExitCode.INPUT_REFUSED


def test_no_value_of_a_row_is_repeated(run_cli: Run, tmp_path: Path) -> None:
    file = file_of(
        tmp_path, HEADER + row(1, employees="zzsecret") + row(2, email='"zz\nsecret"') + '"zzsecret\n'
    )
    outcome = run_cli("lead", "import", file, "--json")
    assert outcome.document["refused"] == 3
    assert "secret" not in outcome.err + outcome.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"Ann,ann@shop.example\nBob,bob@shop.example\n", "names no column of a lead, "),
        (b"source;email\nweb;a@b.example\n", "give --delimiter ';'"),
        (b"source\temail\nweb\ta@b.example\n", "give --delimiter tab"),
        (b"source,UTM Source,utm-source\n", "two columns mean utm_source"),
        ("source,email\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_without_a_header_starts_nothing(
    run_cli: Run, around: StandInSurroundings, tmp_path: Path, content: bytes, said: str
) -> None:
    outcome = run_cli("lead", "import", file_of(tmp_path, content))
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert "ann@" not in outcome.err
    assert around.door.started == {}


@pytest.mark.parametrize("name", [".", "missing.csv"])
def test_a_file_that_cannot_be_read_is_named(run_cli: Run, tmp_path: Path, name: str) -> None:
    outcome = run_cli("lead", "import", tmp_path / name)
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert outcome.err.count("\n") == 1


def test_columns_are_known_in_any_spelling(run_cli: Run, around: StandInSurroundings, tmp_path: Path) -> None:
    content = "Source, E-Mail ,UTM Source,Shoe size\nweb,,news,41\n"
    content = content.replace("E-Mail", "Email")
    assert run_cli("lead", "import", file_of(tmp_path, content)).code is ExitCode.OK
    (started,) = around.door.started.values()
    assert started.utm.source == "news"
    assert started.extras == {"Shoe size": "41"}


def test_another_delimiter_is_taken(run_cli: Run, around: StandInSurroundings, tmp_path: Path) -> None:
    file = file_of(tmp_path, "source;email\nweb;a@b.example\nweb;bad\x01\n")
    assert run_cli("lead", "import", file, "--delimiter", ";").code is ExitCode.INPUT_REFUSED
    assert len(around.door.started) == 1
    assert (tmp_path / "leads.rejected.csv").read_text().startswith("source;email;rejected_line")


def test_a_server_that_goes_away_stops_the_import_which_can_go_on(
    run_cli: Run, around: StandInSurroundings, tmp_path: Path
) -> None:
    file = file_of(tmp_path, HEADER + "".join(row(number) for number in range(200)))
    around.door.fail_starts_after = 50
    outcome = run_cli("lead", "import", file)
    assert outcome.code is ExitCode.UNREACHABLE
    assert "stopped after 50 rows: 50 started" in outcome.err
    assert "nothing starts twice" in outcome.err
    around.door.fail_starts_after = None
    assert "150 started, 50 already known" in run_cli("lead", "import", file).out


def test_a_row_that_the_server_refuses_is_refused_alone(
    run_cli: Run, around: StandInSurroundings, tmp_path: Path
) -> None:
    around.door.refusal = CommandFailure(ExitCode.FAILED, "Temporal refuses the call (too large)")
    outcome = run_cli("lead", "import", file_of(tmp_path, HEADER + row(1)), "--json")
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert outcome.document["refused_rows"] == [
        {"line": 2, "reason": "Temporal refuses the call (too large)"}
    ]


def test_the_terminal_is_not_flooded(run_cli: Run, tmp_path: Path) -> None:
    file = file_of(tmp_path, HEADER + "".join(row(number, employees="x") for number in range(100)))
    outcome = run_cli("lead", "import", file)
    assert outcome.err.count("row refused, ") == 20
    assert "80 more rows refused" in outcome.err


class SlowDoors(StandInDoors):
    """Counts how many starts are under way at once."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = self.most = 0

    async def start_lead(self, submission: LeadSubmission) -> StartedLead:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0.001)
        self.under_way -= 1
        return await super().start_lead(submission)


def source_of(content: str) -> CsvFile:
    return CsvFile(io.BufferedReader(io.BytesIO(content.encode())), "leads.csv")


async def test_starts_run_side_by_side_up_to_the_bound(tmp_path: Path) -> None:
    doors, report = SlowDoors(), ImportReport()
    source = source_of(HEADER + "".join(row(number) for number in range(MAX_IN_FLIGHT * 4)))
    with RejectedRows(tmp_path / "r.csv", source.columns, ",") as rejects:
        await import_rows(source, doors, rejects, report, progress=PlainLines(), now=lambda: NOW)
    assert doors.most == MAX_IN_FLIGHT
    assert report.tally == Tally(started=MAX_IN_FLIGHT * 4)


class HangingDoors(StandInDoors):
    """Never finishes a start after the third."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = asyncio.Event()

    async def start_lead(self, submission: LeadSubmission) -> StartedLead:
        if len(self.started) == 3:
            self.hangs.set()
            await asyncio.Event().wait()
        return await super().start_lead(submission)


async def test_an_interrupted_import_keeps_what_it_knows(tmp_path: Path) -> None:
    doors, report = HangingDoors(), ImportReport()
    source = source_of(HEADER + row(0, employees="x") + "".join(row(number) for number in range(1, 200)))

    async def importing() -> None:
        with RejectedRows(tmp_path / "r.csv", source.columns, ",") as rejects:
            await import_rows(source, doors, rejects, report, progress=PlainLines(), now=lambda: NOW)

    task = asyncio.create_task(importing())
    await doors.hangs.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert report.tally == Tally(started=3, refused=1)
    assert not report.finished
    assert len(rejected(tmp_path, "r.csv")) == 1


def test_a_log_gets_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 1.0, 5.5, 6.0, 11.0])
    monkeypatch.setattr("starters.progress.time.monotonic", lambda: next(moments))
    with progress_of("leads.csv", 100) as progress:
        for _ in range(4):
            progress.report(50, Tally(started=1_200, refused=3))
    assert (
        capsys.readouterr().err.splitlines()
        == ["importing, 1,203 rows: 1,200 started, 0 already known, 3 refused so far"] * 2
    )


class Terminal(io.StringIO):
    """A stderr that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_person_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress_of("leads.csv", 100) as progress:
        progress.report(50, Tally(started=2))
    assert "leads.csv" in terminal.getvalue()
    assert "2 rows: 2 started" in terminal.getvalue()
    assert "50%" in terminal.getvalue()


def test_the_document_is_json_even_where_names_are_not_ascii(run_cli: Run, tmp_path: Path) -> None:
    file = file_of(tmp_path, HEADER + row(1), "größe.csv")
    assert json.loads(run_cli("lead", "import", file, "--json").out)["file"].endswith("größe.csv")
