"""Pipedrive: every row of its error table, and every odd answer to every operation."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from connectors.errors import ErrorRow, declared
from connectors.http import HttpSystem
from connectors.pipedrive import ERRORS, Pipedrive
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.odd_answers import ODD_ANSWERS, SOON, OddAnswer

OPERATIONS: dict[str, Callable[[Pipedrive], Awaitable[Any]]] = {
    "read": lambda crm: crm.read("activities", ["1"]),
    "read notes": lambda crm: crm.read("notes", ["1"]),
    "having": lambda crm: crm.having("persons", "emails", "zoe@acme.example"),
    "newest": lambda crm: crm.newest("activities", {"deal_id": "1"}),
    "alike": lambda crm: crm.alike("persons", "name", "Zoë"),
    "referring": lambda crm: crm.referring("deals", "person_id", "1"),
    "make": lambda crm: crm.make("activities", {"subject": "Call"}),
    "write": lambda crm: crm.write("notes", "1", {"content": "Reasons"}),
    "delete": lambda crm: crm.delete("deals", "1"),
    "describe": lambda crm: crm.describe(["persons", "deals"]),
    "owners": lambda crm: crm.owners(),
}


def answering(transport: httpx.MockTransport) -> Pipedrive:
    system = HttpSystem("crm", "https://pipedrive.example", errors=ERRORS, transport=transport, within=SOON)
    return Pipedrive(system)


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_odd_answer_ends_in_a_named_failure(operation: str, odd: OddAnswer) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await OPERATIONS[operation](answering(odd.transport()))
    assert caught.value.code in odd.expected
    assert "Ann" not in str(caught.value)


@pytest.mark.parametrize("data", ["text", 42, [1], [{}], {"items": [{}]}, {"items": 1}], ids=repr)
@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - {"delete"}))
async def test_success_with_data_of_another_form_is_malformed(operation: str, data: object) -> None:
    said = httpx.MockTransport(lambda _: httpx.Response(200, json={"success": True, "data": data}))
    with pytest.raises(ServiceFailure) as caught:
        await OPERATIONS[operation](answering(said))
    assert caught.value.code is FailureCode.MALFORMED


OWN = {row.status for row in ERRORS.rows if row.code is None}
ROWS = [row for row in declared(ERRORS) if row in ERRORS.rows or row.status not in OWN]
"""Without those of HTTP that Pipedrive's own take the place of."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.status}-{row.code}")
@pytest.mark.parametrize("operation", ["make", "having", "delete"])
async def test_every_error_row_means_what_the_table_says(operation: str, row: ErrorRow) -> None:
    if operation == "delete" and row.meaning is FailureCode.NOT_FOUND:
        return  # gone is what a delete wants: see the suite of undo
    body = {"success": False, "error": "no", "error_info": "see there", "code": row.code, "data": None}
    said = httpx.MockTransport(lambda _: httpx.Response(row.status or 400, json=body))
    with pytest.raises(ServiceFailure) as caught:
        await OPERATIONS[operation](answering(said))
    assert (caught.value.code, caught.value.retryable) == (row.meaning, row.retryable)
    assert caught.value.retry_after == row.wait


async def test_retry_after_of_the_answer_wins_over_the_window_of_a_burst() -> None:
    headers = {"retry-after": "40", "x-ratelimit-reset": "2", "x-ratelimit-remaining": "0"}
    body = {"success": False, "error": "too many"}
    said = httpx.MockTransport(lambda _: httpx.Response(429, json=body, headers=headers))
    with pytest.raises(ServiceFailure) as caught:
        await answering(said).owners()
    assert caught.value.code is FailureCode.RATE_LIMITED
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 40


async def test_list_that_always_names_another_page_comes_to_an_end() -> None:
    asked = list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        more = {"success": True, "data": [], "additional_data": {"next_cursor": "again"}}
        return httpx.Response(200, json=more)

    assert await answering(httpx.MockTransport(answer)).referring("activities", "deal_id", "1") == []
    assert len(asked) == 20
