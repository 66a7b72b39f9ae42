"""The records of one lead in a CRM without transactions: made so that it can be repeated, and taken back."""

import asyncio
from datetime import UTC

from connectors.keyed import Attempt, Journal, Made
from connectors.remote_crm.people import Upserted, make_or_find, upsert_company, upsert_contact
from connectors.remote_crm.records import SYSTEM, WORK_KINDS, Kind, Link, Record, Records
from connectors.store.crm_schema import refuse_start, work_kind_for
from connectors.together import together
from contracts.crm import CreateLeadRecordsInput, LeadRecords, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.matching import WorkKind
from contracts.remote_effects import StandingEffect

_ON_CONTACTS = (*WORK_KINDS, Kind.TASK, Kind.NOTE, Kind.COMPANY)
_ON_WORK = (Kind.TASK, Kind.NOTE, Kind.COMPANY)


async def create_records(
    records: Records, request: CreateLeadRecordsInput, attempt: Attempt
) -> Made[LeadRecords]:
    """Makes contact, company and work, and a task where the contact changed since it was read."""
    kind = work_kind_for(request.path)
    refuse_start(kind, request.stage)
    contact = await upsert_contact(records, request, attempt)
    company = await upsert_company(records, request, contact, attempt)
    work, created = await _work(records, request, Kind(kind), contact.record)
    try:
        linked = await _linked(records, contact, company, work, attempt)
    except ServiceFailure as failure:
        if failure.code is not FailureCode.NOT_FOUND:
            raise
        # Another lead's undo took the contact or company away just now; the next attempt makes it anew.
        raise ServiceFailure(
            FailureCode.UNAVAILABLE, SYSTEM, "a record went away while it was linked"
        ) from None
    task = await _conflict_task(records, request, contact, work)
    company_number = company.record.number if company else contact.record.link(Kind.COMPANY)
    return Made(
        LeadRecords(
            contact_id=contact.record.id,
            contact_created=contact.created,
            company_id=f"{Kind.COMPANY}_{company_number}" if company_number else None,
            company_created=company.created if company else False,
            work_kind=kind,
            work_id=work.id,
            work_version=work.version,
            conflict_task_id=task.id if task else None,
            conflicting_fields=contact.conflicting,
        ),
        {
            "contact": contact.journal() | {"linked_company": linked},
            "company": company.journal() if company else None,
            "work": {"number": work.number, "kind": kind, "created": created},
            "conflict_task": task.number if task else None,
        },
    )


async def _work(
    records: Records, request: CreateLeadRecordsInput, kind: Kind, contact: Record
) -> tuple[Record, bool]:
    lead = request.lead
    values = {
        "title": request.title,
        "stage": request.stage,
        "category": request.category,
        "priority": str(request.priority),
        "value": str(lead.estimated_value) if lead.estimated_value is not None else None,
        "currency": lead.currency,
        "owner_id": request.owner_id,
        "made_by": request.key,
    }
    if kind is not Kind.ENROLMENT:
        return await records.upsert(kind, request.key, values), True
    programme = request.programme or ""
    values["programme"] = programme or None
    key = f"enrolment:{contact.number}:{programme}"
    made = await make_or_find(records, kind, key, values, request.key)
    return made.record, made.created


async def _linked(
    records: Records, contact: Upserted, company: Upserted | None, work: Record, attempt: Attempt
) -> str | None:
    """Links the three; returns the number of the company that the contact got, where it had none."""
    others = [(Kind.CONTACT, contact.record.number)]
    if company is not None:
        others.append((Kind.COMPANY, company.record.number))
    calls = [records.link(work.kind, work.number, others)]
    number, standing = company.record.number if company else None, contact.record.link(Kind.COMPANY)
    gets = number if standing is None and not contact.conflicting else None
    # A link that stands may be what an earlier attempt made and never heard of.
    noted, on = attempt.noted("linked"), contact.record.number
    given = standing if noted == {"contact": on, "company": standing} else gets
    if gets is not None:
        await attempt.note(linked={"contact": on, "company": gets})
        calls.append(records.link(Kind.CONTACT, contact.record.number, [(Kind.COMPANY, gets)]))
    await together(calls)
    return given


async def _conflict_task(
    records: Records, request: CreateLeadRecordsInput, contact: Upserted, work: Record
) -> Record | None:
    if not contact.conflicting:
        return None
    values = {
        "subject": f"Decide which values stand: {', '.join(contact.conflicting)}",
        "kind": "conflict",
        "status": "open",
        "due_at": request.lead.received_at.astimezone(UTC).isoformat(),
        "owner_id": contact.record.values.get("owner_id") or request.owner_id,
    }
    others = [(Kind.CONTACT, contact.record.number), (work.kind, work.number)]
    return await records.upsert(Kind.TASK, f"{request.key}#conflict", values, on=others)


