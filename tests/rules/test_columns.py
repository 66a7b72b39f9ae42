"""Rows of tables become submissions; problems are named by column."""

import csv
import io
from typing import Any

import pytest

from contracts.base import Contract
from contracts.lead import LeadSubmission
from rules.columns import COLUMNS, OTHER_NAMES, column_key
from rules.submissions import DocumentRefused, Problem, parse_submission, submission_from_row
from tests.rules.leads import NOON
from tests.rules.test_submissions import FULL

ROW = {
    "received_at": "2026-11-23T12:00:00Z",
    "occurred_at": "2026-11-23T13:59:30+02:00",
    "event_id": "evt_1",
    "entry_kind": "landing_form",
    "source": "website",
    "channel": "search",
    "campaign": "spring",
    "form": "demo",
    "service_interest": "crm",
    "declared_intent": "a demo",
    "name": "Ada Lovelace",
    "email": "ada@analytical.example",
    "phone": "+1 202 555 0143",
    "company": "Analytical Engines",
    "job_title": "Countess",
    "country": "GB",
    "website": "https://analytical.example",
    "employees": "12",
    "estimated_value": "5000",
    "currency": "EUR",
    "message": "Hello\nthere",
    "transcript": "Ada: hello",
    "utm_source": "g",
    "utm_medium": "cpc",
    "utm_campaign": "spring",
    "utm_term": "t",
    "utm_content": "c",
    "marketing_consent": "Yes",
    "processing_consent": "1",
    "consent_captured_at": "2026-11-23T11:59:00Z",
    "honeypot": "",
    "seconds_to_submit": "12.0",
    "sender": "abc123",
    "budget": "big",
}


def problems_with(row: Any) -> tuple[Problem, ...]:
    with pytest.raises(DocumentRefused) as refused:
        submission_from_row(row, received_at=NOON)
    return refused.value.problems


def test_full_row_says_what_the_full_document_says() -> None:
    bot_signals = {**FULL["bot_signals"], "honeypot": None}
    expected = parse_submission({**FULL, "bot_signals": bot_signals}, received_at=NOON)
    assert submission_from_row(ROW, received_at=NOON) == expected


def test_every_field_of_a_submission_has_a_column() -> None:
    def leaves(model: type[Contract], prefix: str = "") -> set[str]:
        found: set[str] = set()
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, Contract):
                found |= leaves(inner, f"{prefix}{name}.")
            else:
                found.add(f"{prefix}{name}")
        return found

    assert {column.field for column in COLUMNS.values()} == leaves(LeadSubmission) - {"extras"}


def test_empty_cells_are_missing_values() -> None:
    blank = dict.fromkeys([*COLUMNS, "something else"], "  ")
    assert submission_from_row(blank, received_at=NOON) == LeadSubmission(received_at=NOON)


@pytest.mark.parametrize("header", ["utm_source", "UTM Source", " utm-source ", "Utm_Source"])
def test_headers_are_compared_as_people_type_them(header: str) -> None:
    assert column_key(header) == "utm_source"
    assert submission_from_row({header: " g "}, received_at=NOON).utm.source == "g"


def test_unknown_columns_go_to_the_extras_with_their_names() -> None:
    taken = submission_from_row({"Budget (EUR)": "big", "a.b": "c"}, received_at=NOON)
    assert taken.extras == {"Budget (EUR)": "big", "a.b": "c"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"employees": "12.5"}, Problem("employees", "must be a whole number, digits only")),
        ({"employees": "1_000"}, Problem("employees", "must be a whole number, digits only")),
        ({"Estimated Value": "5k"}, Problem("Estimated Value", "must be a whole number, digits only")),
        ({"seconds_to_submit": "nan"}, Problem("seconds_to_submit", "must be a number with a decimal point")),
        ({"marketing_consent": "maybe"}, Problem("marketing_consent", "must be yes or no")),
        ({"email": "x" * 321}, Problem("email", "must have at most 320 characters")),
        ({"utm_term": "a\x00b"}, Problem("utm_term", "must be one line without control characters")),
        ({"employees": "-1"}, Problem("employees", "must be at least 0")),
        (
            {"consent_captured_at": "today"},
            Problem("consent_captured_at", "must be an ISO 8601 date and time"),
        ),
        ({"email": "a@b.example", "E-Mail": "x"}, Problem("E-Mail", "has two columns")),
        ({"Name": "Ada", "name": "Grace"}, Problem("name", "has two columns")),
        ({"note": "x" * 501}, Problem("extras.note", "must have at most 500 characters")),
        ({f"c{n}": "x" for n in range(51)}, Problem("extras", "at most 50 extra fields")),
        ({"": "x"}, Problem("(a name that is not plain)", "has no name")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_cell_that_cannot_be_read_is_refused_by_column(row: dict[str, str], problem: Problem) -> None:
    assert problems_with(row) == (problem,)


def test_other_names_of_columns_mean_columns() -> None:
    assert set(OTHER_NAMES.values()) <= set(COLUMNS)
    assert not set(OTHER_NAMES) & set(COLUMNS)
    taken = submission_from_row({"E-mail": "a@b.example", "Full Name": "Ada"}, received_at=NOON)
    assert (taken.contact.email, taken.contact.name, taken.extras) == ("a@b.example", "Ada", {})


def test_surplus_cells_are_refused_and_missing_ones_are_missing() -> None:
    rows = list(csv.DictReader(io.StringIO("name,email\nAda,a@b.example,surplus\nGrace\n")))
    assert problems_with(rows[0]) == (Problem("row", "has more cells than the table has columns"),)
    taken = submission_from_row(rows[1], received_at=NOON)
    assert (taken.contact.name, taken.contact.email) == ("Grace", None)


def test_refusal_of_a_row_does_not_repeat_its_cells() -> None:
    planted = "planted7f3a"
    row = dict.fromkeys([*COLUMNS, "other"], planted + "\x00")
    with pytest.raises(DocumentRefused) as refused:
        submission_from_row(row, received_at=NOON)
    assert planted not in str(refused.value)
