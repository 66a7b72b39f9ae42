"""The command line as a whole: help that is quick and complete, one-line errors, exit codes."""

import itertools
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from contracts.follow_through import LeadOutcome
from contracts.messages import OutboxStatus
from contracts.names import TaskQueue
from contracts.routing import LeadPath
from contracts.states import Lane
from contracts.status import ResolutionAnswer
from starters.cli import build_app
from starters.console import Answer, CommandFailure, as_document, invoke, new_app, one_line, run, table
from starters.exit_codes import MEANINGS, ExitCode
from starters.run_workers import worker_command
from tests.architecture.source_tree import ROOT
from tests.starters.conftest import Run

HEAVY = {"temporalio", "sqlalchemy", "rich", "contracts", "rules", "workflows", "connectors", "runtime"}


def commands_of(app: typer.Typer, *path: str) -> Iterator[tuple[str, ...]]:
    for command in app.registered_commands:
        assert command.name
        yield (*path, command.name)
    for group in app.registered_groups:
        assert group.name
        assert group.typer_instance
        yield from commands_of(group.typer_instance, *path, group.name)


COMMANDS = list(commands_of(build_app()))


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from starters.cli import build_app; from starters.console import invoke\n"
        "invoke(build_app(), ['lead', 'submit', '--help'])\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Examples:" in done.stdout
    assert not HEAVY & set(done.stderr.split())


def test_every_planned_command_is_there() -> None:
    planned = """worker; doctor; lead submit; lead import; lead status; lead list; lead amend; lead resolve;
    lead acknowledge; approval list; approval show; approval approve; approval reject; approval token;
    outcome record; outbox list; outbox show; policy check; process list; process show; process write-docs;
    onboarding start; onboarding status; onboarding list; onboarding timeline; onboarding provide;
    onboarding contract-signed; onboarding choose; onboarding hand-over; onboarding cancel;
    onboarding resolve; agreement record; agreement show; workspace used; access request; access status;
    access list; access resolve; parked list; parked show; parked retry; parked skip; parked abandon;
    parked amend"""
    names = {" ".join(path) for path in COMMANDS}
    assert {" ".join(name.split()) for name in planned.split(";")} <= names


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(run_cli: Run, path: tuple[str, ...]) -> None:
    outcome = run_cli(*path, "--help")
    assert outcome.code is ExitCode.OK
    assert "Example" in outcome.out
    assert "Exit codes:" in outcome.out
    # These two run until they are stopped, and have nothing to answer.
    assert path in {("worker",), ("server",)} or "--json" in outcome.out


