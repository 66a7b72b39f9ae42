"""The records of one lead, written as one unit and taken back as one.

Whoever locks several records locks them in one order, so that no two transactions wait for each other:
company, contact, work.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal, Made
from connectors.store.crm_schema import is_open, refuse_start, refuse_too_long, work_kind_for
from connectors.store.crm_upserts import Upserted, is_taken, upsert_company, upsert_contact
from connectors.store.effects import new_id
from connectors.store.engine import insert_if_absent
from connectors.store.onboarding_tables import accounts
from connectors.store.rows import first
from connectors.store.tables import OPEN_ENROLMENT, companies, contacts, notes, tasks, works
from contracts.crm import CreateLeadRecordsInput, LeadRecords
from contracts.matching import WorkKind

_USERS_OF_WORK = (tasks.c.work_id, notes.c.work_id, accounts.c.work_id)
_USERS_OF_CONTACT = (works.c.contact_id, tasks.c.contact_id, notes.c.contact_id, accounts.c.contact_id)
_USERS_OF_COMPANY = (contacts.c.company_id, works.c.company_id)


class _Work(NamedTuple):
    id: str
    version: int
    created: bool


async def create_records(
    connection: AsyncConnection, request: CreateLeadRecordsInput, now: datetime
) -> Made[LeadRecords]:
    """Writes company, contact and work, and a task where the contact changed since it was read."""
    kind = work_kind_for(request.path)
    refuse_start(kind, request.stage)
    company = await upsert_company(connection, request, now)
    contact = await upsert_contact(connection, request, company.id if company else None, now)
    company_id = company.id if company else contact.row["company_id"]
    work = await _upsert_work(connection, _work_row(request, kind, contact.id, company_id, now))
    conflict_task_id = await _conflict_task(connection, request, contact, work.id, now)
    return Made(
        result=LeadRecords(
            contact_id=contact.id,
            contact_created=contact.created,
            company_id=company_id,
            company_created=company.created if company else False,
            work_kind=kind,
            work_id=work.id,
            work_version=work.version,
            conflict_task_id=conflict_task_id,
            conflicting_fields=contact.conflicting,
        ),
        journal={
            "contact": contact.journal(),
            "company": company.journal() if company else None,
            "work": {"id": work.id, "kind": kind, "created": work.created},
            "conflict_task_id": conflict_task_id,
        },
    )


def _work_row(
    request: CreateLeadRecordsInput, kind: WorkKind, contact_id: str, company_id: str | None, now: datetime
) -> dict[str, Any]:
    row = {
        "id": new_id(kind),
        "key": request.key,
        "version": 1,
        "kind": kind,
        "stage": request.stage,
        "is_open": is_open(kind, request.stage),
        "category": request.category,
        "title": request.title,
        "priority": request.priority,
        "value": request.lead.estimated_value,
        "currency": request.lead.currency,
        "programme": (request.programme or "") if kind is WorkKind.ENROLMENT else "",
        "owner_id": request.owner_id,
        "contact_id": contact_id,
        "company_id": company_id,
        "created_at": now,
        "updated_at": now,
    }
    refuse_too_long(kind, row)
    return row


async def _upsert_work(connection: AsyncConnection, row: dict[str, Any]) -> _Work:
    """Makes the work; an enrolment that the contact is in already is kept instead."""
    new = _Work(row["id"], 1, created=True)
    if row["kind"] is not WorkKind.ENROLMENT:
        await connection.execute(insert(works), row)
        return new
    if await insert_if_absent(connection, works, row, "contact_id", "programme", where=OPEN_ENROLMENT):
        return new
    # The contact is locked by this transaction, so the enrolment cannot go away in between.
    there = select(works).where(
        works.c.contact_id == row["contact_id"], works.c.programme == row["programme"], OPEN_ENROLMENT
    )
    standing = (await connection.execute(there)).mappings().one()
    return _Work(standing["id"], standing["version"], created=False)


async def _conflict_task(
    connection: AsyncConnection,
    request: CreateLeadRecordsInput,
    contact: Upserted,
    work_id: str,
    now: datetime,
) -> str | None:
    if not contact.conflicting:
        return None
    task_id = new_id("task")
    row = {
        "id": task_id,
        "key": f"{request.key}#conflict",
        "kind": "conflict",
        "subject": f"Decide which values stand: {', '.join(contact.conflicting)}",
        "owner_id": contact.row["owner_id"] or request.owner_id,
        "is_open": True,
        "contact_id": contact.id,
        "work_id": work_id,
        "created_at": now,
    }
    await connection.execute(insert(tasks), row)
    return task_id


async def delete_records(connection: AsyncConnection, journal: Journal, now: datetime) -> tuple[str, ...]:
    """Takes back what one key made and filled in; returns the kinds of record that others rely on by now."""
    contact, company, work = journal["contact"], journal["company"], journal["work"]
    # Whoever comes to rely on a record locks it first, so nobody does between the look and the deletion.
    for table, record in ((companies, company), (contacts, contact), (works, work)):
        if record:
            await connection.execute(select(table.c.id).where(table.c.id == record["id"]).with_for_update())
    if journal["conflict_task_id"]:
        await connection.execute(delete(tasks).where(tasks.c.id == journal["conflict_task_id"]))
    gone = {
        work["kind"]: not work["created"] or await _deleted(connection, works, work["id"], _USERS_OF_WORK),
        "contact": await _taken_back(connection, contacts, contact, _USERS_OF_CONTACT, now),
        "company": not company or await _taken_back(connection, companies, company, _USERS_OF_COMPANY, now),
    }
    return tuple(kind for kind, is_gone in gone.items() if not is_gone)


async def _taken_back(
    connection: AsyncConnection, table: Table, record: Journal, users: tuple[Column[Any], ...], now: datetime
) -> bool:
    """Deletes what was made, or empties what was filled in; returns false if it had to be left alone."""
    if record["created"]:
        return await _deleted(connection, table, record["id"], users)
    return await _emptied(connection, table, record, now)


async def _deleted(
    connection: AsyncConnection, table: Table, record_id: str, users: tuple[Column[Any], ...]
) -> bool:
    for user in users:
        if await first(connection, select(user).where(user == record_id).limit(1)) is not None:
            return False
    await connection.execute(delete(table).where(table.c.id == record_id))
    return True


async def _emptied(connection: AsyncConnection, table: Table, record: Journal, now: datetime) -> bool:
    before = record["before"]
    if not before:
        return True
    if await is_taken(connection, before.get("match_key")):
        before = {**before, "match_key": None}
    changed = await connection.execute(
        update(table)
        .where(table.c.id == record["id"], table.c.version == record["version"])
        .values(**before, version=record["version"] + 1, updated_at=now)
    )
    return changed.rowcount == 1
