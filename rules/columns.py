"""Submissions in tables: which column is which field, and how a cell is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from rules.documents import DocumentRefused, Problem, readable_name
from rules.texts import spelling_key


class _Unreadable(Exception):
    """A cell does not hold what its column is for; the text is the reason."""


def _text(cell: str) -> object:
    return cell


def _whole_number(cell: str) -> object:
    if not re.fullmatch(r"-?[0-9]{1,18}", cell):
        raise _Unreadable("must be a whole number, digits only")
    return int(cell)


def _number(cell: str) -> object:
    if not re.fullmatch(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", cell):
        raise _Unreadable("must be a number with a decimal point")
    return float(cell)


_ANSWERS = {
    "true": True,
    "yes": True,
    "y": True,
    "1": True,
    "false": False,
    "no": False,
    "n": False,
    "0": False,
}


def _answer(cell: str) -> object:
    if cell.casefold() not in _ANSWERS:
        raise _Unreadable("must be yes or no")
    return _ANSWERS[cell.casefold()]


@dataclass(frozen=True)
class Column:
    """Where a column's cells go."""

    field: str
    """Dotted name in the submission."""
    read: Callable[[str], object] = _text


COLUMNS: dict[str, Column] = {
    "received_at": Column("received_at"),
    "occurred_at": Column("occurred_at"),
    "event_id": Column("event_id"),
    "entry_kind": Column("entry_kind"),
    "source": Column("source"),
    "channel": Column("channel"),
    "campaign": Column("campaign"),
    "form": Column("form"),
    "service_interest": Column("service_interest"),
    "declared_intent": Column("declared_intent"),
    "name": Column("contact.name"),
    "email": Column("contact.email"),
    "phone": Column("contact.phone"),
    "company": Column("contact.company"),
    "job_title": Column("contact.job_title"),
    "country": Column("contact.country"),
    "website": Column("contact.website"),
    "employees": Column("employees", _whole_number),
    "estimated_value": Column("estimated_value", _whole_number),
    "currency": Column("currency"),
    "message": Column("message"),
    "transcript": Column("transcript"),
    "utm_source": Column("utm.source"),
    "utm_medium": Column("utm.medium"),
    "utm_campaign": Column("utm.campaign"),
    "utm_term": Column("utm.term"),
    "utm_content": Column("utm.content"),
    "marketing_consent": Column("consent.marketing", _answer),
    "processing_consent": Column("consent.processing", _answer),
    "consent_captured_at": Column("consent.captured_at"),
    "honeypot": Column("bot_signals.honeypot"),
    "seconds_to_submit": Column("bot_signals.seconds_to_submit", _number),
    "sender": Column("bot_signals.sender"),
}
"""Column name → field. `utm_source`, `UTM Source` and `utm-source` are one column.

Instants are ISO 8601 with an offset; `employees` and `estimated_value` are whole; consents are yes or no.
"""

OTHER_NAMES = {
    "company_name": "company",
    "e_mail": "email",
    "e_mail_address": "email",
    "email_address": "email",
    "full_name": "name",
    "organisation": "company",
    "organization": "company",
    "phone_number": "phone",
    "telephone": "phone",
}
"""What exports of other systems call these columns."""


def column_key(header: str) -> str:
    """The name in `COLUMNS` that a header stands for, or would stand for if there were such a column."""
    key = spelling_key(header).replace("-", "_")
    return OTHER_NAMES.get(key, key)


def document_from_row(row: Mapping[str, str]) -> dict[str, object]:
    """The row in the shape of a JSON submission, empty cells left out and unknown columns among the extras.

    Raises:
        DocumentRefused: cells that cannot be read, by column.
    """
    document: dict[str, object] = {}
    problems: list[Problem] = []
    # `csv.DictReader` files surplus cells under the key None, as a list, and fills missing ones with None.
    for header, cell in cast("Mapping[object, object]", row).items():
        if not isinstance(header, str) or not isinstance(cell, str | None):
            problems.append(Problem("row", "has more cells than the table has columns"))
        elif cell and cell.strip():
            column = COLUMNS.get(column_key(header), Column(f"extras.{header.strip()}"))
            try:
                _put(document, column.field, column.read(cell.strip()))
            except _Unreadable as unreadable:
                problems.append(Problem(readable_name(header.strip()), str(unreadable)))
    if problems:
        raise DocumentRefused(tuple(problems))
    return document


def _put(document: dict[str, object], field: str, value: object) -> None:
    """Puts a value at a dotted name of two parts at most: the name of an extra may hold full stops itself."""
    group, nested, name = field.partition(".")
    if nested and not name:
        raise _Unreadable("has no name")
    inner = cast("dict[str, object]", document.setdefault(group, {})) if nested else document
    key = name if nested else group
    if key in inner:
        raise _Unreadable("has two columns")
    inner[key] = value