def test_server_on_a_taken_port_is_one_line_with_the_remedy(run_cli: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = run_cli("server", "--port", str(port))
    assert outcome.code is ExitCode.UNREACHABLE
    assert str(port) in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_exit_codes_are_documented_where_they_are_asked_for(run_cli: Run) -> None:
    help_text = run_cli("--help").out
    assert set(MEANINGS) == set(ExitCode)
    for code, meaning in MEANINGS.items():
        assert f"{code:<4} {meaning}" in help_text


@pytest.mark.parametrize(
    ("command", "values"),
    [
        (("lead", "list"), Lane),
        (("lead", "list"), LeadPath),
        (("lead", "resolve"), ResolutionAnswer),
        (("outcome", "record"), LeadOutcome),
        (("outbox", "list"), OutboxStatus),
        (("onboarding", "list"), Lane),
        (("onboarding", "resolve"), ResolutionAnswer),
        (("access", "list"), Lane),
        (("access", "resolve"), ResolutionAnswer),
        (("worker",), TaskQueue),
    ],
)
def test_help_names_every_value_that_is_taken(run_cli: Run, command: tuple[str, ...], values: Any) -> None:
    help_text = " ".join(run_cli(*command, "--help").out.split())
    assert [value for value in values if value not in help_text] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lead", "submit"), "Missing argument"),
        (("lead", "submit", "a.json", "--timeout", "soon"), "--timeout"),
        (("lead", "submit", "a.json", "--timeout", "0"), "--timeout"),
        (("lead", "submit", "a.json", "--wat"), "No such option"),
        (("lead", "subit"), "No such command"),
        (("nonsense",), "No such command"),
        (("lead", "list", "--lane", "lost"), "must be one of running, waiting"),
        (("lead", "list", "--path", "' OR 1=1 --"), "must be one of sales"),
        (("lead", "list", "--process", "approval"), "approval list"),
        (("lead", "list", "--process", "customer-onboarding"), "onboarding list"),
        (("lead", "list", "--process", "access-request"), "access list"),
        (("lead", "list", "--limit", "0"), "--limit"),
        (("lead", "status", "no spaces allowed"), "not the id of a lead"),
        (("lead", "status", "approval/x"), "not the id of a lead"),
        (("lead", "amend", "c1", "--as", "o-ada"), "at least one detail"),
        (("lead", "amend", "c1", "--email", "a@b.example"), "Missing option '--as'"),
        (("lead", "resolve", "c1", "hope", "--as", "o-ada"), "must be one of retry"),
        (("lead", "import", "a.csv", "--delimiter", ";;"), "one character"),
        (("approval", "show", "c1"), "not the id of an approval"),
        (("approval", "list", "--status", "maybe"), "must be one of open"),
        (("approval", "token", "lead-intake/c1/approval", "--as", "o-ada", "--minutes", "60"), "--minutes"),
        (("approval", "reject", "lead-intake/c1/approval", "--as", "o-ada", "--reason", "a\nb"), "one line"),
        (("outcome", "record", "c1", "won", "--as", "o-ada"), "must be one of qualified"),
        (("outcome", "record", "c1", "closed_lost", "--as", "o-ada"), "reason"),
        (("outcome", "record", "c1", "qualified", "--as", "o-ada", "--id", "a b"), "--id"),
        (("outcome", "record", "c1", "qualified", "--as", "o-ada", "--order", "-"), "only closed_won"),
        (("approval", "show", "o1/approval"), "not the id of an approval"),
        (
            ("approval", "approve", "customer-onboarding/o1/approval", "--as", "o-ada", "--category", "crm"),
            "not about a lead",
        ),
        (
            ("approval", "approve", "access-request/a/approval", "--as", "o-ada", "--other-person"),
            "not about a lead",
        ),
        (("onboarding", "start"), "Missing argument"),
        (("onboarding", "status", "no spaces allowed"), "not the id of an onboarding"),
        (("onboarding", "status", "lead-intake/c1"), "not the id of an onboarding"),
        (("onboarding", "list", "--lane", "lost"), "must be one of running, waiting"),
        (("onboarding", "provide", "o1", "--as", "o-ada"), "at least one detail"),
        (("onboarding", "provide", "o1", "--tax-id", "1"), "Missing option '--as'"),
        (("onboarding", "provide", "o1", "--seats", "many", "--as", "o-ada"), "--seats"),
        (("onboarding", "contract-signed", "o1", "--as", "o-ada"), "Missing option '--reference'"),
        (("onboarding", "contract-signed", "o1", "--as", "o-ada", "--reference", " "), "must not be blank"),
        (
            (
                "onboarding",
                "contract-signed",
                "o1",
                "--as",
                "o-ada",
                "--reference",
                "C-1",
                "--signed-at",
                "2026-11-20T10:00:00",
            ),
            "must have a time zone offset",
        ),
        (
            (
                "onboarding",
                "contract-signed",
                "o1",
                "--as",
                "o-ada",
                "--reference",
                "C-1",
                "--signed-at",
                "2026-11-22T10:00:00Z",
            ),
            "must lie between 2000 and now",
        ),
        (("onboarding", "choose", "o1", "20261124T0900Z"), "name one of them"),
        (("onboarding", "choose", "o1", "20261124T0900Z", "--as", "o-ada", "--as-customer"), "one of them"),
        (("onboarding", "choose", "o1", "on tuesday", "--as-customer"), "letters, digits"),
        (("onboarding", "hand-over", "o1", "--as", "o-ada"), "Missing option '--reason'"),
        (("onboarding", "hand-over", "o1", "--as", "o-ada", "--reason", " "), "must not be blank"),
        (("onboarding", "cancel", "o1", "--as-customer", "--reason", ""), "must not be blank"),
        (("onboarding", "cancel", "o1", "--reason", "why"), "name one of them"),
        (("onboarding", "resolve", "o1", "hope", "--as", "o-ada"), "must be one of retry"),
        (("agreement", "record", "C-1", "unknown"), "must be one of sent, signed, void"),
        (("agreement", "record", "C-1", "torn"), "must be one of sent, signed, void"),
        (
            ("agreement", "record", "C-1", "sent", "--signed-at", "2026-11-20T10:00:00Z"),
            "only what is signed",
        ),
        (("agreement", "record", "C-1", "signed", "--signed-at", "soon"), "ISO 8601"),
        (("agreement", "show", "a\nb"), "one line"),
        (("workspace", "used", "w 1"), "letters, digits"),
        (("workspace", "used", "w1", "--at", "1926-11-20T10:00:00Z"), "must lie between 2000 and now"),
        (("access", "request", "--system", "a"), "Missing option '--for'"),
        (
            (
                "access",
                "request",
                "--id",
                "a b",
                "--for",
                "o-ada",
                "--system",
                "s",
                "--role",
                "r",
                "--reason",
                "why",
            ),
            "letters, digits",
        ),
        (
            (
                "access",
                "request",
                "--id",
                "a",
                "--for",
                "o-ada",
                "--system",
                "s",
                "--role",
                "r",
                "--reason",
                "why",
                "--days",
                "0",
            ),
            "--days",
        ),
        (("access", "status", "lead-intake/c1"), "not the id of an access request"),
        (("access", "resolve", "a", "hope", "--as", "o-ada"), "must be one of retry"),
        (("process", "show", "lead"), "must be one of lead-intake"),
        (("worker", "--queues", "crm,none"), "must be one of workflows"),
        (("worker", "--processes", "0"), "--processes"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(
    run_cli: Run, arguments: tuple[str, ...], said: str
) -> None:
    outcome = run_cli(*arguments)
    assert outcome.code is ExitCode.USAGE
    assert outcome.out == ""
    assert outcome.err.startswith("throughline: ")
    assert outcome.err.count("\n") == 1
    assert said in outcome.err
    assert "--help`" in outcome.err


def test_a_group_without_a_command_shows_its_help(run_cli: Run) -> None:
    outcome = run_cli("lead")
    assert outcome.code is ExitCode.USAGE
    assert "Commands:" in outcome.err


def app_that_raises(error: BaseException) -> typer.Typer:
    app = new_app("Raises.")

    @app.command()
    def fail() -> None:
        raise error

    @app.command()
    def other() -> None: ...

    return app


def test_a_defect_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code = invoke(app_that_raises(KeyError("field")), ["fail"])
    said = capsys.readouterr().err
    assert code is ExitCode.FAILED
    assert said.count("\n") == 1
    assert "unexpected KeyError" in said
    assert "--traceback" in said


def test_a_defect_shows_its_trace_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    code = invoke(app_that_raises(KeyError("field")), ["--traceback", "fail"])
    assert code is ExitCode.FAILED
    assert "Traceback" in capsys.readouterr().err


def test_a_full_disk_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code = invoke(app_that_raises(OSError(28, "No space left on device", "x.csv")), ["fail"])
    assert code is ExitCode.FAILED
    assert capsys.readouterr().err == (
        "throughline: No space left on device, x.csv: check disk and permissions\n"
    )


def test_ctrl_c_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(app_that_raises(KeyboardInterrupt()), ["fail"]) is ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "throughline: stopped\n"


def test_a_failure_is_a_document_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    async def fail() -> Answer:
        raise CommandFailure(ExitCode.NOT_FOUND, "no such lead", where="c1", remedy="look", details=["more"])

    with pytest.raises(typer.Exit) as ended:
        run(True, fail)
    captured = capsys.readouterr()
    assert ended.value.exit_code == ExitCode.NOT_FOUND
    assert captured.err == "throughline: no such lead, c1: look\n"
    assert json.loads(captured.out)["error"] == {
        "code": 4,
        "name": "not_found",
        "what": "no such lead",
        "where": "c1",
        "remedy": "look",
        "details": ["more"],
    }


def test_what_a_lead_wrote_cannot_drive_the_terminal() -> None:
    assert "\x1b" not in one_line("a\x1b[2Jb\r\nc")
    assert one_line("a\n  b") == "a b"
    assert "\u202e" not in one_line("a\u202eb")
    assert "\\u001b" in as_document({"subject": "\x1b[2J"})


def test_columns_line_up_and_nothing_is_cut_off() -> None:
    lines = table(("A", "B"), [("x" * 200, None), ("y", "z")]).splitlines()
    assert lines[1] == "x" * 200 + "  -"
    assert lines[2].index("z") == lines[1].index("-")


@pytest.mark.parametrize(
    "module", [path.stem for path in (ROOT / "starters").glob("*.py") if "run_alone(" in path.read_text()]
)
def test_every_command_runs_alone(module: str) -> None:
    if module == "console":
        return
    done = subprocess.run(
        [sys.executable, "-m", f"starters.{module}", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage: python -m starters" in done.stdout


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    script = f"{sys.executable} -m starters.cli policy check policies --json | head -c 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


def test_worker_becomes_the_worker_processes() -> None:
    assert worker_command(["crm", "notify"], 4) == [
        sys.executable,
        "-m",
        "workers",
        "--queues",
        "crm,notify",
        "--processes",
        "4",
    ]
    assert worker_command([], None) == [sys.executable, "-m", "workers"]


def test_exit_codes_are_distinct() -> None:
    assert all(a != b for a, b in itertools.combinations([int(code) for code in ExitCode], 2))
