"""Our fields in Tryton's records: in its own where it has one, the rest as lines that people can read.

Parties hold a line as a contact mechanism of the type `other`, the others at the end of their text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.remote_crm.records import Kind

Cell = tuple[str, str]
"""A name and a value. A name may come several times: records are linked with several others."""

PREFIX = "throughline."
MARK = "--- throughline ---"
LINK = "link"
KEY = "key"

PARTY, OPPORTUNITY, WORK, NOTE = "party.party", "sale.opportunity", "project.work", "ir.note"

MECHANISMS = {"email": "email", "phone": "phone", "domain": "website"}
"""Fields that are a contact mechanism of a type of their own."""


@dataclass(frozen=True)
class Place:
    """Where records of a kind live."""

    model: str
    text: str | None = None
    """The field whose end holds our lines; None where contact mechanisms hold them."""
    native: Mapping[str, str] | None = None
    """Our field to the model's own."""

    @property
    def own(self) -> Mapping[str, str]:
        """Our fields that the model has itself."""
        return self.native or {}


_ON_WORK = (
    "title",
    "stage",
    "stage_reason",
    "category",
    "priority",
    "value",
    "currency",
    "owner_id",
    "made_by",
)
FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.COMPANY: ("name", "domain", "country", "employees", "owner_id", "made_by"),
    Kind.CONTACT: ("email", "phone", "name", "job_title", "country", "owner_id", "made_by"),
    Kind.ACCOUNT: (
        *("stage", "stage_reason", "owner_id", "contact_id", "work_id"),
        *("opened_by", "moved_by", "moved_from"),
    ),
    Kind.DEAL: _ON_WORK,
    Kind.TICKET: _ON_WORK,
    Kind.ENROLMENT: (*_ON_WORK, "programme"),
    Kind.TASK: ("subject", "owner_id", "due_at", "kind", "status"),
    Kind.NOTE: ("body", "at"),
}
"""Our fields, by kind; each is held somewhere."""

_WORK = Place(WORK, "comment", {"title": "name"})
PLACES: dict[Kind, Place] = {
    Kind.COMPANY: Place(PARTY, native={"name": "name"}),
    Kind.CONTACT: Place(PARTY, native={"name": "name"}),
    Kind.ACCOUNT: Place(PARTY),
    Kind.DEAL: Place(
        OPPORTUNITY,
        "comment",
        {"title": "description", "value": "amount", "currency": "currency", "owner_id": "employee"},
    ),
    Kind.TICKET: _WORK,
    Kind.ENROLMENT: _WORK,
    Kind.TASK: Place(WORK, "comment", {"subject": "name"}),
    Kind.NOTE: Place(NOTE, "message", {"body": "message"}),
}

MODELS = tuple(sorted({place.model for place in PLACES.values()}))
"""Tryton's models that hold our records."""


def cell_name(kind: Kind, name: str) -> str:
    """An account is on the company's record, and has a stage and an owner of its own."""
    return f"account_{name}" if kind is Kind.ACCOUNT else name


def told_apart(kind: Kind) -> str:
    """What a record says of its kind: a customer's account is the company's own record."""
    return str(Kind.COMPANY if kind is Kind.ACCOUNT else kind)


def link_to(kind: Kind, number: str) -> str:
    """The value of a link."""
    return f"{told_apart(kind)}_{number}"


def split(text: str | None) -> tuple[str, list[Cell]]:
    """What people wrote, and our lines after it."""
    written, mark, lines = (text or "").rpartition(f"{MARK}\n")
    if not mark:
        return text or "", []
    cells = list[Cell]()
    for one in lines.split("\n"):
        name, colon, value = one.partition(": ")
        try:
            decoded = json.loads(value) if colon else None
        except ValueError:
            decoded = None  # somebody wrote below our mark: theirs, and kept out of our fields
        if isinstance(decoded, str):
            cells.append((name, decoded))
    return written.removesuffix("\n"), cells


def joined(written: str, cells: Iterable[Cell]) -> str:
    """The reverse of `split`."""
    lines = "".join(line(name, value) for name, value in cells)
    return f"{written}\n{MARK}\n{lines}"


def line(name: str, value: str) -> str:
    """One line as it stands in a text; what a search looks for."""
    return f"{name}: {json.dumps(value, ensure_ascii=False)}\n"


def cells_of(mechanisms: Sequence[Mapping[str, Any]]) -> list[tuple[int, str, str]]:
    """Ids, names and values of a party's contact mechanisms that are fields of ours."""
    types = {held: name for name, held in MECHANISMS.items()}
    found = list[tuple[int, str, str]]()
    for one in sorted(mechanisms, key=lambda one: int(one["id"])):
        if one["type"] == "other" and str(one["name"] or "").startswith(PREFIX):
            found.append((one["id"], str(one["name"]).removeprefix(PREFIX), str(one["value"])))
        elif one["type"] in types:
            found.append((one["id"], types[one["type"]], str(one["value"])))
    return found


def mechanism(name: str, value: str) -> dict[str, str]:
    """A field of a party as a contact mechanism."""
    if name in MECHANISMS:
        return {"type": MECHANISMS[name], "value": value}
    return {"type": "other", "name": PREFIX + name, "value": value}
