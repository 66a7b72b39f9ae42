"""`Crm` over the records of a CRM of others."""

from datetime import UTC
from typing import NamedTuple

from connectors.keyed import Attempt, Journal, Made, RemoteEffects
from connectors.remote_crm.candidates import candidates_for
from connectors.remote_crm.lead_records import create_records, delete_records
from connectors.remote_crm.people import domain_key
from connectors.remote_crm.records import (
    SYSTEM,
    WORK_KINDS,
    Kind,
    Link,
    Record,
    Records,
    Taken,
    Values,
    standing,
)
from connectors.store.crm_schema import refuse_move
from contracts.crm import (
    AssignOwnerInput,
    CreateLeadRecordsInput,
    CreateNoteInput,
    CreateTaskInput,
    CrmContact,
    CrmNote,
    CrmSchema,
    CrmTask,
    CrmWork,
    LeadRecords,
    MoveStageInput,
    UndoInput,
    UndoResult,
    UpdateContactInput,
)
from contracts.failures import FailureCode, ServiceFailure
from contracts.matching import AccountCandidate, ContactCandidate, FindMatchesInput, WorkKind
from contracts.ports import Clock
from contracts.remote_effects import StandingEffect


class _On(NamedTuple):
    """What a task or note is on."""

    contact_id: str | None
    work_id: str | None
    account_id: str | None


