"""Contacts and companies that a CRM holds once, however many leads name them: made, found or filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from connectors.keyed import Attempt, Journal
from connectors.remote_crm.records import SYSTEM, Kind, Record, Records, Taken, Values
from connectors.store.identities import match_key
from contracts.crm import CreateLeadRecordsInput
from contracts.failures import FailureCode, ServiceFailure

_LINKS = ("owner_id", "made_by")
"""Fields that say to whom a record belongs: nothing that a lead could contradict."""


@dataclass(frozen=True)
class Upserted:
    """A contact or company that stands in the CRM now."""

    record: Record
    """As it was found or made, before it was filled in."""
    created: bool
    filled: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """What was written into fields that were empty."""
    old_key: str | None = None
    """The key that was replaced, where one was."""
    new_key: str | None = None
    conflicting: tuple[str, ...] = ()

    def journal(self) -> Journal:
        """What an undo must know."""
        return {
            "number": self.record.number,
            "created": self.created,
            "filled": dict(self.filled),
            "old_key": self.old_key,
            "new_key": self.new_key,
            "left": self._left().version,
        }

    def _left(self) -> Record:
        """As this write left it: who finds another version on undoing leaves it alone."""
        values = {**self.record.values, **self.filled}
        return replace(self.record, values=values, key=self.new_key or self.record.key)


async def upsert_contact(records: Records, request: CreateLeadRecordsInput, attempt: Attempt) -> Upserted:
    """Finds the lead's contact by id or by what makes it unique, and fills in what it lacks; or makes it."""
    lead = request.lead
    email = lead.email.lower() if lead.email else None
    key = match_key(email, lead.email_key, lead.phone)
    values: Values = {
        "email": email,
        "phone": lead.phone,
        "name": lead.name,
        "job_title": lead.job_title,
        "country": lead.country,
        "owner_id": request.owner_id,
        "made_by": request.key,
    }
    contact = await _found(records, Kind.CONTACT, request.contact_id)
    if contact is None:
        made = await make_or_find(records, Kind.CONTACT, key or f"step:{request.key}", values, request.key)
        if made.created:
            return made
        contact = made.record
    read = request.contact_version if request.contact_id == contact.id else None
    if read not in (None, contact.version) and not _earlier(contact, attempt):
        differing = (name for name, value in _known(values).items() if contact.values.get(name) != value)
        return Upserted(contact, False, conflicting=tuple(n for n in differing if n not in _LINKS))
    return await _fill_contact(records, contact, values, lead.email_key, attempt)


async def _fill_contact(
    records: Records, contact: Record, values: Values, email_key: str | None, attempt: Attempt
) -> Upserted:
    empty = _lacking(contact, values)
    new_key = None
    if contact.values.get("email") is None and ("email" in empty or "phone" in empty):
        phone = contact.values.get("phone") or empty.get("phone")
        key = match_key(empty.get("email"), email_key, phone)
        if key is not None and key != contact.key:
            new_key = key
            email = empty.get("email")
            other = await records.by_key(Kind.CONTACT, key) or (email and await records.by_email(email))
            if other:
                # Somebody else goes by this address or number; a write does not say whether the two are one.
                new_key, empty = None, _without_identity(empty)
    try:
        return await _filled(records, contact, empty, new_key, attempt)
    except Taken:
        return await _filled(records, contact, _without_identity(empty), None, attempt)


def _without_identity(values: Values) -> dict[str, str | None]:
    return {name: value for name, value in values.items() if name not in ("email", "phone")}


async def upsert_company(
    records: Records, request: CreateLeadRecordsInput, contact: Upserted, attempt: Attempt
) -> Upserted | None:
    """Finds the lead's company by id or domain, and fills in what it lacks; or makes it.

    Nothing makes a company without a domain unique, so none is made for a contact that has one already.
    """
    lead = request.lead
    domain = lead.company_domain.lower() if lead.company_domain else None
    values: Values = {
        "domain": domain,
        "name": lead.company,
        "country": lead.country,
        "employees": str(lead.employees) if lead.employees is not None else None,
        "owner_id": request.owner_id,
        "made_by": request.key,
    }
    company = await _found(records, Kind.COMPANY, request.company_id)
    if company is None and (domain or (lead.company and not contact.record.link(Kind.COMPANY))):
        key = domain_key(domain) if domain else f"step:{request.key}"
        made = await make_or_find(records, Kind.COMPANY, key, values, request.key)
        if made.created:
            return made
        company = made.record
    if company is None:
        return None
    # A domain is what makes a company unique: it is never added to one that was found otherwise.
    empty = _lacking(company, {name: value for name, value in values.items() if name != "domain"})
    return await _filled(records, company, empty, None, attempt)


def domain_key(domain: str) -> str:
    """What makes a company unique."""
    return f"domain:{domain.lower()}"


async def make_or_find(records: Records, kind: Kind, key: str, values: Values, step: str) -> Upserted:
    """Makes a record; where its key is taken, returns the one that has it.

    Made it counts as well where an earlier attempt of the same step did it and never heard of it.
    """
    try:
        return Upserted(await records.create(kind, key, values), created=True)
    except Taken as taken:
        found = await _who_has_it(records, kind, key, values, taken)
    if found is None:
        raise ServiceFailure(
            FailureCode.UNAVAILABLE, SYSTEM, f"{kind}: its unique value is taken, and nobody has it yet"
        )
    return Upserted(found, created=found.values.get("made_by") == step)


async def _who_has_it(records: Records, kind: Kind, key: str, values: Values, taken: Taken) -> Record | None:
    links = (Kind.COMPANY,) if kind is Kind.CONTACT else ()
    if taken.number is not None and (record := await records.get(kind, taken.number, links=links)):
        return record
    found = await records.by_key(kind, key)
    if found is None and kind is Kind.CONTACT and (email := values.get("email")):
        found = await records.by_email(email)
    return await records.get(kind, found.number, links=links) if found and links else found


async def _found(records: Records, kind: Kind, record_id: str | None) -> Record | None:
    # Undoing another lead can have deleted the record since it was matched: this lead is not lost for that.
    if record_id is None or not record_id.startswith(f"{kind}_"):
        return None
    links = (Kind.COMPANY,) if kind is Kind.CONTACT else ()
    return await records.get(kind, record_id.removeprefix(f"{kind}_"), links=links)


async def _filled(
    records: Records, record: Record, empty: Values, new_key: str | None, attempt: Attempt
) -> Upserted:
    earlier = _earlier(record, attempt)
    if not empty and new_key is None:
        return Upserted(record, created=False, **earlier)
    old_key = record.key if new_key is not None else None
    filled = Upserted(
        record,
        created=False,
        filled=earlier.get("filled", {}) | empty,
        old_key=earlier.get("old_key") or old_key,
        new_key=new_key or earlier.get("new_key"),
    )
    await attempt.note(**{str(record.kind): filled.journal()})
    await records.change(record.kind, record.number, empty, key=new_key)
    return filled


def _earlier(record: Record, attempt: Attempt) -> Journal:
    """What an earlier attempt filled in and never heard of; nothing where the record is not as it left it."""
    noted = attempt.noted(record.kind)
    if noted is None or (noted["number"], noted["left"]) != (record.number, record.version):
        return {}
    return {name: noted[name] for name in ("filled", "old_key", "new_key")}


def _lacking(record: Record, values: Values) -> dict[str, str | None]:
    return {
        name: value
        for name, value in _known(values).items()
        if record.values.get(name) is None and name != "made_by"
    }


def _known(values: Values) -> dict[str, str | None]:
    return {name: value for name, value in values.items() if value is not None}
