"""What each answer of a model's interface means: every row of its table, and everything that is no answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.errors import ErrorRow, declared
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.conformance.test_readers import asked, to_summarise
from tests.connectors.model_wires import (
    ANTHROPIC,
    CHAT_COMPLETIONS,
    INTERFACES,
    KEY,
    CountedSpend,
    Interface,
    completion,
    message,
)
from tests.connectors.odd_answers import ODD_ANSWERS, SOON, OddAnswer

WRITER = "Ann Lee"
TEXT = f"{WRITER} here: the export is broken."
GOOD = '{"category": "support", "intent": "(none)", "risk": "low", "confidence": 0.9, "evidence": []}'
ENDINGS = ("refusal", "content_filter", "length")
"""Codes of chat completions that stand in an answer, not in an error."""


def answered(response: httpx.Response) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: response)


async def failure_of(interface: Interface, transport: Any, spend: CountedSpend) -> ServiceFailure:
    reader = interface.over(
        transport, spend, answer_within=SOON.total_seconds(), input_price=1, output_price=5
    )
    with pytest.raises(ServiceFailure) as caught:
        await reader.classify(asked(TEXT))
    failure = caught.value
    assert WRITER not in failure.message
    assert KEY not in failure.message
    assert failure.message.startswith("classify_text: ")
    return failure


def chat_body(row: ErrorRow) -> dict[str, Any]:
    if row.code == "refusal":
        return completion({"role": "assistant", "content": None, "refusal": f"I will not, {WRITER}"})
    if row.code in ENDINGS:
        return completion({"role": "assistant", "content": GOOD[:40]}, str(row.code))
    return {"error": {"message": f"{WRITER} {KEY}", "type": "some_error", "param": None, "code": row.code}}


def messages_body(row: ErrorRow) -> dict[str, Any]:
    if row.status == 200:
        return message([{"type": "text", "text": GOOD[:40]}], str(row.code))
    return {"type": "error", "error": {"type": row.code or "some_error", "message": f"{WRITER} {KEY}"}}


BODIES: dict[Interface, Callable[[ErrorRow], dict[str, Any]]] = {
    CHAT_COMPLETIONS: chat_body,
    ANTHROPIC: messages_body,
}
ROWS = [
    pytest.param(interface, row, status, id=f"{interface}-{row.code}-{status}")
    for interface in INTERFACES
    for row in declared(interface.errors)
    # A code that means the same under any status is also the error inside an answer of 200.
    for status in ((row.status,) if row.status else (200, 429))
    if row.status or row.code not in ENDINGS or status == 200
]


@pytest.mark.parametrize(("interface", "row", "status"), ROWS)
async def test_each_row_of_the_table(interface: Interface, row: ErrorRow, status: int) -> None:
    spend = CountedSpend()
    first = next(one for one in declared(interface.errors) if one.matches(status, row.code) or one is row)
    response = httpx.Response(status, json=BODIES[interface](row), headers={"retry-after": "7"})
    failure = await failure_of(interface, answered(response), spend)
    assert failure.code is first.meaning
    assert failure.retry_after == timedelta(seconds=7)
    assert failure.system == interface.settings_name


def test_what_waiting_does_not_mend_is_not_tried_again() -> None:
    meanings = {row.code: row for row in CHAT_COMPLETIONS.errors.rows}
    assert not meanings["insufficient_quota"].retryable
    assert not meanings["refusal"].retryable
    assert meanings["rate_limit_exceeded"].retryable
    overloaded = CHAT_COMPLETIONS.errors.row_for(503, {"error": {"code": None}})
    assert overloaded.meaning is FailureCode.UNAVAILABLE
    assert ANTHROPIC.errors.row_for(529, None).meaning is FailureCode.UNAVAILABLE


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("interface", INTERFACES, ids=str)
async def test_odd_answer_ends_in_a_named_failure(interface: Interface, odd: OddAnswer) -> None:
    failure = await failure_of(interface, odd.transport(), CountedSpend())
    assert failure.code in odd.expected


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("interface", INTERFACES, ids=str)
async def test_odd_answer_to_a_summary_does_too(interface: Interface, odd: OddAnswer) -> None:
    reader = interface.over(odd.transport(), CountedSpend(), answer_within=SOON.total_seconds())
    with pytest.raises(ServiceFailure) as caught:
        await reader.summarise(to_summarise(TEXT))
    assert caught.value.code in odd.expected


SAID = [
    ("no JSON", "The category is support."),
    ("half of it", GOOD[:-9]),
    ("a list", f"[{GOOD}]"),
    ("nested without end", "[" * 100_000),
    ("a field more", GOOD[:-1] + f', "owner": "{WRITER}"}}'),
    ("a field less", '{"category": "support", "risk": "low", "confidence": 1, "evidence": []}'),
    ("confidence in words", GOOD.replace("0.9", '"0.9"')),
    ("confidence without a number", GOOD.replace("0.9", "null")),
    ("a label without end", GOOD.replace("support", "x" * 121)),
    ("evidence that is no list", GOOD.replace("[]", '"broken"')),
    ("nothing", ""),
]


@pytest.mark.parametrize("said", [text for _, text in SAID], ids=[name for name, _ in SAID])
@pytest.mark.parametrize("interface", INTERFACES, ids=str)
async def test_answer_of_another_shape_than_the_schema_is_malformed(interface: Interface, said: str) -> None:
    wire = interface.wire(planted=[httpx.Response(200, json=interface.wire().answer({}, said))])
    failure = await failure_of(interface, httpx.MockTransport(wire), CountedSpend())
    assert failure.code is FailureCode.MALFORMED


@pytest.mark.parametrize(
    ("interface", "body"),
    [
        (CHAT_COMPLETIONS, {"choices": []}),
        (CHAT_COMPLETIONS, {"choices": [{"message": None, "finish_reason": "stop"}]}),
        (CHAT_COMPLETIONS, {"choices": [{"message": {"content": GOOD}, "finish_reason": None}]}),
        (CHAT_COMPLETIONS, completion({"role": "assistant", "content": GOOD}, "function_call")),
        (CHAT_COMPLETIONS, completion({"role": "assistant", "content": GOOD, "tool_calls": [{"id": 1}]})),
        (CHAT_COMPLETIONS, {"error": f"{WRITER}"}),
        (ANTHROPIC, message([])),
        (ANTHROPIC, message([{"text": GOOD}])),
        (ANTHROPIC, message([{"type": "tool_use", "id": "1", "name": "x", "input": {}}])),
        (ANTHROPIC, {**message([{"type": "text", "text": GOOD}]), "stop_reason": None}),
        (ANTHROPIC, message([{"type": "text", "text": GOOD}], "something_new")),
        (ANTHROPIC, {"error": [WRITER]}),
    ],
)
async def test_completion_that_is_none_is_malformed(interface: Interface, body: dict[str, Any]) -> None:
    failure = await failure_of(interface, answered(httpx.Response(200, json=body)), CountedSpend())
    assert failure.code is FailureCode.MALFORMED


@pytest.mark.parametrize(
    ("response", "billed"),
    [
        (httpx.Response(429), 0),
        (httpx.Response(401), 0),
        (httpx.Response(400), 0),
        (httpx.Response(504), None),
        (httpx.Response(200, content=b"{"), None),
    ],
    ids=lambda one: str(getattr(one, "status_code", "")),
)
@pytest.mark.parametrize("interface", INTERFACES, ids=str)
async def test_only_a_call_that_was_certainly_not_answered_gives_its_amount_back(
    interface: Interface, response: httpx.Response, billed: int | None
) -> None:
    spend = CountedSpend()
    await failure_of(interface, answered(response), spend)
    assert len(spend.reserved) == 1
    assert [one.calls for one in spend.settled] == ([] if billed is None else [0])
    assert all(one.cost_micros == 0 for one in spend.settled)


@pytest.mark.parametrize("interface", INTERFACES, ids=str)
async def test_refused_answer_is_counted_too(interface: Interface) -> None:
    spend = CountedSpend()
    body = (
        completion({"content": None, "refusal": "no"})
        if interface is CHAT_COMPLETIONS
        else message([{"type": "text", "text": ""}], "refusal")
    )
    failure = await failure_of(interface, answered(httpx.Response(200, json=body)), spend)
    assert failure.code is FailureCode.REJECTED
    (bill,) = spend.settled
    assert (bill.calls, bill.input_tokens, bill.output_tokens, bill.cost_micros) == (1, 1000, 100, 1500)
