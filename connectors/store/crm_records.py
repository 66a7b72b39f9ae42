"""The records of one lead, written as one unit and taken back as one."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.crm_reads import first
from connectors.store.crm_schema import is_open, refuse_start, refuse_too_long, work_kind_for
from connectors.store.crm_upserts import (
    Upserted,
    fill_contact,
    is_taken,
    upsert_company,
    upsert_contact,
)
from connectors.store.effects import Journal, Made, new_id
from connectors.store.engine import insert_if_absent
from connectors.store.tables import OPEN_ENROLMENT, companies, contacts, notes, tasks, works
from contracts.crm import CreateLeadRecordsInput, LeadRecords
from contracts.matching import WorkKind

_WORK_OF_CONTACT = (works.c.contact_id, tasks.c.contact_id, notes.c.contact_id)
_PEOPLE_OF_COMPANY = (contacts.c.company_id, works.c.company_id)
_WORDS_ON_WORK = (tasks.c.work_id, notes.c.work_id)


async def create_records(
    connection: AsyncConnection, request: CreateLeadRecordsInput, now: datetime
) -> Made[LeadRecords]:
    """Writes contact, company and work, and a task where the contact changed since it was read."""
    kind = work_kind_for(request.path)
    refuse_start(kind, request.stage)
    found = await upsert_contact(connection, request, now)
    company = await upsert_company(connection, request, found, now)
    contact = await fill_contact(connection, found, request, company.id if company else None, now)
    work_id, work_version, work_created = await _work(connection, request, kind, contact, company, now)
    conflict_task_id = await _conflict_task(connection, request, contact, work_id, now)
    return Made(
        result=LeadRecords(
            contact_id=contact.id,
            contact_created=contact.created,
            company_id=company.id if company else None,
            company_created=company.created if company else False,
            work_kind=kind,
            work_id=work_id,
            work_version=work_version,
            conflict_task_id=conflict_task_id,
            conflicting_fields=contact.conflicting,
        ),
        journal={
            "contact": contact.journal(),
            "company": company.journal() if company else None,
            "work": {"id": work_id, "kind": kind, "created": work_created},
            "conflict_task_id": conflict_task_id,
        },
    )


async def _work(
    connection: AsyncConnection,
    request: CreateLeadRecordsInput,
    kind: WorkKind,
    contact: Upserted,
    company: Upserted | None,
    now: datetime,
) -> tuple[str, int, bool]:
    """Makes the work; an enrolment that the contact is in already is kept. Returns id, version, whether it is new."""
    programme = (request.programme or "") if kind is WorkKind.ENROLMENT else ""
    row: dict[str, Any] = {
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
        "programme": programme,
        "owner_id": request.owner_id,
        "contact_id": contact.id,
        "company_id": company.id if company else None,
        "created_at": now,
        "updated_at": now,
    }
    refuse_too_long(kind, row)
    if kind is not WorkKind.ENROLMENT:
        await connection.execute(insert(works).values(**row))
        return row["id"], 1, True
    if await insert_if_absent(connection, works, row, ["contact_id", "programme"], OPEN_ENROLMENT):
        return row["id"], 1, True
    # The contact is locked by this transaction, so the enrolment cannot go away in between.
    there = select(works).where(
        works.c.contact_id == contact.id, works.c.programme == programme, OPEN_ENROLMENT
    )
    standing = (await connection.execute(there)).mappings().one()
    return standing["id"], standing["version"], False


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
    await connection.execute(
        insert(tasks).values(
            id=task_id,
            key=f"{request.key}#conflict",
            kind="conflict",
            subject=f"Decide which values stand: {', '.join(contact.conflicting)}",
            owner_id=contact.row["owner_id"] or request.owner_id,
            is_open=True,
            contact_id=contact.id,
            work_id=work_id,
            created_at=now,
        )
    )
    return task_id


async def delete_records(connection: AsyncConnection, journal: Journal, now: datetime) -> tuple[str, ...]:
    """Takes back what one key made and filled; returns the kinds of record that others rely on by now."""
    contact, company, work = journal["contact"], journal["company"], journal["work"]
    # Whoever uses the contact locks it first, so nobody can begin to rely on it between the look and the deletion.
    await connection.execute(select(contacts.c.id).where(contacts.c.id == contact["id"]).with_for_update())
    kept: list[str] = []
    if journal["conflict_task_id"]:
        await connection.execute(delete(tasks).where(tasks.c.id == journal["conflict_task_id"]))
    if work["created"] and not await _deleted(connection, works.c.id, work["id"], _WORDS_ON_WORK):
        kept.append(work["kind"])
    for kind, record, table, users in (
        ("contact", contact, contacts, _WORK_OF_CONTACT),
        ("company", company, companies, _PEOPLE_OF_COMPANY),
    ):
        if record and record["created"]:
            gone = await _deleted(connection, table.c.id, record["id"], users)
        else:
            gone = not record or await _emptied(connection, table, record, now)
        if not gone:
            kept.append(kind)
    return tuple(kept)


async def _deleted(
    connection: AsyncConnection, identity: Column[str], record_id: str, users: tuple[Column[Any], ...]
) -> bool:
    """Deletes a record that nothing refers to; returns whether it is gone."""
    for user in users:
        if await first(connection, select(user).where(user == record_id).limit(1)) is not None:
            return False
    await connection.execute(delete(identity.table).where(identity == record_id))
    return True


async def _emptied(connection: AsyncConnection, table: Table, record: Journal, now: datetime) -> bool:
    """Empties the fields that were filled; returns false if the record changed since, and keeps them then."""
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
