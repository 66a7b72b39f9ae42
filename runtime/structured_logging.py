"""One log line per event, as JSON or for the terminal, with the run it belongs to and without personal data.

Everything logs through the standard library, so that `workflow.logger` stays silent during replay.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, ExcInfo, Processor
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

from contracts.failures import ServiceFailure
from runtime.problems import Problem
from runtime.settings import LogFormat, LogSettings

REDACTED = "[redacted]"
CHATTERBOXES = ("aiosqlite", "alembic", "asyncio", "httpcore", "httpx")
"""Libraries that report what nobody asked for: at DEBUG every row of the store, at INFO every URL, secret or
not. Ours to hear from WARNING on."""

LONGEST_CHAIN = 10
DEEPEST = 8
"""Frames of a stack that are written, innermost last."""

PERSONAL_WORDS = frozenset(
    {"name", "email", "mail", "phone", "mobile", "address", "company", "utm"}
    | {"message", "text", "body", "transcript", "subject", "question", "reason"}
    | {"token", "assertion", "secret", "password", "authorization", "cookie", "credential"}
)
"""A field with one of these words in its name is not written, whatever it holds."""

SAFE_NAMES = frozenset({"task_name", "queue_name", "pool_name", "rule_name", "step_name", "field_name"})

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_EMAIL = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:]+")
_PHONE = re.compile(r"(?<![\w.:-])\+?\d[\d ()/.-]{7,}\d(?![\w:-])")

PLAIN_TEXT_FAILURES = (ApplicationError, ServiceFailure, Problem)
"""Their texts name fields and never values, so they are written. Of other exceptions only the type is."""

_FROM_WORKFLOW = {
    "workflow_id": "workflow_id",
    "run_id": "run_id",
    "workflow_type": "workflow",
    "task_queue": "task_queue",
}
_FROM_ACTIVITY = {
    "workflow_id": "workflow_id",
    "workflow_run_id": "run_id",
    "workflow_type": "workflow",
    "activity_type": "activity",
    "attempt": "attempt",
    "task_queue": "task_queue",
}
"""What the SDK says about a line's origin, under the names that we log it by."""


def configure_logging(settings: LogSettings) -> None:
    """Makes every logger of this process write to stderr in our form. Safe to repeat; the last call holds."""
    root = logging.getLogger()
    root.handlers[:] = [handler_for(settings, sys.stderr)]
    root.setLevel(settings.level)
    for name in CHATTERBOXES:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # At DEBUG the SDK writes whole inputs, which are personal data.
    logging.getLogger("temporalio.worker").setLevel(max(logging.INFO, root.level))
    logging.captureWarnings(capture=True)
    # The same facts are fields of their own; in the text they would only be noise.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False


def handler_for(settings: LogSettings, stream: TextIO) -> logging.Handler:
    """Writes every record that it gets to a stream, in our form."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                add_origin,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                add_exception,
                redact,
                *_renderers(settings.format, stream),
            ],
        )
    )
    return handler


def add_origin(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Lifts the SDK's nested facts about workflow and activity into fields of the line."""
    for key, names in (("temporal_workflow", _FROM_WORKFLOW), ("temporal_activity", _FROM_ACTIVITY)):
        facts = event.pop(key, None)
        if isinstance(facts, Mapping):
            known = cast(Mapping[str, object], facts)
            event.update({ours: known[theirs] for theirs, ours in names.items() if known.get(theirs)})
    # A record of the native part, which has put its text into the message already.
    event.pop("temporal_log", None)
    return event


def add_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Writes an exception as types and places. Its text may hold a value, so only ours is trusted."""
    info: ExcInfo | BaseException | bool | None = event.pop("exc_info", None)
    if info is True:
        info = cast(ExcInfo, sys.exc_info())
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = _described(error)
    return event


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Takes out fields that are named like personal data or a secret, and what looks like it in texts."""
    return {
        key: value if key in ("timestamp", "level", "logger") else _redacted(key, value)
        for key, value in event.items()
    }


def _redacted(key: str, value: Any) -> Any:
    if _is_personal(key):
        return REDACTED
    if isinstance(value, str):
        return _PHONE.sub(REDACTED, _EMAIL.sub(REDACTED, value))
    if isinstance(value, Mapping):
        entries = cast(Mapping[object, object], value).items()
        return {str(inner): _redacted(str(inner), content) for inner, content in entries}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted("", item) for item in cast(list[object], value)]
    return value


def _is_personal(key: str) -> bool:
    words = {word.lower() for word in _WORD.findall(key)}
    return key not in SAFE_NAMES and bool(words & PERSONAL_WORDS)


def _described(error: BaseException) -> list[dict[str, object]]:
    """The chain of causes, outermost first."""
    chain: list[dict[str, object]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < LONGEST_CHAIN:
        frames = traceback.extract_tb(current.__traceback__)
        link: dict[str, object] = {
            "type": type(current).__qualname__,
            "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-DEEPEST:]],
        }
        if isinstance(current, PLAIN_TEXT_FAILURES):
            link["says"] = getattr(current, "message", str(current))
        if isinstance(current, ApplicationError) and current.type:
            link["code"] = current.type
        chain.append(link)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def _renderers(form: LogFormat, stream: TextIO) -> list[Processor]:
    if form is LogFormat.CONSOLE:
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty())]
    return [structlog.processors.JSONRenderer(default=str)]
