"""One JSON object a line, with the run it belongs to and nothing personal in it."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from temporalio.exceptions import ApplicationError

from contracts.failures import FailureCode, ServiceFailure
from runtime.settings import LogFormat, LogLevel, LogSettings
from runtime.structured_logging import REDACTED, configure_logging, handler_for

NAME, EMAIL, PHONE = "Ada Lovelace", "ada@example.com", "+44 20 7946 0958"
logger = logging.getLogger("throughline.test")

WORKFLOW = {
    "attempt": 1,
    "namespace": "default",
    "run_id": "0199-run",
    "task_queue": "workflows",
    "workflow_id": "lead-intake/42",
    "workflow_type": "LeadIntakeWorkflow",
}
ACTIVITY = {
    "activity_id": "3",
    "activity_type": "create_lead_records",
    "attempt": 2,
    "namespace": "default",
    "task_queue": "crm",
    "workflow_id": "lead-intake/42",
    "workflow_run_id": "0199-run",
    "workflow_type": "LeadIntakeWorkflow",
}


class Lines:
    """What this module's logger wrote."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    made = Lines()
    monkeypatch.setattr(logger, "handlers", [handler_for(LogSettings(), made.stream)])
    monkeypatch.setattr(logger, "propagate", False)
    logger.setLevel(logging.INFO)
    yield made
    logger.setLevel(logging.NOTSET)


def test_line_of_a_workflow_names_its_run(lines: Lines) -> None:
    logger.info("step resolved", extra={"temporal_workflow": WORKFLOW, "step": "route_lead"})
    (line,) = lines.read()
    assert line.pop("timestamp")
    assert line == {
        "event": "step resolved",
        "level": "info",
        "logger": "throughline.test",
        "workflow": "LeadIntakeWorkflow",
        "workflow_id": "lead-intake/42",
        "run_id": "0199-run",
        "task_queue": "workflows",
        "step": "route_lead",
    }


def test_line_of_an_activity_names_its_attempt(lines: Lines) -> None:
    logger.warning("failed", extra={"temporal_activity": ACTIVITY})
    (line,) = lines.read()
    assert (line["activity"], line["attempt"]) == ("create_lead_records", 2)
    assert (line["workflow_id"], line["run_id"]) == ("lead-intake/42", "0199-run")


@pytest.mark.parametrize(
    "extra",
    [
        {"email": EMAIL},
        {"contact_email": EMAIL},
        {"firstName": NAME},
        {"company_name": NAME},
        {"phoneNumber": PHONE},
        {"lead": {"contact": {"full_name": NAME, "kind": "form"}}},
        {"contacts": [{"name": NAME}, {"name": NAME}]},
        {"free_text": NAME},
        {"api_token": NAME},
        {"assertion": NAME},
        {"detail": f"no such person: {EMAIL}"},
        {"detail": [f"call {PHONE}"]},
    ],
)
def test_personal_fields_and_values_are_taken_out(lines: Lines, extra: dict[str, object]) -> None:
    logger.info("seen", extra=extra)
    text = json.dumps(lines.read())
    assert REDACTED in text
    assert not [value for value in (NAME, EMAIL, PHONE) if value in text]


def test_personal_values_in_the_text_are_taken_out(lines: Lines) -> None:
    logger.info("mail to %s, call %s", EMAIL, PHONE)
    assert lines.read()[0]["event"] == f"mail to {REDACTED}, call {REDACTED}"


@pytest.mark.parametrize(
    "extra",
    [
        {"due_at": "2026-11-23T09:00:00+00:00"},
        {"key": "lead-intake/0199c2f7-8a51-7c11-9f0e-0123456789ab#create_lead_records"},
        {"run_id": "01a1fcf8-f7e2-7620-bcf4-38f99ef379c9"},
        {"policy_hash": "20261121112233445566778899aabbcc"},
        {"pid": 1234567890, "seconds": 12.5, "build": "1.35.0"},
        {"server": "127.0.0.1:7233"},
    ],
)
def test_ids_times_and_numbers_stay(lines: Lines, extra: dict[str, object]) -> None:
    logger.info("seen", extra=extra)
    assert extra.items() <= lines.read()[0].items()


def test_exception_is_written_by_type_and_place_but_not_by_its_text(lines: Lines) -> None:
    class Contact(BaseModel):
        age: int

    try:
        try:
            Contact.model_validate({"age": NAME})
        except ValidationError as error:
            raise KeyError(NAME, EMAIL) from error
    except KeyError:
        logger.exception("lookup failed")
    (line,) = lines.read()
    assert [link["type"] for link in line["exception"]] == ["KeyError", "ValidationError"]
    assert "test_structured_logging.py" in json.dumps(line)
    assert NAME not in json.dumps(line)


def test_texts_of_our_own_failures_are_written(lines: Lines) -> None:
    failure = ApplicationError("the CRM rejected it", type="REJECTED")
    failure.__cause__ = ServiceFailure(FailureCode.REJECTED, "crm", "field `stage` is unknown")
    logger.error("failed", exc_info=failure)
    chain = lines.read()[0]["exception"]
    assert [(link["says"], link.get("code")) for link in chain] == [
        ("the CRM rejected it", "REJECTED"),
        ("field `stage` is unknown", None),
    ]


@pytest.fixture
def restored_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.usefixtures("restored_root")
def test_level_and_console_form_are_settings(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings(level=LogLevel.WARNING, format=LogFormat.CONSOLE))
    logger.info("too quiet")
    logger.warning("seen", extra={"email": EMAIL, "step": "route_lead"})
    out, text = capsys.readouterr()
    assert out == ""
    assert "too quiet" not in text
    assert EMAIL not in text
    assert "step=route_lead" in text


@pytest.mark.usefixtures("restored_root")
def test_every_logger_writes_once_however_often_it_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings())
    configure_logging(LogSettings())
    logging.getLogger("somebody.else").info("once")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("look", stacklevel=1)
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["logger"], first["event"]) == ("somebody.else", "once")
    assert second["logger"] == "py.warnings"
