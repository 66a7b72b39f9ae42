"""Systems that are spoken to over HTTP. The only file that knows the HTTP library.

No retries here: an attempt is one call, and the failure table says whether there is another.
"""

import asyncio
import json
import ssl
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote, urlencode

import httpx

from connectors.errors import ErrorTable, retry_after
from contracts.failures import FailureCode, ServiceFailure

JsonObject = dict[str, Any]
Transport = httpx.AsyncBaseTransport
"""What takes the place of the network in tests."""

CONNECT_WITHIN = 5.0
"""Seconds to reach a system; no byte of the request has been sent then."""

ANSWER_WITHIN = timedelta(seconds=20)
"""For a whole call, the reading of a slow answer included."""

LARGEST_ANSWER = 5_000_000
"""Bytes. An answer beyond this is none that any of the systems gives to these calls."""

MOST_CONNECTIONS = 20
"""To one system, for each worker process."""

AGENT = "throughline"

_READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_JSON = ("application/json", "+json", "text/json")


@dataclass(frozen=True)
class Call:
    """One request. Its operation names it in failures, so it holds no value of anybody."""

    operation: str
    method: str
    path: str
    """Below the system's base URL; parts that come from data are quoted by the caller (`quoted`)."""
    query: Sequence[tuple[str, str]] = ()
    json: Any = None
    form: Sequence[tuple[str, str]] | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    expected: Collection[int] = ()
    """Error statuses that the caller reads itself."""
    reads_only: bool | None = None
    """For searches by POST; unset means what the method says."""

    @property
    def may_change(self) -> bool:
        """Whether the system may have done something although no answer came."""
        return self.method not in _READS if self.reads_only is None else not self.reads_only


@dataclass(frozen=True)
class Answer:
    """What a system answered."""

    system: str
    operation: str
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body decoded.

        Raises:
            ServiceFailure: MALFORMED where it is not JSON, whatever it says of itself.
        """
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not content_type.endswith(_JSON):
            raise self.malformed(f"is {content_type or 'of no type'}, not JSON")
        try:
            return json.loads(self.body)
        except ValueError:
            raise self.malformed("is no complete JSON") from None

    def object(self) -> JsonObject:
        """The body decoded, where an object is due.

        Raises:
            ServiceFailure: MALFORMED.
        """
        decoded = self.json()
        if not isinstance(decoded, dict):
            raise self.malformed("is no JSON object")
        return cast(JsonObject, decoded)

    def malformed(self, what: str) -> ServiceFailure:
        """The failure of an answer that is not what the system's contract says. The text holds no value."""
        return ServiceFailure(
            FailureCode.MALFORMED, self.system, f"{self.operation}: the answer ({self.status}) {what}"
        )


class HttpSystem:
    """One system's interface, with a pool of connections of its own.

    Args:
        name: of the system, for failures.
        base_url: everything is below it. Its own path and query are kept out of failures.
        headers: sent with every call; those that hold credentials are here and nowhere else.
        errors: what its error answers mean.
        transport: takes the place of the network in tests.
        within: for one call.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: ErrorTable | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        within: timedelta = ANSWER_WITHIN,
    ) -> None:
        self.name = name
        self._errors = errors or ErrorTable()
        self._within = within
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"user-agent": AGENT, **(headers or {})},
            timeout=httpx.Timeout(within.total_seconds(), connect=CONNECT_WITHIN, pool=CONNECT_WITHIN),
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
            follow_redirects=False,
            verify=_trusted(),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def call(self, call: Call) -> Answer:
        """Makes one call; returns an answer of success, or one that the caller expects.

        Raises:
            ServiceFailure: what went wrong, by the table of the system.
        """
        answer = await self._exchange(call)
        if 200 <= answer.status <= 299 or answer.status in call.expected:  # noqa: PLR2004 - success
            return answer
        raise self.failure_of(answer)

    def failure_of(self, answer: Answer) -> ServiceFailure:
        """What an error answer means."""
        if 300 <= answer.status <= 399:  # noqa: PLR2004 - redirects
            return answer.malformed("sends us elsewhere, which no call follows")
        try:
            body = answer.json()
        except ServiceFailure:
            body = None
        row = self._errors.row_for(answer.status, body)
        code = f" {row.code}" if row.code else ""
        return ServiceFailure(
            row.meaning,
            self.name,
            f"{answer.operation}: answered {answer.status}{code}",
            retry_after=retry_after(answer.headers, datetime.now(UTC)) or row.wait,
        )

    async def _exchange(self, call: Call) -> Answer:
        try:
            async with asyncio.timeout(self._within.total_seconds()):
                return await self._sent(call)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise self._failed(FailureCode.UNREACHABLE, call, "could not be reached") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise self._failed(FailureCode.TIMED_OUT, call, "gave no answer in time") from error
        except (httpx.TransportError, httpx.StreamError) as error:
            code = FailureCode.OUTCOME_UNKNOWN if call.may_change else FailureCode.UNREACHABLE
            raise self._failed(code, call, "broke off before its answer was complete") from error
        except httpx.HTTPError as error:
            raise self._failed(FailureCode.MALFORMED, call, "gave an answer that is no HTTP") from error

    async def _sent(self, call: Call) -> Answer:
        content, content_type = _content(call)
        headers = {**({"content-type": content_type} if content_type else {}), **call.headers}
        request = self._client.build_request(
            call.method, call.path, params=list(call.query) or None, content=content, headers=headers
        )
        response = await self._client.send(request, stream=True)
        try:
            body = await self._read(call, response)
        finally:
            await response.aclose()
        seen = {name.lower(): value for name, value in response.headers.items()}
        return Answer(self.name, call.operation, response.status_code, seen, body)

    async def _read(self, call: Call, response: httpx.Response) -> bytes:
        parts, size = list[bytes](), 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > LARGEST_ANSWER:
                raise self._failed(FailureCode.MALFORMED, call, "gave an answer that has no end")
            parts.append(part)
        return b"".join(parts)

    def _failed(self, code: FailureCode, call: Call, what: str) -> ServiceFailure:
        return ServiceFailure(code, self.name, f"{call.operation}: the system {what}")


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities whose certificates count; to read them costs as much as dozens of calls."""
    return httpx.create_ssl_context()


def basic_authorization(username: str, password: str) -> dict[str, str]:
    """The header of HTTP's basic authentication (RFC 7617)."""
    return {"authorization": f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"}


def quoted(part: str) -> str:
    """A part of a path that comes from data."""
    return quote(part, safe="")


def _content(call: Call) -> tuple[bytes | None, str | None]:
    if call.json is not None:
        text = json.dumps(call.json, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode(), "application/json"
    if call.form is not None:
        return urlencode(call.form).encode(), "application/x-www-form-urlencoded"
    return call.body, None
