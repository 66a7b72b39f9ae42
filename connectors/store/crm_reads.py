"""Reads of the CRM: records as they stand, and who could be the same person."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Executable, RowMapping, bindparam, case, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.crm_schema import SYSTEM
from connectors.store.identities import match_key, name_key, name_prefix
from connectors.store.rows import existing, first
from connectors.store.tables import companies, contacts, works
from contracts.crm import CrmContact, CrmWork
from contracts.matching import AccountCandidate, ContactCandidate, FindMatchesInput, OpenWork, WorkKind

MAX_CANDIDATES = 20
_MAX_LOOKED_AT = 200
"""Rows looked at for each kind of nearness: a common name costs no more in a large CRM than in a small."""


def _near() -> tuple[ColumnElement[bool], ...]:
    """What makes a contact worth looking at, nearest first; each can be answered from an index.

    A value that the lead lacks is NULL, which nothing equals.
    """
    prefix = contacts.c.name_prefix == bindparam("name_prefix")
    colleague, called_alike = (
        contacts.c.company_id.in_(select(companies.c.id).where(one))
        for one in (
            companies.c.domain == bindparam("company_domain"),
            companies.c.name_key == bindparam("company_key"),
        )
    )
    return (
        contacts.c.match_key == bindparam("match_key"),
        contacts.c.phone == bindparam("phone"),
        colleague & prefix,
        called_alike & prefix,
        contacts.c.name_key == bindparam("name_key"),
        colleague,
        called_alike,
        prefix,
    )


def _candidates() -> Executable:
    near = _near()
    found = union_all(
        *(select(select(contacts.c.id).where(what).limit(_MAX_LOOKED_AT).subquery().c.id) for what in near)
    ).subquery()
    return (
        select(
            contacts.c.id,
            contacts.c.version,
            contacts.c.email,
            contacts.c.phone,
            contacts.c.name,
            companies.c.name.label("company"),
            contacts.c.owner_id,
        )
        .join_from(contacts, companies, contacts.c.company_id == companies.c.id, isouter=True)
        .where(contacts.c.id.in_(select(found.c.id)))
        .order_by(
            case(*((what, rank) for rank, what in enumerate(near))), contacts.c.created_at, contacts.c.id
        )
        .limit(MAX_CANDIDATES)
    )


_CANDIDATES = _candidates()
"""Built once: composing the query takes longer than answering it."""


async def candidates_for(
    connection: AsyncConnection, request: FindMatchesInput
) -> tuple[ContactCandidate, ...]:
    """Contacts that could be this person, the likeliest first, with their open work: two queries in all."""
    sought = {
        "match_key": match_key(request.email, request.email_key, None),
        "phone": request.phone,
        "name_key": name_key(request.name),
        "name_prefix": name_prefix(request.name),
        "company_domain": request.company_domain.lower() if request.company_domain else None,
        "company_key": name_key(request.company),
    }
    rows = (await connection.execute(_CANDIDATES, sought)).mappings().all()
    open_work = await _open_work(connection, [row["id"] for row in rows])
    return tuple(
        ContactCandidate(
            contact_id=row["id"],
            version=row["version"],
            email=row["email"],
            phone=row["phone"],
            name=row["name"],
            company=row["company"],
            owner_id=row["owner_id"],
            open_work=tuple(open_work[row["id"]]),
        )
        for row in rows
    )


async def _open_work(connection: AsyncConnection, contact_ids: list[str]) -> dict[str, list[OpenWork]]:
    found: dict[str, list[OpenWork]] = defaultdict(list)
    if contact_ids:
        query = (
            select(works)
            .where(works.c.contact_id.in_(contact_ids), works.c.is_open)
            .order_by(works.c.created_at, works.c.id)
        )
        for row in (await connection.execute(query)).mappings():
            found[row["contact_id"]].append(
                OpenWork(
                    kind=WorkKind(row["kind"]),
                    id=row["id"],
                    category=row["category"],
                    owner_id=row["owner_id"],
                )
            )
    return found


async def account_of(connection: AsyncConnection, domain: str) -> AccountCandidate | None:
    """The company with that domain."""
    row = await first(connection, select(companies).where(companies.c.domain == domain.lower()))
    if row is None:
        return None
    return AccountCandidate(company_id=row["id"], version=row["version"], owner_id=row["owner_id"])


async def contact_row(connection: AsyncConnection, contact_id: str, *, lock: bool = False) -> RowMapping:
    """A contact, locked until the transaction ends if so asked. Raises NOT_FOUND."""
    query = select(contacts).where(contacts.c.id == contact_id)
    return await existing(connection, query, system=SYSTEM, what="contact", lock=lock)


async def work_row(connection: AsyncConnection, work_id: str, *, lock: bool = False) -> RowMapping:
    """A deal, ticket or enrolment, locked until the transaction ends if so asked. Raises NOT_FOUND."""
    query = select(works).where(works.c.id == work_id)
    return await existing(connection, query, system=SYSTEM, what="work", lock=lock)


def read_as_contact(row: RowMapping) -> CrmContact:
    """A row as the contract has it."""
    return CrmContact.model_validate(_picked(row, CrmContact.model_fields))


def read_as_work(row: RowMapping) -> CrmWork:
    """A row as the contract has it."""
    return CrmWork.model_validate(_picked(row, CrmWork.model_fields))


def _picked(row: RowMapping, fields: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in fields}
