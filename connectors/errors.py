"""What an answer over HTTP means, in the vocabulary of failures. Each connector declares one table."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import cast

from contracts.failures import RETRYABLE, FailureCode

LONGEST_WAIT = timedelta(hours=1)
"""A `Retry-After` beyond this is taken as this: a system's clock or its mood may be off."""


@dataclass(frozen=True)
class ErrorRow:
    """One row of a connector's error table; what is None matches everything."""

    status: int | None
    code: str | None
    """The system's own code, as `ErrorTable.code_of` reads it."""
    meaning: FailureCode
    wait: timedelta | None = None
    """How long the system wants to be left alone where it sends no `Retry-After`."""

    @property
    def retryable(self) -> bool:
        """Whether a later attempt may succeed without anybody acting."""
        return self.meaning in RETRYABLE

    @property
    def outcome_unknown(self) -> bool:
        """Whether the system may have acted."""
        return self.meaning in (FailureCode.OUTCOME_UNKNOWN, FailureCode.TIMED_OUT)

    def matches(self, status: int, code: str | None) -> bool:
        """Whether an answer is meant."""
        return self.status in (None, status) and self.code in (None, code)


def rows(meaning: FailureCode, *statuses: int) -> tuple[ErrorRow, ...]:
    """Rows for statuses that mean the same, whatever code comes with them."""
    return tuple(ErrorRow(status, None, meaning) for status in statuses)


BY_STATUS: tuple[ErrorRow, ...] = (
    *rows(FailureCode.REJECTED, 400, 405, 411, 413, 414, 415, 422, 428, 431),
    *rows(FailureCode.FORBIDDEN, 401, 402, 403, 407, 451),
    *rows(FailureCode.NOT_FOUND, 404, 410),
    *rows(FailureCode.CONFLICT, 409, 412),
    *rows(FailureCode.TIMED_OUT, 408),
    *rows(FailureCode.UNAVAILABLE, 423, 425, 503),
    *rows(FailureCode.RATE_LIMITED, 429),
    # The request may have been acted on before these were sent.
    *rows(FailureCode.OUTCOME_UNKNOWN, 500, 502, 504, 507, 520, 522, 524),
)
"""What RFC 9110 and 6585 say, and what gateways send. A connector's own rows come before these."""


@dataclass(frozen=True)
class ErrorTable:
    """What a system's error answers mean: its own rows first, then those of HTTP."""

    rows: tuple[ErrorRow, ...] = ()
    code_of: Callable[[object], str | None] | None = None
    """Reads the system's own code from a decoded body, None where the body holds none."""

    def row_for(self, status: int, body: object) -> ErrorRow:
        """The row that an answer falls under. A status that nobody declares is MALFORMED."""
        code = self.code_of(body) if self.code_of else None
        for row in (*self.rows, *BY_STATUS):
            if row.matches(status, code):
                return row
        server_side = 500 <= status <= 599  # noqa: PLR2004 - the class of "the server failed"
        meaning = FailureCode.OUTCOME_UNKNOWN if server_side else FailureCode.MALFORMED
        return ErrorRow(status, None, meaning)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long an answer asks us to wait: seconds or a date (RFC 9110), or milliseconds as some APIs do."""
    if (milliseconds := headers.get("retry-after-ms", "")).isdecimal():
        return _bounded(timedelta(milliseconds=int(milliseconds[:12])))
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return _bounded(timedelta(seconds=int(value[:9])))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, IndexError):
        return None
    return _bounded((at if at.tzinfo else at.replace(tzinfo=UTC)) - now)


def _bounded(wait: timedelta) -> timedelta:
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def first_text(body: object, *path: str | int) -> str | None:
    """A text somewhere in a decoded body; None where it is not there, or is no text."""
    for part in path:
        if isinstance(part, int):
            items = cast(list[object], body) if isinstance(body, list) else []
            body = items[part] if -len(items) <= part < len(items) else None
        else:
            body = cast(dict[str, object], body).get(part) if isinstance(body, dict) else None
    return body if isinstance(body, str) else None


def declared(table: ErrorTable) -> Collection[ErrorRow]:
    """Every row that a test has to drive: the system's own, then those of HTTP."""
    return (*table.rows, *BY_STATUS)
