"""Answers that no system should give, and some do. Every connector is shown each of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx

from contracts.failures import FailureCode

SOON = timedelta(milliseconds=200)
"""How long a connector under test waits for an answer."""


class _Stream(httpx.AsyncByteStream):
    """A body in parts."""

    def __init__(self, parts: Callable[[], AsyncIterator[bytes]]) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._parts():
            yield part


async def _slow_drip() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(SOON.total_seconds() / 20)


async def _without_end() -> AsyncIterator[bytes]:
    while True:
        yield b"[" * 1_000_000


async def _broken_off() -> AsyncIterator[bytes]:
    yield b'{"id": '
    raise httpx.ReadError("connection lost")


HTML = "text/html; charset=utf-8"
PAGE = b"<html><title>Sign in</title><body>Ann Lee, your session has ended</body></html>"


@dataclass(frozen=True)
class OddAnswer:
    """An answer, and what a write that gets it ends in."""

    name: str
    expected: frozenset[FailureCode]
    status: int = 200
    content_type: str = "application/json"
    body: bytes = b""
    location: str = ""
    parts: Callable[[], AsyncIterator[bytes]] | None = None
    error: type[httpx.TransportError] | None = None

    def __str__(self) -> str:
        return self.name

    def transport(self) -> httpx.MockTransport:
        """A network on which everybody answers so."""

        def answer(request: httpx.Request) -> httpx.Response:
            if self.error is not None:
                raise self.error("planted", request=request)
            headers = {"content-type": self.content_type, "location": self.location}
            headers = {name: value for name, value in headers.items() if value}
            if self.parts is not None:
                return httpx.Response(self.status, headers=headers, stream=_Stream(self.parts))
            return httpx.Response(self.status, headers=headers, content=self.body)

        return httpx.MockTransport(answer)


_MALFORMED = frozenset({FailureCode.MALFORMED})
_UNKNOWN = frozenset({FailureCode.OUTCOME_UNKNOWN, FailureCode.UNREACHABLE})
"""Unknown for a write; a read that broke off has changed nothing."""

ODD_ANSWERS: tuple[OddAnswer, ...] = (
    OddAnswer("a page in place of data", _MALFORMED, content_type=HTML, body=PAGE),
    OddAnswer("no body", _MALFORMED),
    OddAnswer("no body and no type", _MALFORMED, content_type=""),
    OddAnswer("data of another type", _MALFORMED, content_type="text/csv", body=b"a,b"),
    OddAnswer("half of the data", _MALFORMED, body=b'{"id": "1", "prop'),
    OddAnswer("a number", _MALFORMED, body=b"42"),
    OddAnswer("an empty object", _MALFORMED, body=b"{}"),
    OddAnswer("nothing", _MALFORMED, body=b"null"),
    OddAnswer("a redirect to itself", _MALFORMED, status=302, location="/"),
    OddAnswer("a body without end", _MALFORMED, parts=_without_end),
    OddAnswer("a body drop by drop", frozenset({FailureCode.TIMED_OUT}), parts=_slow_drip),
    OddAnswer("a body that breaks off", _UNKNOWN, parts=_broken_off),
    OddAnswer("an unknown status", _MALFORMED, status=418, content_type=HTML, body=PAGE),
    OddAnswer(
        "a gateway's page",
        frozenset({FailureCode.OUTCOME_UNKNOWN}),
        status=502,
        content_type=HTML,
        body=PAGE,
    ),
    OddAnswer("nobody there", frozenset({FailureCode.UNREACHABLE}), error=httpx.ConnectError),
    OddAnswer("silence", frozenset({FailureCode.TIMED_OUT}), error=httpx.ReadTimeout),
    OddAnswer("a hang-up", _UNKNOWN, error=httpx.RemoteProtocolError),
)
"""Where a connector reads an empty answer as success (a 204 of a delete), its suite names the exceptions."""
