"""Contacts and companies that are there once, however many leads name them: found, made or filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal
from connectors.store.crm_schema import SYSTEM, refuse_too_long
from connectors.store.effects import new_id
from connectors.store.engine import insert_if_absent
from connectors.store.identities import match_key, name_key, name_prefix
from connectors.store.rows import first
from connectors.store.tables import companies, contacts
from contracts.crm import CreateLeadRecordsInput
from contracts.failures import FailureCode, ServiceFailure

_ATTEMPTS = 5
"""A record found to exist can be deleted before it is read; it does not happen five times in a row."""

_LINKS = ("owner_id", "company_id")
"""Fields of a contact that say to whom it belongs: nothing that a lead could contradict."""


@dataclass(frozen=True)
class Upserted:
    """A contact or company that stands in the CRM now."""

    row: Mapping[str, Any] | RowMapping
    """As it was found or made, before it was filled in."""
    created: bool
    version: int
    """After this write."""
    before: Journal = field(default_factory=dict)
    """What stood in the columns that were filled in."""
    conflicting: tuple[str, ...] = ()
    """Fields that the lead has other values for, on a contact that somebody changed meanwhile."""

    @property
    def id(self) -> str:
        return str(self.row["id"])

    def journal(self) -> Journal:
        """What an undo must know."""
        return {"id": self.id, "created": self.created, "before": self.before, "version": self.version}


async def upsert_contact(
    connection: AsyncConnection, request: CreateLeadRecordsInput, company_id: str | None, now: datetime
) -> Upserted:
    """Finds the lead's contact by id or by what makes it unique, and fills in what it lacks; or makes it."""
    lead = request.lead
    values = {
        "email": lead.email,
        "phone": lead.phone,
        "name": lead.name,
        "job_title": lead.job_title,
        "country": lead.country,
        "owner_id": request.owner_id,
        "company_id": company_id,
    }
    refuse_too_long("contact", values)
    # Undoing another lead can have deleted the contact since it was matched: this lead is not lost for that.
    contact = await _find(connection, contacts, "id", request.contact_id)
    if contact is None:
        new_row = {
            **values,
            **name_columns(lead.name),
            "id": new_id("contact"),
            "version": 1,
            "match_key": match_key(lead.email, lead.email_key, lead.phone),
            "created_at": now,
            "updated_at": now,
        }
        contact = await _insert_or_find(connection, contacts, new_row, "match_key")
    if contact.created:
        return contact
    if request.contact_id == contact.id and request.contact_version not in (None, contact.version):
        differing = (name for name, value in _known(values).items() if contact.row[name] != value)
        return replace(contact, conflicting=tuple(name for name in differing if name not in _LINKS))
    return await _fill_contact(connection, contact, values, lead.email_key, now)


async def _fill_contact(
    connection: AsyncConnection,
    contact: Upserted,
    values: Mapping[str, Any],
    email_key: str | None,
    now: datetime,
) -> Upserted:
    empty = _lacking(contact, values)
    if contact.row["email"] is None and ("email" in empty or "phone" in empty):
        phone = contact.row["phone"] or empty.get("phone")
        key = match_key(empty.get("email"), email_key, phone)
        if key != contact.row["match_key"] and await is_taken(connection, key):
            # Somebody else goes by this address or number; a write does not say whether the two are one.
            empty = {name: value for name, value in empty.items() if name not in ("email", "phone")}
        else:
            empty["match_key"] = key
    if "name" in empty:
        empty |= name_columns(empty["name"])
    return await _filled(connection, contacts, contact, empty, now)


async def upsert_company(
    connection: AsyncConnection, request: CreateLeadRecordsInput, now: datetime
) -> Upserted | None:
    """Finds the lead's company by id or domain, and fills in what it lacks; or makes it.

    Nothing makes a company without a domain unique, so none is made for a contact that has one already.
    """
    lead = request.lead
    domain = lead.company_domain.lower() if lead.company_domain else None
    values = {
        "domain": domain,
        "name": lead.company,
        "country": lead.country,
        "employees": lead.employees,
        "owner_id": request.owner_id,
    }
    refuse_too_long("company", values)
    company = await _find(connection, companies, "id", request.company_id)
    if company is None and (domain or (lead.company and not await _has_company(connection, request))):
        new_row = {
            **values,
            "name_key": name_key(lead.company),
            "id": new_id("company"),
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        company = await _insert_or_find(connection, companies, new_row, "domain")
    if company is None or company.created:
        return company
    # A domain is what makes a company unique: it is never added to one that was found otherwise.
    empty = _lacking(company, {name: value for name, value in values.items() if name != "domain"})
    if "name" in empty:
        empty["name_key"] = name_key(empty["name"])
    return await _filled(connection, companies, company, empty, now)


async def is_taken(connection: AsyncConnection, key: str | None) -> bool:
    """Whether a contact goes by that match key."""
    taken = select(contacts.c.id).where(contacts.c.match_key == key)
    return key is not None and await first(connection, taken) is not None


def name_columns(name: str | None) -> dict[str, Any]:
    """What is stored beside a contact's name to find it by."""
    return {"name_key": name_key(name), "name_prefix": name_prefix(name)}


async def _has_company(connection: AsyncConnection, request: CreateLeadRecordsInput) -> bool:
    lead = request.lead
    key = match_key(lead.email, lead.email_key, lead.phone)
    same = contacts.c.id == request.contact_id if request.contact_id else contacts.c.match_key == key
    row = await first(connection, select(contacts.c.company_id).where(same))
    return row is not None and row["company_id"] is not None


async def _find(connection: AsyncConnection, table: Table, unique: str, value: str | None) -> Upserted | None:
    if value is None:
        return None
    row = await first(connection, select(table).where(table.c[unique] == value).with_for_update())
    return Upserted(row=row, created=False, version=row["version"]) if row is not None else None


async def _insert_or_find(
    connection: AsyncConnection, table: Table, new_row: dict[str, Any], unique: str
) -> Upserted:
    if new_row[unique] is None:
        await connection.execute(insert(table), new_row)
        return Upserted(row=new_row, created=True, version=1)
    for _ in range(_ATTEMPTS):
        if await insert_if_absent(connection, table, new_row, unique):
            return Upserted(row=new_row, created=True, version=1)
        found = await _find(connection, table, unique, new_row[unique])
        if found is not None:
            return found
    raise ServiceFailure(FailureCode.UNAVAILABLE, SYSTEM, f"a record of {table.name} comes and goes")


async def _filled(
    connection: AsyncConnection, table: Table, record: Upserted, empty: Mapping[str, Any], now: datetime
) -> Upserted:
    if not empty:
        return record
    version = record.version + 1
    await connection.execute(
        update(table).where(table.c.id == record.id).values(**empty, version=version, updated_at=now)
    )
    return replace(record, version=version, before={name: record.row[name] for name in empty})


def _lacking(record: Upserted, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in _known(values).items() if record.row[name] is None}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