async def delete_records(records: Records, key: str, effect: StandingEffect) -> UndoResult:
    """Takes back what one key made and filled in; names the kinds of record that others rely on by now."""
    journal = effect.journal
    if effect.result is None:
        journal = await _what_was_made(records, key, noted=journal)
    contact, company, work = journal["contact"], journal["company"], journal["work"]
    if not (contact or company or work):
        return UndoResult(undone=False)
    if journal["conflict_task"]:
        await records.delete(Kind.TASK, journal["conflict_task"])
    kept = list[str]()
    gone = set[Link]()
    if work and work["created"]:
        kind = Kind(work["kind"])
        if await _relied_on(records, kind, work["number"], _ON_WORK, gone):
            kept.append(str(kind))
        else:
            await records.delete(kind, work["number"])
            gone.add((kind, work["number"]))
    if contact and not await _taken_back(records, Kind.CONTACT, contact, _ON_CONTACTS, gone):
        kept.append(str(Kind.CONTACT))
    if contact and contact["created"] and str(Kind.CONTACT) not in kept:
        gone.add((Kind.CONTACT, contact["number"]))
    on_company = (*WORK_KINDS, Kind.CONTACT, Kind.ACCOUNT)
    if company and not await _taken_back(records, Kind.COMPANY, company, on_company, gone):
        kept.append(str(Kind.COMPANY))
    return UndoResult(undone=True, kept=tuple(kept))


async def _what_was_made(records: Records, key: str, noted: Journal) -> Journal:
    """What a call that nobody heard of again may have made or filled in, by its marks and its notes."""
    mark = [{"made_by": key}]
    works, contacts, companies, task = await asyncio.gather(
        asyncio.gather(*(records.by_key(Kind(kind), key) for kind in (WorkKind.DEAL, WorkKind.TICKET))),
        records.search(Kind.CONTACT, mark),
        records.search(Kind.COMPANY, mark),
        records.by_key(Kind.TASK, f"{key}#conflict"),
    )
    work = next((one for one in works if one is not None), None)
    if work is None:
        enrolments = await records.get_many(Kind.ENROLMENT, await records.search(Kind.ENROLMENT, mark))
        work = enrolments[0] if enrolments else None
    made: Journal = {"created": True, "filled": {}, "old_key": None, "new_key": None, "left": None}
    contact = {**made, "number": contacts[0]} if contacts else noted.get("contact")
    if linked := noted.get("linked"):
        contact = contact or {**made, "created": False, "number": linked["contact"]}
        contact = {**contact, "linked_company": linked["company"]}
    return {
        "contact": contact,
        "company": {**made, "number": companies[0]} if companies else noted.get("company"),
        "work": {"number": work.number, "kind": str(work.kind), "created": True} if work else None,
        "conflict_task": task.number if task else None,
    }


async def _relied_on(
    records: Records, kind: Kind, number: str, by: tuple[Kind, ...], gone: set[Link]
) -> bool:
    record = await records.get(kind, number, links=[one for one in by if one is not Kind.ACCOUNT])
    if record is None:
        return False
    for other in by:
        others = [one for one in record.links.get(other, ()) if (other, one) not in gone]
        if other is Kind.ACCOUNT:
            account = await records.get(Kind.ACCOUNT, number)
            if account is not None and account.key is not None:
                return True
        elif other is Kind.COMPANY:
            # Companies are what records are on, unless they are a customer's account that names the record.
            accounts = await records.get_many(Kind.ACCOUNT, others)
            if any(
                record.id in (one.values.get("contact_id"), one.values.get("work_id")) for one in accounts
            ):
                return True
        elif others:
            return True
    return False


async def _taken_back(
    records: Records, kind: Kind, made: Journal, by: tuple[Kind, ...], gone: set[Link]
) -> bool:
    """Deletes what was made, or empties what was filled in; returns false if it had to be left alone."""
    number = made["number"]
    if made["created"]:
        if await _relied_on(records, kind, number, by, gone):
            return False
        await records.delete(kind, number)
        return True
    if linked := made.get("linked_company"):
        await records.unlink(Kind.CONTACT, number, Kind.COMPANY, linked)
    if not made["filled"] and made["new_key"] is None:
        return True
    record = await records.get(kind, number)
    if record is None or _is_empty(record, made):
        return True
    if record.version != made["left"]:
        return False
    return await _emptied(records, record, made)


def _is_empty(record: Record, made: Journal) -> bool:
    """Whether nothing stands of what was filled in: it never came to that, or an earlier undo did this."""
    rekeyed = made["new_key"] is not None and record.key == made["new_key"]
    return not rekeyed and all(record.values.get(name) is None for name in made["filled"])


async def _emptied(records: Records, record: Record, made: Journal) -> bool:
    old_key = made["old_key"]
    if old_key is not None and await records.by_key(record.kind, old_key) is not None:
        old_key = f"freed:{record.number}"
    await records.change(record.kind, record.number, dict.fromkeys(made["filled"]), key=old_key)
    return True
