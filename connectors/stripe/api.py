"""Stripe's API as this package speaks it: its errors, its keys, and how marked records are found."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import TypeVar

from connectors.answers import Said, read, read_part
from connectors.connections.onboarding import StripeSettings
from connectors.errors import ErrorRow, ErrorTable, first_text
from connectors.http import ANSWER_WITHIN, Answer, Call, HttpSystem, Transport, quoted
from contracts.failures import FailureCode, ServiceFailure
from contracts.ports import Clock

SYSTEM = "stripe"
API_VERSION = "2026-10-28.endive"
"""Pinned: what an account's default version is does not matter."""

CONCURRENT = timedelta(seconds=2)
"""How long a call under the same key, or on the same record, is given to end."""

NOT_YET_FOUND = timedelta(hours=1)
"""How far back lists are read beside the search, which lags by up to a minute; clocks differ too."""

MOST_INTENTS = 5
PAGE = "100"
KEY, CUSTOMER, CLOSED = "throughline_key", "throughline_customer", "throughline_closed"
"""What our records are marked with, as their metadata."""

Form = Sequence[tuple[str, str]]
R = TypeVar("R")


def _code_of(body: object) -> str | None:
    return first_text(body, "error", "code") or first_text(body, "error", "type")


ERRORS = ErrorTable(
    (
        ErrorRow(409, None, FailureCode.UNAVAILABLE, CONCURRENT),
        ErrorRow(400, "idempotency_error", FailureCode.CONFLICT),
        ErrorRow(400, "resource_missing", FailureCode.NOT_FOUND),
        ErrorRow(402, None, FailureCode.REJECTED),
        ErrorRow(424, None, FailureCode.UNAVAILABLE),
        ErrorRow(429, "lock_timeout", FailureCode.UNAVAILABLE, CONCURRENT),
        ErrorRow(429, None, FailureCode.RATE_LIMITED, timedelta(seconds=1)),
    ),
    code_of=_code_of,
)
"""A 500 may have acted, and is what the key answers from then on (`StripeApi.create`)."""


class Marked(Said):
    """A record of ours, or somebody's."""

    id: str
    metadata: Mapping[str, str] = {}
    deleted: bool = False


class Page(Said):
    """A page of a list or a search."""

    data: tuple[Mapping[str, object], ...]
    has_more: bool


class StripeApi:
    """Calls to one Stripe account."""

    def __init__(self, system: HttpSystem, clock: Clock) -> None:
        self._system = system
        self._clock = clock

    async def get(self, operation: str, path: str, query: Form = ()) -> Answer:
        """Reads something."""
        return await self._system.call(Call(operation, "GET", path, query=query))

    async def change(self, operation: str, method: str, path: str, form: Form = ()) -> Answer | None:
        """Changes or ends a record, which may be repeated; None where the record is gone.

        It carries no key: an error would be saved under it, and be the answer for a day.
        """
        call = Call(operation, method, path, form=form or None, expected=(400, 404))
        answer = await self._system.call(call)
        if answer.status not in (400, 404):
            return answer
        failure = self._system.failure_of(answer)
        if failure.code is FailureCode.NOT_FOUND:
            return None
        raise failure

    async def create(
        self, operation: str, path: str, key: str, form: Form, made: Callable[[], Awaitable[R | None]]
    ) -> Answer | R:
        """Creates a record under our key; or returns what `made` finds of an earlier attempt.

        Stripe answers a key with what it came to the first time for a day or more, errors included. An old
        error, or one about other parameters, says nothing of now: then we look, and where nothing was made we
        ask anew, which for Stripe needs another key.
        """
        for intent in range(1, MOST_INTENTS + 1):
            headers = {"idempotency-key": intent_of(key, intent)}
            call = Call(operation, "POST", path, form=form, headers=headers, expected=range(400, 600))
            answer = await self._system.call(call)
            if answer.status < HTTPStatus.BAD_REQUEST:
                return answer
            if not self._is_of_an_earlier_time(answer):
                raise self._system.failure_of(answer)
            if (found := await made()) is not None:
                return found
        raise ServiceFailure(
            FailureCode.CONFLICT, SYSTEM, f"{operation}: every key for it holds an old error; ask Stripe why"
        )

    async def marked(self, resource: str, mark: str, value: str) -> tuple[Marked, ...]:
        """The records that hold a mark, as they are now: the search's, and those too new for it."""
        since = str(int((self._clock() - NOT_YET_FOUND).timestamp()))
        query = f"metadata['{mark}']:'{_escaped(value)}'"
        found = await self._all(f"{resource}/search", (("query", query),), "page")
        recent = await self._all(resource, (("created[gte]", since),), "starting_after")
        known = {one.id: one for one in recent}
        for old in found:
            if old.id not in known:
                answer = await self.get(f"read of {resource}", f"{resource}/{quoted(old.id)}")
                known[old.id] = read(answer, Marked)
        return tuple(one for one in known.values() if one.metadata.get(mark) == value and not one.deleted)

    async def _all(self, path: str, query: Form, cursor: str) -> list[Marked]:
        records, after = list[Marked](), list[tuple[str, str]]()
        operation = f"list of {path}"
        while True:
            answer = await self.get(operation, path, [*query, ("limit", PAGE), *after])
            page = read(answer, Page)
            records += (read_part(answer, one, Marked) for one in page.data)
            if not page.has_more:
                return records
            if not page.data:
                raise answer.malformed("has more, and nothing")
            after = [(cursor, records[-1].id if cursor == "starting_after" else _next_page(answer))]

    def _is_of_an_earlier_time(self, answer: Answer) -> bool:
        if answer.headers.get("idempotent-replayed") == "true":
            return True
        try:
            body = answer.json()
        except ServiceFailure:
            return False
        return answer.status == HTTPStatus.BAD_REQUEST and _code_of(body) == "idempotency_error"


def _next_page(answer: Answer) -> str:
    cursor = answer.object().get("next_page")
    if not isinstance(cursor, str):
        raise answer.malformed("has more, and no next page")
    return cursor


def intent_of(key: str, number: int) -> str:
    """Stripe's key of an intent: ours, as it is where it fits into a header, else a digest of it."""
    intent = key if number == 1 else f"{key}#intent-{number}"
    if intent.isascii() and len(intent) <= 255 and intent == intent.strip():  # noqa: PLR2004 - Stripe's limit
        return intent
    return f"{sha256(key.encode()).hexdigest()}#intent-{number}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def stripe_system(
    settings: StripeSettings, *, transport: Transport | None = None, within: timedelta = ANSWER_WITHIN
) -> HttpSystem:
    """How the account of the settings is reached."""
    return HttpSystem(
        SYSTEM,
        settings.url,
        headers={
            "authorization": f"Bearer {settings.secret_key.get_secret_value()}",
            "stripe-version": API_VERSION,
        },
        errors=ERRORS,
        transport=transport,
        within=within,
    )
