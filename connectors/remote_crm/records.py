"""Records as a CRM of others holds them, in our words, and what a connector to one must be able to do."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from contracts.crm import CrmSchema
from contracts.failures import FailureCode, ServiceFailure
from contracts.matching import WorkKind

Values = Mapping[str, str | None]
"""By our field's name; None empties a field."""

SYSTEM = "crm"
"""Names the CRM in failures, whoever's it is."""

UNDO_WINDOW = (
    "a lead of the same person or company that is linked between the undo's look and its deletion keeps its "
    "work, and loses the contact or company"
)
"""What the cards say of undoing a lead's records: a CRM of others has no transaction for both."""


class Kind(StrEnum):
    """Kinds of records; work's are those of `WorkKind`."""

    COMPANY = "company"
    CONTACT = "contact"
    ACCOUNT = "account"
    DEAL = "deal"
    TICKET = "ticket"
    ENROLMENT = "enrolment"
    TASK = "task"
    NOTE = "note"


Link = tuple[Kind, str]
"""A record that another one is linked with: its kind and number."""

WORK_KINDS: tuple[Kind, ...] = tuple(Kind(one) for one in WorkKind)
_VERSION_DIGITS = 12
"""Hex digits of a version: it stays exact where JSON numbers are doubles."""


@dataclass(frozen=True)
class Record:
    """One record as it stands."""

    kind: Kind
    number: str
    """The CRM's own id."""
    values: Values
    key: str | None = None
    links: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict[Kind, tuple[str, ...]])
    """Ids of what it is linked with, by kind; empty where the read did not ask."""

    @property
    def id(self) -> str:
        """Its id for us, which says its kind."""
        return f"{self.kind}_{self.number}"

    @property
    def version(self) -> int:
        """Says what our fields hold. CRMs change records all the time in ways that concern nobody here."""
        text = json.dumps([self.key, sorted(self.values.items())], ensure_ascii=False)
        return int(sha256(text.encode()).hexdigest()[:_VERSION_DIGITS], 16)

    def link(self, kind: Kind) -> str | None:
        """The number of the record of a kind that it is linked with, the first if there are several."""
        return next(iter(self.links.get(kind, ())), None)


class Taken(Exception):
    """Another record has a value that must be unique.

    Args:
        number: the other record's, if the CRM says it.
    """

    def __init__(self, number: str | None = None) -> None:
        super().__init__("a unique value is taken")
        self.number = number


class Records(Protocol):
    """The records of a CRM. All raise `ServiceFailure`; ids are the CRM's own."""

    async def get(self, kind: Kind, number: str, *, links: Collection[Kind] = ()) -> Record | None: ...

    async def get_many(self, kind: Kind, numbers: Sequence[str]) -> list[Record]:
        """Those that are there, in the order that was asked for."""
        ...

    async def by_key(self, kind: Kind, key: str) -> Record | None:
        """The record with that key, as it stands now: never from an index that lags."""
        ...

    async def by_email(self, email: str) -> Record | None:
        """The contact with that address, as it stands now."""
        ...

    async def create(self, kind: Kind, key: str, values: Values) -> Record:
        """Raises `Taken`."""
        ...

    async def upsert(self, kind: Kind, key: str, values: Values, *, on: Sequence[Link] = ()) -> Record:
        """Makes the record with that key, or gives it the values, and links it; safe to repeat."""
        ...

    async def change(self, kind: Kind, number: str, values: Values, *, key: str | None = None) -> None:
        """Raises NOT_FOUND; `Taken`."""
        ...

    async def delete(self, kind: Kind, number: str) -> None:
        """Safe where it is gone."""
        ...

    async def link(self, kind: Kind, number: str, others: Sequence[Link]) -> None:
        """Safe to repeat. Raises NOT_FOUND."""
        ...

    async def unlink(self, kind: Kind, number: str, to: Kind, other: str) -> None: ...

    async def linked(self, kind: Kind, numbers: Sequence[str], to: Kind) -> dict[str, list[str]]:
        """By number, the numbers of the records of another kind that it is linked with."""
        ...

    async def search(self, kind: Kind, alternatives: Sequence[Mapping[str, str]]) -> list[str]:
        """Numbers of records that hold all values of one of the alternatives; may lag behind writes."""
        ...

    async def describe(self) -> CrmSchema: ...


def number_of(record_id: str, *kinds: Kind) -> tuple[Kind, str]:
    """The kind and the number of what an id of ours means.

    Raises:
        ServiceFailure: NOT_FOUND where it is no id of one of these kinds.
    """
    kind, _, number = record_id.partition("_")
    if kind not in kinds or not number.isalnum():
        raise not_found(kinds[0])
    return Kind(kind), number


def not_found(kind: Kind) -> ServiceFailure:
    """The failure of what is not there."""
    return ServiceFailure(FailureCode.NOT_FOUND, SYSTEM, f"there is no such {kind}")


async def standing(records: Records, record_id: str, *kinds: Kind, links: Collection[Kind] = ()) -> Record:
    """The record of an id. Raises NOT_FOUND."""
    kind, number = number_of(record_id, *kinds)
    record = await records.get(kind, number, links=links)
    if record is None:
        raise not_found(kind)
    return record
