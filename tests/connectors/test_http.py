"""Calls over HTTP: what is sent, and what each answer means."""

import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from connectors.errors import BY_STATUS, LONGEST_WAIT, ErrorRow, ErrorTable, first_text, retry_after
from connectors.http import Answer, Call, HttpSystem, quoted
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.http_meanings import MEANS
from tests.connectors.odd_answers import ODD_ANSWERS, SOON, OddAnswer

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
PERSON = "ann@company.example"
SECRET = "s3cret-of-the-system"

WRITE = Call("create contact", "POST", "/contacts", json={"email": PERSON})


def a_system(
    answer: Callable[[httpx.Request], httpx.Response] | httpx.MockTransport, errors: ErrorTable | None = None
) -> HttpSystem:
    transport = answer if isinstance(answer, httpx.MockTransport) else httpx.MockTransport(answer)
    return HttpSystem(
        "acme",
        "https://acme.example/api",
        headers={"authorization": f"Bearer {SECRET}"},
        errors=errors,
        transport=transport,
        within=SOON,
    )


def test_authorities_are_read_once_for_all_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    HttpSystem("acme", "https://acme.example")

    def read_again(**_options: object) -> ssl.SSLContext:
        raise AssertionError("read again")

    monkeypatch.setattr(ssl, "create_default_context", read_again)
    HttpSystem("other", "https://other.example")


async def failure_of(system: HttpSystem, call: Call = WRITE) -> ServiceFailure:
    async with system:
        with pytest.raises(ServiceFailure) as caught:
            (await system.call(call)).object()
    return caught.value


async def test_call_carries_credentials_query_and_json() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"id": "7"})

    call = Call("find", "POST", "/things", query=[("q", "a&b"), ("q", "ü")], json={"name": "Zoë"})
    async with a_system(answer) as system:
        assert (await system.call(call)).object() == {"id": "7"}
    (request,) = seen
    assert str(request.url) == "https://acme.example/api/things?q=a%26b&q=%C3%BC"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {"name": "Zoë"}


async def test_form_is_sent_as_a_form() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert request.content == b"items%5B0%5D%5Bprice%5D=p+1&name=Z%C3%B6"
        return httpx.Response(204)

    call = Call("subscribe", "POST", "/x", form=[("items[0][price]", "p 1"), ("name", "Zö")])
    async with a_system(answer) as system:
        assert (await system.call(call)).status == 204


@pytest.mark.parametrize(("status", "meaning"), MEANS.items())
async def test_each_status_means_what_its_standard_says(status: int, meaning: FailureCode) -> None:
    answer = httpx.Response(status, json={"message": f"{PERSON} is taken"}, headers={"retry-after": "7"})
    failure = await failure_of(a_system(lambda _: answer))
    assert (failure.code, failure.retry_after) == (meaning, timedelta(seconds=7))
    assert failure.message == f"create contact: answered {status}"


def test_every_status_of_the_table_has_its_meaning_written_down() -> None:
    assert [row.status for row in BY_STATUS if row.status not in MEANS] == []


async def test_own_rows_come_first_and_name_the_systems_code() -> None:
    table = ErrorTable(
        (ErrorRow(400, "DUPLICATE", FailureCode.CONFLICT, wait=timedelta(seconds=3)),),
        code_of=lambda body: first_text(body, "errors", 0, "code"),
    )
    answers = iter(
        (
            httpx.Response(400, json={"errors": [{"code": "DUPLICATE"}]}),
            httpx.Response(400, json={"errors": [{"code": "OTHER"}]}),
            httpx.Response(400, json={"errors": []}),
        )
    )
    system = a_system(lambda _: next(answers), table)
    found: list[tuple[FailureCode, timedelta | None]] = []
    async with system:
        for _ in range(3):
            with pytest.raises(ServiceFailure) as caught:
                await system.call(WRITE)
            found.append((caught.value.code, caught.value.retry_after))
    assert found == [
        (FailureCode.CONFLICT, timedelta(seconds=3)),
        (FailureCode.REJECTED, None),
        (FailureCode.REJECTED, None),
    ]


async def test_expected_error_is_the_callers_to_read() -> None:
    system = a_system(lambda _: httpx.Response(409, json={"message": "Existing ID: 7"}))
    async with system:
        answer = await system.call(Call("create", "POST", "/x", expected=[409]))
    assert (answer.status, answer.object()) == (409, {"message": "Existing ID: 7"})


@pytest.mark.parametrize("odd", [one for one in ODD_ANSWERS if one.name != "an empty object"], ids=str)
async def test_odd_answer_ends_in_a_named_failure(odd: OddAnswer) -> None:
    failure = await failure_of(a_system(odd.transport()))
    assert failure.code in odd.expected
    assert failure.system == "acme"
    assert "Ann" not in failure.message
    assert SECRET not in failure.message


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (WRITE, FailureCode.OUTCOME_UNKNOWN),
        (Call("read", "GET", "/x"), FailureCode.UNREACHABLE),
        (Call("search", "POST", "/x", reads_only=True), FailureCode.UNREACHABLE),
    ],
)
async def test_hang_up_leaves_only_a_write_in_doubt(call: Call, expected: FailureCode) -> None:
    def hang_up(request: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError("hung up", request=request)

    assert (await failure_of(a_system(hang_up), call)).code is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "12"}, timedelta(seconds=12)),
        ({"retry-after-ms": "1500", "retry-after": "9"}, timedelta(seconds=1.5)),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, timedelta(seconds=90)),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, timedelta(0)),
        ({"retry-after": "999999999999"}, LONGEST_WAIT),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], expected: timedelta | None) -> None:
    assert retry_after(headers, NOW) == expected


def test_part_of_a_path_cannot_leave_its_place() -> None:
    assert quoted("a/../b?c#d é") == "a%2F..%2Fb%3Fc%23d%20%C3%A9"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/problem+json"])
def test_json_is_known_by_its_type(content_type: str) -> None:
    answer = Answer("acme", "read", 200, {"content-type": content_type}, b'{"a": 1}')
    assert answer.object() == {"a": 1}
