"""Who in a CRM of others could be the same person, the likeliest first, with their open work."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from connectors.remote_crm.records import WORK_KINDS, Kind, Record, Records
from connectors.store.crm_schema import is_open
from connectors.store.identities import match_key, name_key, name_prefix
from contracts.matching import ContactCandidate, FindMatchesInput, OpenWork, WorkKind

MAX_CANDIDATES = 20
_MAX_LOOKED_AT = 200
"""Contacts looked at: a common name costs no more in a large CRM than in a small one."""


async def candidates_for(records: Records, request: FindMatchesInput) -> tuple[ContactCandidate, ...]:
    """Contacts that could be this person.

    Who has the address or the key is read as it stands; the others come from the CRM's search, which lags.
    """
    key = match_key(request.email, request.email_key, None)
    certain, searched, at_company = await asyncio.gather(
        _who_goes_by(records, request, key), _searched(records, request), _colleagues(records, request)
    )
    numbers = list(dict.fromkeys([one.number for one in certain] + searched + list(at_company)))
    contacts = await records.get_many(Kind.CONTACT, numbers[:_MAX_LOOKED_AT])
    ranked = sorted(
        (
            (rank, contact)
            for contact in contacts
            if (rank := _rank(request, key, contact, at_company)) < _FAR
        ),
        key=lambda one: (one[0], one[1].number.zfill(20)),
    )
    chosen = [contact for _, contact in ranked[:MAX_CANDIDATES]]
    work, companies = await asyncio.gather(_open_work(records, chosen), _company_names(records, chosen))
    return tuple(
        ContactCandidate(
            contact_id=contact.id,
            version=contact.version,
            email=contact.values.get("email"),
            phone=contact.values.get("phone"),
            name=contact.values.get("name"),
            company=companies.get(contact.number),
            owner_id=contact.values.get("owner_id"),
            open_work=tuple(work[contact.number]),
        )
        for contact in chosen
    )


_FAR = 7
"""The rank of whoever shares nothing with the lead."""


def _rank(request: FindMatchesInput, key: str | None, contact: Record, at_company: Mapping[str, bool]) -> int:
    """How near a contact is, 0 the nearest; as the embedded CRM orders them."""
    name, prefix = contact.values.get("name"), name_prefix(request.name)
    email = contact.values.get("email")
    alike = prefix is not None and name_prefix(name) == prefix
    near = (
        (key is not None and key in (contact.key, match_key(email, None, None)))
        or (request.email is not None and email == request.email.lower()),
        request.phone is not None and contact.values.get("phone") == request.phone,
        contact.number in at_company and alike,
        request.name is not None
        and name_key(request.name) is not None
        and name_key(name) == name_key(request.name),
        at_company.get(contact.number, False),
        contact.number in at_company,
        alike,
    )
    return next((rank for rank, is_near in enumerate(near) if is_near), _FAR)


async def _who_goes_by(records: Records, request: FindMatchesInput, key: str | None) -> list[Record]:
    async def nobody() -> None:
        return None

    found = await asyncio.gather(
        records.by_key(Kind.CONTACT, key) if key else nobody(),
        records.by_email(request.email.lower()) if request.email else nobody(),
        records.by_key(Kind.CONTACT, f"phone:{request.phone}") if request.phone else nobody(),
    )
    return [one for one in found if one is not None]


async def _searched(records: Records, request: FindMatchesInput) -> list[str]:
    alternatives = [{"phone": request.phone}] if request.phone else list[dict[str, str]]()
    if request.name and name_key(request.name):
        alternatives.append({"name": request.name})
    return await records.search(Kind.CONTACT, alternatives) if alternatives else []


async def _colleagues(records: Records, request: FindMatchesInput) -> dict[str, bool]:
    """Contacts of companies with the domain (true) or the name (false), by number."""
    alternatives = list[dict[str, str]]()
    if request.company_domain:
        alternatives.append({"domain": request.company_domain.lower()})
    if request.company and name_key(request.company):
        alternatives.append({"name": request.company})
    if not alternatives:
        return {}
    numbers = (await records.search(Kind.COMPANY, alternatives))[:_MAX_LOOKED_AT]
    companies, linked = await asyncio.gather(
        records.get_many(Kind.COMPANY, numbers), records.linked(Kind.COMPANY, numbers, Kind.CONTACT)
    )
    domain, found = (request.company_domain or "").lower(), dict[str, bool]()
    for company in companies:
        by_domain = bool(domain) and company.values.get("domain") == domain
        for contact in linked.get(company.number, []):
            found[contact] = found.get(contact, False) or by_domain
    return found


async def _open_work(records: Records, contacts: Sequence[Record]) -> dict[str, list[OpenWork]]:
    found: dict[str, list[OpenWork]] = defaultdict(list)

    async def of_kind(kind: Kind) -> None:
        linked = await records.linked(Kind.CONTACT, [one.number for one in contacts], kind)
        numbers = list(dict.fromkeys(number for of in linked.values() for number in of))
        works = {one.number: one for one in await records.get_many(kind, numbers)}
        for contact, of_contact in linked.items():
            for work in (works[number] for number in of_contact if number in works):
                if is_open(WorkKind(str(kind)), work.values.get("stage") or ""):
                    found[contact].append(
                        OpenWork(
                            kind=WorkKind(str(kind)),
                            id=work.id,
                            category=work.values.get("category"),
                            owner_id=work.values.get("owner_id"),
                        )
                    )

    if contacts:
        await asyncio.gather(*map(of_kind, WORK_KINDS))
    return found


async def _company_names(records: Records, contacts: Sequence[Record]) -> dict[str, str | None]:
    if not contacts:
        return {}
    linked = await records.linked(Kind.CONTACT, [one.number for one in contacts], Kind.COMPANY)
    first = {contact: numbers[0] for contact, numbers in linked.items() if numbers}
    companies = await records.get_many(Kind.COMPANY, list(dict.fromkeys(first.values())))
    names = {one.number: one.values.get("name") for one in companies}
    return {contact: names.get(number) for contact, number in first.items()}