class RemoteCrm:
    """`Crm` in a CRM of others.

    Args:
        records: the CRM's.
        effects: makes each effect once.
        clock: dates notes, and tasks that are due at once.
    """

    def __init__(self, records: Records, effects: RemoteEffects, clock: Clock) -> None:
        self._records = records
        self._effects = effects
        self._clock = clock

    @property
    def records(self) -> Records:
        """The CRM's records, for whoever looks at them without an effect."""
        return self._records

    async def find_contacts(self, request: FindMatchesInput) -> tuple[ContactCandidate, ...]:
        """Returns at most 20 contacts, the likeliest first; who is new by the minute may be missing."""
        return await candidates_for(self._records, request)

    async def find_account(self, company_domain: str) -> AccountCandidate | None:
        """Returns the company that has the domain; of those without our key the oldest."""
        domain = company_domain.lower()
        company = await self._records.by_key(Kind.COMPANY, domain_key(domain))
        if company is None:
            numbers = await self._records.search(Kind.COMPANY, [{"domain": domain}])
            found = await self._records.get_many(Kind.COMPANY, numbers[:1])
            company = next(iter(found), None)
        if company is None:
            return None
        return AccountCandidate(
            company_id=company.id, version=company.version, owner_id=company.values.get("owner_id")
        )

    async def create_lead_records(self, request: CreateLeadRecordsInput) -> LeadRecords:
        """Makes or finds contact and company by what makes them unique, and makes the work under the key."""

        async def make(attempt: Attempt) -> Made[LeadRecords]:
            return await create_records(self._records, request, attempt)

        return (await self._effects.once("lead_records", request, LeadRecords, make)).result

    async def delete_lead_records(self, undo: UndoInput) -> UndoResult:
        async def unmake(effect: StandingEffect) -> UndoResult:
            return await delete_records(self._records, undo.key, effect)

        return await self._effects.undo("lead_records", undo, unmake)

    async def create_task(self, request: CreateTaskInput) -> CrmTask:
        """Raises NOT_FOUND if the contact, work or account is not there."""

        async def make(_: Attempt) -> Made[CrmTask]:
            values: Values = {
                "subject": request.subject,
                "owner_id": request.owner_id,
                "due_at": (request.due_at or self._clock()).astimezone(UTC).isoformat(),
                "kind": request.kind,
                "status": "open",
            }
            on = _On(request.contact_id, request.work_id, request.account_id)
            task = await self._written(Kind.TASK, request.key, values, on)
            return Made(CrmTask(id=task.id, owner_id=request.owner_id), {"number": task.number})

        return (await self._effects.once("task", request, CrmTask, make)).result

    async def delete_task(self, undo: UndoInput) -> UndoResult:
        return await self._undone("task", Kind.TASK, undo)

    async def create_note(self, request: CreateNoteInput) -> CrmNote:
        """Raises NOT_FOUND if the contact, work or account is not there."""

        async def make(_: Attempt) -> Made[CrmNote]:
            values: Values = {"body": request.body, "at": self._clock().astimezone(UTC).isoformat()}
            on = _On(request.contact_id, request.work_id, request.account_id)
            note = await self._written(Kind.NOTE, request.key, values, on)
            return Made(CrmNote(id=note.id), {"number": note.number})

        return (await self._effects.once("note", request, CrmNote, make)).result

    async def delete_note(self, undo: UndoInput) -> UndoResult:
        return await self._undone("note", Kind.NOTE, undo)

    async def assign_owner(self, request: AssignOwnerInput) -> CrmWork:
        """Gives work, its contact and its open tasks to somebody. Raises NOT_FOUND."""

        async def make(_: Attempt) -> Made[CrmWork]:
            links = (Kind.CONTACT, Kind.TASK)
            work = await standing(self._records, request.work_id, *WORK_KINDS, links=links)
            contact_number = work.link(Kind.CONTACT)
            contact_id = request.contact_id or (contact_number and f"{Kind.CONTACT}_{contact_number}")
            given = [work]
            if contact_id:
                given.append(await standing(self._records, contact_id, Kind.CONTACT))
            tasks = await self._records.get_many(Kind.TASK, work.links.get(Kind.TASK, ()))
            given += [task for task in tasks if task.values.get("status") != "done"]
            for record in given:
                if record.values.get("owner_id") != request.owner_id:
                    await self._records.change(record.kind, record.number, {"owner_id": request.owner_id})
            return Made(await self.get_work(request.work_id))

        return (await self._effects.once("owner", request, CrmWork, make)).result

    async def move_stage(self, request: MoveStageInput) -> CrmWork:
        """Moves work to a declared next stage; to the stage that it is in already, nothing changes."""

        async def make(attempt: Attempt) -> Made[CrmWork]:
            async with self._effects.alone(request.work_id):
                work = await standing(self._records, request.work_id, *WORK_KINDS)
                stage = work.values.get("stage") or ""
                if request.stage != stage:
                    _refuse_stale(request.expected_version, work)
                    refuse_move(WorkKind(str(work.kind)), stage, request.stage)
                    values: Values = {"stage": request.stage, "stage_reason": request.reason}
                    await self._records.change(work.kind, work.number, values)
                elif not attempt.tried_before:
                    _refuse_stale(request.expected_version, work)
            return Made(await self.get_work(request.work_id))

        return (await self._effects.once("stage", request, CrmWork, make)).result

    async def update_contact(self, request: UpdateContactInput) -> CrmContact:
        """Overwrites what is given. Raises NOT_FOUND; CONFLICT on a stale version."""

        async def make(attempt: Attempt) -> Made[CrmContact]:
            values = request.model_dump(include={"name", "phone", "job_title"}, exclude_none=True)
            async with self._effects.alone(request.contact_id):
                contact = await standing(self._records, request.contact_id, Kind.CONTACT)
                as_asked = all(contact.values.get(name) == value for name, value in values.items())
                if not (attempt.tried_before and as_asked):
                    _refuse_stale(request.expected_version, contact)
                    by_number = "phone" in values and contact.values.get("email") is None
                    key = f"phone:{request.phone}" if by_number else None
                    await self._changed(contact, values, key)
            return Made(await self.get_contact(request.contact_id))

        return (await self._effects.once("contact_update", request, CrmContact, make)).result

    async def get_contact(self, contact_id: str) -> CrmContact:
        """Raises NOT_FOUND."""
        links = (Kind.COMPANY,)
        contact = await standing(self._records, contact_id, Kind.CONTACT, links=links)
        company, values = contact.link(Kind.COMPANY), contact.values
        return CrmContact(
            id=contact.id,
            version=contact.version,
            email=values.get("email"),
            phone=values.get("phone"),
            name=values.get("name"),
            job_title=values.get("job_title"),
            company_id=f"{Kind.COMPANY}_{company}" if company else None,
            owner_id=values.get("owner_id"),
        )

    async def get_work(self, work_id: str) -> CrmWork:
        """Raises NOT_FOUND."""
        work = await standing(self._records, work_id, *WORK_KINDS, links=(Kind.CONTACT,))
        contact, values = work.link(Kind.CONTACT), work.values
        return CrmWork(
            id=work.id,
            kind=WorkKind(str(work.kind)),
            version=work.version,
            stage=values.get("stage") or "",
            category=values.get("category"),
            owner_id=values.get("owner_id"),
            contact_id=f"{Kind.CONTACT}_{contact}" if contact else None,
            title=values.get("title") or "",
        )

    async def describe(self) -> CrmSchema:
        return await self._records.describe()

    async def _changed(self, contact: Record, values: Values, key: str | None) -> None:
        try:
            await self._records.change(Kind.CONTACT, contact.number, values, key=key)
        except Taken:
            raise ServiceFailure(
                FailureCode.CONFLICT, SYSTEM, "contact.phone: another contact goes by that number"
            ) from None

    async def _written(self, kind: Kind, key: str, values: Values, on: _On) -> Record:
        """A task or note, made where everything that it is on is there."""
        others = list[Link]()
        for record_id, kinds in (
            (on.contact_id, (Kind.CONTACT,)),
            (on.work_id, WORK_KINDS),
            (on.account_id, (Kind.ACCOUNT,)),
        ):
            if record_id is not None:
                record = await standing(self._records, record_id, *kinds)
                others.append((record.kind, record.number))
        return await self._records.upsert(kind, key, values, on=others)

    async def _undone(self, step: str, kind: Kind, undo: UndoInput) -> UndoResult:
        async def unmake(effect: StandingEffect) -> UndoResult:
            journal: Journal = effect.journal
            number = journal.get("number")
            if number is None:
                record = await self._records.by_key(kind, undo.key)
                number = record.number if record else None
            if number is not None:
                await self._records.delete(kind, number)
            return UndoResult(undone=number is not None)

        return await self._effects.undo(step, undo, unmake)


def _refuse_stale(expected: int | None, record: Record) -> None:
    if expected is not None and expected != record.version:
        raise ServiceFailure(FailureCode.CONFLICT, SYSTEM, f"the {record.kind} changed since it was read")
