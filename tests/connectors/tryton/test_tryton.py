"""Tryton: error answers and odd answers. What the real server does is in `tests/counterparts/`."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from connectors.errors import BY_STATUS, ErrorRow, declared
from connectors.http import HttpSystem
from connectors.remote_crm.records import Kind, Taken
from connectors.tryton.cells import joined, split
from connectors.tryton.errors import ERRORS
from connectors.tryton.opening import tryton_records
from connectors.tryton.records import TrytonRecords
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.odd_answers import ODD_ANSWERS, SOON, OddAnswer

HTML = "<!doctype html><title>500 Internal Server Error</title><p>&#39;&#39;</p>"


def answering(transport: httpx.MockTransport) -> TrytonRecords:
    system = HttpSystem("crm", "https://tryton.example", errors=ERRORS, transport=transport, within=SOON)
    return tryton_records(system, 1, {"sam": "sam@ours.example"})


OPERATIONS: dict[str, Callable[[TrytonRecords], Awaitable[Any]]] = {
    "get": lambda held: held.get(Kind.CONTACT, "1"),
    "get_many": lambda held: held.get_many(Kind.DEAL, ["1"]),
    "by_key": lambda held: held.by_key(Kind.DEAL, "key"),
    "by_email": lambda held: held.by_email("zoe@acme.example"),
    "create": lambda held: held.create(Kind.CONTACT, "key", {"name": "Zoë"}),
    "create with an owner": lambda held: held.create(Kind.CONTACT, "key", {"owner_id": "sam"}),
    "create a deal": lambda held: held.create(Kind.DEAL, "key", {"title": "A request"}),
    "upsert": lambda held: held.upsert(Kind.NOTE, "key", {"body": "Note"}),
    "change": lambda held: held.change(Kind.CONTACT, "1", {"name": "Zoë"}),
    "link": lambda held: held.link(Kind.CONTACT, "1", [(Kind.COMPANY, "2")]),
    "unlink": lambda held: held.unlink(Kind.CONTACT, "1", Kind.COMPANY, "2"),
    "linked": lambda held: held.linked(Kind.CONTACT, ["1"], Kind.DEAL),
    "search": lambda held: held.search(Kind.CONTACT, [{"phone": "+12025550143"}]),
    "describe": lambda held: held.describe(),
}


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_odd_answer_ends_in_a_named_failure(operation: str, odd: OddAnswer) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await OPERATIONS[operation](answering(odd.transport()))
    assert caught.value.code in odd.expected
    assert "Ann" not in str(caught.value)


@pytest.mark.parametrize("odd", [one for one in ODD_ANSWERS if one.status != 200 or one.error], ids=str)
async def test_odd_answer_to_a_delete_ends_in_a_named_failure(odd: OddAnswer) -> None:
    """Its status alone says that it succeeded: an answer without a body is what is due."""
    with pytest.raises(ServiceFailure) as caught:
        await answering(odd.transport()).delete(Kind.CONTACT, "1")
    assert caught.value.code in odd.expected


@pytest.mark.parametrize(
    "record",
    [
        {"id": "seven"},
        {"id": 7, "contact_mechanisms": 7},
        {"id": 7, "contact_mechanisms": [7]},
        {"id": 7, "contact_mechanisms": [{"id": 1}]},
        {"id": 7, "contact_mechanisms": [{"type": "email", "value": "a", "name": None}]},
    ],
    ids=str,
)
async def test_record_of_another_shape_is_malformed(record: dict[str, Any]) -> None:
    for body in (record, [record]):
        said = httpx.MockTransport(lambda _, body=body: httpx.Response(200, json=body))
        held = answering(said)
        with pytest.raises(ServiceFailure) as caught:
            await (held.get(Kind.CONTACT, "7") if body is record else held.get_many(Kind.CONTACT, ["7"]))
        assert caught.value.code is FailureCode.MALFORMED


OWN = {row.status for row in ERRORS.rows}
ROWS = [row for row in declared(ERRORS) if row in ERRORS.rows or row.status not in OWN]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.status))
async def test_every_error_row_means_what_the_table_says(row: ErrorRow) -> None:
    said = httpx.MockTransport(
        lambda _: httpx.Response(row.status or 0, json={"status": row.status, "message": "m"})
    )
    with pytest.raises(ServiceFailure) as caught:
        await answering(said).describe()
    assert (caught.value.code, caught.value.retryable) == (row.meaning, row.retryable)


async def test_page_of_a_server_error_is_for_a_person_and_not_retried() -> None:
    assert FailureCode.OUTCOME_UNKNOWN in {row.meaning for row in BY_STATUS if row.status == 500}
    page = httpx.MockTransport(lambda _: httpx.Response(500, html=HTML))
    with pytest.raises(ServiceFailure) as caught:
        await answering(page).get(Kind.CONTACT, "1")
    assert (caught.value.code, caught.value.retryable) == (FailureCode.REJECTED, False)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("The code on party must be unique.", Taken),
        ("The number on work must be unique.", ServiceFailure),
        ("A value is required for field Currency.", ServiceFailure),
    ],
)
async def test_refusal_says_whether_a_unique_value_is_taken(message: str, expected: type[Exception]) -> None:
    body = {"status": 400, "message": message, "description": ""}
    said = httpx.MockTransport(
        lambda asked: (
            httpx.Response(400, json=body) if asked.method == "POST" else httpx.Response(200, json=[])
        )
    )
    with pytest.raises(expected) as caught:
        await answering(said).create(Kind.CONTACT, "email:zoe@acme.example", {"name": "Zoë"})
    assert "zoe" not in str(caught.value)


@pytest.mark.parametrize("written", ["", "By hand", "Two\nlines", "--- throughline ---\nkey: no", "検査\n"])
def test_lines_do_not_touch_what_people_wrote(written: str) -> None:
    cells = [("key", 'a "b"\n%_\\'), ("link", "contact_1"), ("link", "company_2")]
    assert split(joined(written, cells)) == (written, cells)
    assert split(written) == (written, []) or "throughline" in written


def test_what_somebody_wrote_below_our_mark_is_no_field_of_ours() -> None:
    text = joined("Note", [("key", "k")]) + "call back on Monday\nstage: won\n"
    assert split(text) == ("Note", [("key", "k")])
