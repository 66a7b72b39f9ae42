"""`lead submit`: what cannot be used is named and starts nothing; what can be used starts once."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from contracts.states import Lane
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.input_text import MAX_BYTES
from tests.starters.conftest import Run
from tests.starters.standins import StandInSurroundings, intake_status

ADA = {"source": "website", "event_id": "e-1", "contact": {"email": "ada@shop.example"}}
BEN = {"source": "website", "event_id": "e-2", "contact": {"email": "ben@shop.example"}}


def text(value: object) -> bytes:
    return json.dumps(value).encode()


UNUSABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n\t ", "it is empty"),
    "not JSON": (b'{"source": ', "is not JSON: line 1, column 12"),
    "not UTF-8": (b'{"source": "caf\xe9"}', "not UTF-8 at byte 15 (0xE9)"),
    "not UTF-8 behind a mark": (b'\xef\xbb\xbf{"a": "\xff"}', "not UTF-8 at byte 10 (0xFF)"),
    "UTF-16": (json.dumps(ADA).encode("utf-16"), "UTF-16"),
    "NUL byte": (b'{"source": "a\0b"}', "a NUL at byte 13"),
    "escaped NUL": (text({"source": "a\0b"}), "source must be one line without control characters"),
    "10 MB of text": (b'{"message": "' + b"x" * 10_000_000 + b'"}', "larger than 1,048,576 bytes"),
    "one byte too many": (b" " * MAX_BYTES + b"1", "larger than"),
    "oversized field": (text({"message": "x" * 20_001}), "message must have at most 20000 characters"),
    "oversized transcript": (text({"transcript": "x" * 200_001}), "transcript must have at most 200000"),
    "unknown key": (text({"surprise": 1}), "surprise is no field"),
    "unknown nested key": (text({"contact": {"e_mail": "a@b.example"}}), "contact.e_mail is no field"),
    "wrong type": (text({"employees": "many"}), "employees must be a whole number"),
    "wrong nested type": (text({"contact": "ada"}), "contact must be an object"),
    "e-mail with a newline": (
        text({"contact": {"email": "a@b.example\nBcc: all@b.example"}}),
        "contact.email must be one line",
    ),
    "a number": (b"7", "must be an object"),
    "a text": (b'"lead"', "must be an object"),
    "null": (b"null", "must be an object"),
    "an empty array": (b"[]", "an empty array"),
    "NaN": (b'{"employees": NaN}', "NaN"),
    "a key twice": (b'{"source": "a", "source": "b"}', "source appears twice"),
    "nested too deeply": (b'{"extras": ' + b"[" * 100_000, "submission is n"),
    "an endless number": (b'{"employees": ' + b"9" * 5000 + b"}", "too many digits"),
    "an array with a bad item": (text([ADA, {"surprise": 1}, BEN]), "item 2: surprise is no field"),
    "an array in an array": (text([[ADA]]), "item 1: submission must be an object"),
    "two documents": (text(ADA) + text(BEN), "is not JSON"),
    "a time without a zone": (text({"occurred_at": "2026-01-01T10:00:00"}), "occurred_at"),
}


@pytest.mark.parametrize("door", ["file", "stdin"])
@pytest.mark.parametrize("what", UNUSABLE)
def test_unusable_input_is_named_and_starts_nothing(
    run_cli: Run, around: StandInSurroundings, tmp_path: Path, what: str, door: str
) -> None:
    content, said = UNUSABLE[what]
    file = tmp_path / "leads.json"
    file.write_bytes(content)
    outcome = (
        run_cli("lead", "submit", file) if door == "file" else run_cli("lead", "submit", "-", stdin=content)
    )
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert outcome.err.count("\n") == 1
    assert said in outcome.err
    assert (str(file) if door == "file" else "stdin") in outcome.err
    assert around.door.started == {}


def missing(folder: Path) -> Path:
    return folder / "missing.json"


def directory(folder: Path) -> Path:
    return folder


def below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "leads.json"


def with_a_nul(folder: Path) -> Path:
    return folder / "a\0b.json"


def too_long(folder: Path) -> Path:
    return folder / ("x" * 300)


def unreadable(folder: Path) -> Path:
    file = folder / "secret.json"
    file.write_bytes(text(ADA))
    file.chmod(0)
    return file


@pytest.mark.parametrize("made", [missing, directory, below_a_file, with_a_nul, too_long, unreadable])
def test_a_file_that_cannot_be_read_is_named(
    run_cli: Run, around: StandInSurroundings, tmp_path: Path, made: Any
) -> None:
    file = made(tmp_path)
    if made is unreadable and os.access(file, os.R_OK):
        # A superuser reads every file: then there is nothing that could be refused.
        return
    outcome = run_cli("lead", "submit", file)
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert outcome.err.count("\n") == 1
    assert "tmp" in outcome.err or str(tmp_path) in outcome.err
    assert around.door.started == {}


def test_a_stream_without_end_is_refused_without_being_read(run_cli: Run) -> None:
    outcome = run_cli("lead", "submit", "/dev/zero")
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert "larger than" in outcome.err


def test_no_value_of_a_lead_is_repeated(run_cli: Run) -> None:
    secret = {"contact": {"email": "zzsecret@b.example\n", "phone": "zzsecret" * 20}, "employees": "zzsecret"}
    outcome = run_cli("lead", "submit", "-", "--json", stdin=text(secret))
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert "zzsecret" not in outcome.err + outcome.out


def test_every_problem_is_in_the_document(run_cli: Run) -> None:
    items = [{"surprise": 1}, {"employees": "x", "contact": {"nope": 1}}]
    error = run_cli("lead", "submit", "-", "--json", stdin=text(items)).document["error"]
    assert error["code"] == 3
    assert {(one["item"], one["field"]) for one in error["details"]} == {
        (1, "surprise"),
        (2, "employees"),
        (2, "contact.nope"),
    }


@pytest.mark.parametrize("content", [text(ADA), b"\xef\xbb\xbf" + text(ADA), b"\r\n" + text(ADA) + b"\r\n"])
def test_a_lead_is_started_once(run_cli: Run, around: StandInSurroundings, content: bytes) -> None:
    first = run_cli("lead", "submit", "-", "--json", stdin=content)
    again = run_cli("lead", "submit", "-", "--json", stdin=content)
    assert (first.code, again.code) == (ExitCode.OK, ExitCode.OK)
    assert [lead["already_known"] for lead in first.document["leads"]] == [False]
    assert [lead["already_known"] for lead in again.document["leads"]] == [True]
    assert len(around.door.started) == 1


def test_an_array_starts_each_lead_once(run_cli: Run, around: StandInSurroundings) -> None:
    outcome = run_cli("lead", "submit", "-", stdin=text([ADA, BEN, ADA]))
    assert outcome.code is ExitCode.OK
    assert outcome.out.count("already known") == 1
    assert len(around.door.started) == 2


def test_a_server_that_goes_away_says_how_many_were_started(
    run_cli: Run, around: StandInSurroundings
) -> None:
    around.door.fail_starts_after = 1
    outcome = run_cli("lead", "submit", "-", stdin=text([ADA, BEN]))
    assert outcome.code is ExitCode.UNREACHABLE
    assert "1 of 2 leads are started" in outcome.err
    assert "nothing starts twice" in outcome.err


def test_a_refusal_of_the_server_keeps_its_exit_code(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.refusal = CommandFailure(ExitCode.MISCONFIGURED, "Temporal refuses these credentials")
    assert run_cli("lead", "submit", "-", stdin=text(ADA)).code is ExitCode.MISCONFIGURED


def test_waiting_shows_where_the_lead_went(run_cli: Run, around: StandInSurroundings) -> None:
    lead_id = run_cli("lead", "submit", "-", "--json", stdin=text(ADA)).document["leads"][0]["lead_id"]
    around.door.intakes[lead_id] = [
        intake_status(lead_id, state="assessing", lane=Lane.RUNNING, path=None),
        intake_status(lead_id, state="in_review", lane=Lane.WAITING),
    ]
    outcome = run_cli("lead", "submit", "-", "--wait", stdin=text(ADA))
    assert outcome.code is ExitCode.OK
    assert "in_review" in outcome.out
    assert "sales" in outcome.out


def test_waiting_in_vain_is_said_and_has_its_own_exit_code(run_cli: Run, around: StandInSurroundings) -> None:
    lead_id = run_cli("lead", "submit", "-", "--json", stdin=text(ADA)).document["leads"][0]["lead_id"]
    around.door.intakes[lead_id] = [intake_status(lead_id, state="assessing", lane=Lane.RUNNING)]
    outcome = run_cli("lead", "submit", "-", "--wait", "--timeout", 1, "--json", stdin=text(ADA))
    assert outcome.code is ExitCode.NO_ANSWER
    assert outcome.document["leads"][0]["settled"] is False
    assert "still running after 1 s" in outcome.err
