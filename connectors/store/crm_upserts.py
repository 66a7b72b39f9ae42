"""Contacts and companies that are there once, however many leads name them: found, made or filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.crm_reads import first
from connectors.store.crm_schema import SYSTEM, refuse_too_long
from connectors.store.effects import Journal, new_id
from connectors.store.engine import insert_if_absent
from connectors.store.identities import match_key, name_key, name_prefix
from connectors.store.tables import companies, contacts
from contracts.crm import CreateLeadRecordsInput
from contracts.failures import FailureCode, ServiceFailure

_ATTEMPTS = 5
"""A record found to exist can be deleted before it is read; it does not happen five times in a row."""


@dataclass(frozen=True)
class Upserted:
    """A contact or company that stands in the CRM now."""

    row: RowMapping
    created: bool
    filled: tuple[str, ...] = ()
    version: int = 1
    """After this write."""
    conflicting: tuple[str, ...] = ()
    """Fields that the lead has other values for, on a contact that somebody changed meanwhile."""
    derived: Journal = field(default_factory=dict)
    """What stood in the columns that follow from the filled ones."""

    @property
    def id(self) -> str:
        return str(self.row["id"])

    def journal(self) -> Journal:
        """What an undo must know."""
        return {
            "id": self.id,
            "created": self.created,
            "before": {**dict.fromkeys(self.filled), **self.derived},
            "version": self.version,
        }


async def upsert_contact(
    connection: AsyncConnection, request: CreateLeadRecordsInput, now: datetime
) -> Upserted:
    """Finds the lead's contact by id or by what makes it unique, or makes it; its empty fields are filled later."""
    lead = request.lead
    key = match_key(lead.email, lead.email_key, lead.phone)
    values = _contact_values(request)
    refuse_too_long("contact", values)
    if request.contact_id:
        known = select(contacts).where(contacts.c.id == request.contact_id).with_for_update()
        row = await first(connection, known)
        # Undoing another lead can have deleted the contact since it was matched; this lead must not be lost for that.
        if row is not None:
            return Upserted(row=row, created=False, version=row["version"])
    new_row = {
        **values,
        **_name_columns(lead.name),
        "id": new_id("contact"),
        "version": 1,
        "match_key": key,
        "created_at": now,
        "updated_at": now,
    }
    same = select(contacts).where(contacts.c.match_key == key)
    return await _insert_or_find(connection, contacts, new_row, same, "match_key")


async def fill_contact(
    connection: AsyncConnection,
    contact: Upserted,
    request: CreateLeadRecordsInput,
    company_id: str | None,
    now: datetime,
) -> Upserted:
    """Gives a new contact its company, and an existing one what it lacks, provided that nobody changed it since."""
    values = {**_contact_values(request), "company_id": company_id}
    if contact.created:
        if company_id is not None:
            await _change(connection, contacts, contact.id, {"company_id": company_id})
        return contact
    if request.contact_id == contact.id and request.contact_version not in (None, contact.row["version"]):
        differing = (name for name, value in _known(values).items() if contact.row[name] != value)
        told = tuple(name for name in differing if name not in ("owner_id", "company_id"))
        return replace(contact, conflicting=told)
    empty = {name: value for name, value in _known(values).items() if contact.row[name] is None}
    derived = _name_columns(request.lead.name) if "name" in empty else {}
    if contact.row["email"] is None and ("email" in empty or "phone" in empty):
        key = match_key(
            empty.get("email"), request.lead.email_key, contact.row["phone"] or empty.get("phone")
        )
        if key != contact.row["match_key"] and await is_taken(connection, key):
            # Somebody else goes by this address or number; whether the two are one person is not for a write to say.
            empty = {name: value for name, value in empty.items() if name not in ("email", "phone")}
        else:
            derived["match_key"] = key
    return await _filled(connection, contacts, contact, empty, derived, now)


async def upsert_company(
    connection: AsyncConnection, request: CreateLeadRecordsInput, contact: Upserted, now: datetime
) -> Upserted | None:
    """Finds the lead's company by id, by its domain or as the contact's own, or makes it; fills what it lacks."""
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
    for company_id in (request.company_id, None if domain else contact.row["company_id"]):
        known = select(companies).where(companies.c.id == company_id).with_for_update()
        row = await first(connection, known) if company_id else None
        if row is not None:
            return await _fill_company(connection, Upserted(row=row, created=False), values, now)
    if domain is None and lead.company is None:
        return None
    new_row = {
        **values,
        "name_key": name_key(lead.company),
        "id": new_id("company"),
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    same = select(companies).where(companies.c.domain == domain)
    company = await _insert_or_find(connection, companies, new_row, same, "domain")
    return company if company.created else await _fill_company(connection, company, values, now)


async def _fill_company(
    connection: AsyncConnection, company: Upserted, values: Mapping[str, Any], now: datetime
) -> Upserted:
    # A domain is what makes a company unique: it is never added to one that was found otherwise.
    empty = {
        name: value
        for name, value in _known(values).items()
        if name != "domain" and company.row[name] is None
    }
    derived = {"name_key": name_key(empty["name"])} if "name" in empty else {}
    return await _filled(connection, companies, company, empty, derived, now)


async def _filled(
    connection: AsyncConnection,
    table: Table,
    record: Upserted,
    empty: dict[str, Any],
    derived: dict[str, Any],
    now: datetime,
) -> Upserted:
    version = record.row["version"]
    if empty:
        version += 1
        await _change(
            connection, table, record.id, {**empty, **derived, "version": version, "updated_at": now}
        )
    before = {name: record.row[name] for name in derived} if empty else {}
    return replace(record, filled=tuple(empty), derived=before, version=version)


async def _insert_or_find(
    connection: AsyncConnection, table: Table, new_row: dict[str, Any], same: Select[Any], unique: str
) -> Upserted:
    for _ in range(_ATTEMPTS):
        if new_row[unique] is not None:
            row = await first(connection, same.with_for_update())
            if row is not None:
                return Upserted(row=row, created=False, version=row["version"])
        if await insert_if_absent(connection, table, new_row, [unique]):
            row = await first(connection, select(table).where(table.c.id == new_row["id"]))
            if row is not None:
                return Upserted(row=row, created=True)
    raise ServiceFailure(FailureCode.UNAVAILABLE, SYSTEM, f"a record of {table.name} comes and goes")


async def _change(
    connection: AsyncConnection, table: Table, record_id: str, values: Mapping[str, Any]
) -> None:
    await connection.execute(update(table).where(table.c.id == record_id).values(**values))


async def is_taken(connection: AsyncConnection, key: str | None) -> bool:
    """Whether a contact goes by that match key."""
    taken = select(contacts.c.id).where(contacts.c.match_key == key)
    return key is not None and await first(connection, taken) is not None


def _contact_values(request: CreateLeadRecordsInput) -> dict[str, Any]:
    lead = request.lead
    return {
        "email": lead.email,
        "phone": lead.phone,
        "name": lead.name,
        "job_title": lead.job_title,
        "country": lead.country,
        "owner_id": request.owner_id,
    }


def _name_columns(name: str | None) -> dict[str, Any]:
    return {"name_key": name_key(name), "name_prefix": name_prefix(name)}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
