"""The embedded CRM: unique contacts, declared stages, stale writes refused, and what a lead made undone."""

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal, Made
from connectors.store.crm_reads import (
    account_of,
    candidates_for,
    contact_row,
    read_as_contact,
    read_as_work,
    work_row,
)
from connectors.store.crm_records import create_records, delete_records
from connectors.store.crm_schema import SYSTEM, is_open, refuse_move, schema
from connectors.store.crm_upserts import name_columns
from connectors.store.effects import Effects, new_id
from connectors.store.engine import Store
from connectors.store.tables import contacts, notes, tasks, works
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


class SqlCrm:
    """`Crm` over the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._effects = Effects(store, clock, SYSTEM)

    async def find_contacts(self, request: FindMatchesInput) -> tuple[ContactCandidate, ...]:
        """Returns at most 20 contacts, the likeliest first."""
        return await self._store.read(SYSTEM, lambda connection: candidates_for(connection, request))

    async def find_account(self, company_domain: str) -> AccountCandidate | None:
        return await self._store.read(SYSTEM, lambda connection: account_of(connection, company_domain))

    async def create_lead_records(self, request: CreateLeadRecordsInput) -> LeadRecords:
        """Writes company, contact and work in one transaction.

        Raises:
            ServiceFailure: CONFLICT if the key was undone before; REJECTED if the path makes no records, work
                cannot begin in that stage, or a value does not fit its field.
        """

        async def make(connection: AsyncConnection) -> Made[LeadRecords]:
            return await create_records(connection, request, self._clock())

        return (await self._effects.once("lead_records", request, LeadRecords, make)).result

    async def delete_lead_records(self, undo: UndoInput) -> UndoResult:
        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            return await delete_records(connection, journal, self._clock())

        return await self._effects.undo("lead_records", undo, unmake)

    async def create_task(self, request: CreateTaskInput) -> CrmTask:
        """Raises NOT_FOUND if the contact, work or account is not there."""

        async def make(connection: AsyncConnection) -> Made[CrmTask]:
            task = CrmTask(id=new_id("task"), owner_id=request.owner_id)
            row = request.model_dump()
            row |= {"id": task.id, "is_open": True, "created_at": self._clock()}
            await connection.execute(insert(tasks), row)
            return Made(task, {"id": task.id})

        return (await self._effects.once("task", request, CrmTask, make)).result

    async def delete_task(self, undo: UndoInput) -> UndoResult:
        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            await connection.execute(delete(tasks).where(tasks.c.id == journal["id"]))
            return ()

        return await self._effects.undo("task", undo, unmake)

    async def create_note(self, request: CreateNoteInput) -> CrmNote:
        """Raises NOT_FOUND if the contact, work or account is not there."""

        async def make(connection: AsyncConnection) -> Made[CrmNote]:
            note = CrmNote(id=new_id("note"))
            row = request.model_dump()
            row |= {"id": note.id, "created_at": self._clock()}
            await connection.execute(insert(notes), row)
            return Made(note, {"id": note.id})

        return (await self._effects.once("note", request, CrmNote, make)).result

    async def delete_note(self, undo: UndoInput) -> UndoResult:
        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            await connection.execute(delete(notes).where(notes.c.id == journal["id"]))
            return ()

        return await self._effects.undo("note", undo, unmake)

    async def assign_owner(self, request: AssignOwnerInput) -> CrmWork:
        """Gives work, its contact and its open tasks to somebody. Raises NOT_FOUND."""

        async def make(connection: AsyncConnection) -> Made[CrmWork]:
            now = self._clock()
            work = await work_row(connection, request.work_id)
            # The contact is locked before the work, as everywhere (`crm_records.py`).
            contact_id = request.contact_id or work["contact_id"]
            contact = await contact_row(connection, contact_id, lock=True)
            work = await work_row(connection, request.work_id, lock=True)
            owner = {"owner_id": request.owner_id}
            if contact["owner_id"] != request.owner_id:
                await connection.execute(
                    update(contacts)
                    .where(contacts.c.id == contact["id"])
                    .values(**owner, version=contact["version"] + 1, updated_at=now)
                )
            if work["owner_id"] != request.owner_id:
                await connection.execute(
                    update(works)
                    .where(works.c.id == work["id"])
                    .values(**owner, version=work["version"] + 1, updated_at=now)
                )
            await connection.execute(
                update(tasks).where(tasks.c.work_id == work["id"], tasks.c.is_open).values(**owner)
            )
            return Made(read_as_work(await work_row(connection, request.work_id)))

        return (await self._effects.once("owner", request, CrmWork, make)).result

    async def move_stage(self, request: MoveStageInput) -> CrmWork:
        """Moves work to a declared next stage; to the stage that it is in already, nothing changes.

        Raises:
            ServiceFailure: NOT_FOUND; CONFLICT on an undeclared move or a stale version.
        """

        async def make(connection: AsyncConnection) -> Made[CrmWork]:
            work = await work_row(connection, request.work_id, lock=True)
            _refuse_stale(request.expected_version, work["version"], "work")
            kind = WorkKind(work["kind"])
            if request.stage != work["stage"]:
                refuse_move(kind, work["stage"], request.stage)
                await connection.execute(
                    update(works)
                    .where(works.c.id == work["id"])
                    .values(
                        stage=request.stage,
                        is_open=is_open(kind, request.stage),
                        stage_reason=request.reason,
                        version=work["version"] + 1,
                        updated_at=self._clock(),
                    )
                )
            return Made(read_as_work(await work_row(connection, request.work_id)))

        return (await self._effects.once("stage", request, CrmWork, make)).result

    async def update_contact(self, request: UpdateContactInput) -> CrmContact:
        """Overwrites what is given. Raises NOT_FOUND; CONFLICT on a stale version."""

        async def make(connection: AsyncConnection) -> Made[CrmContact]:
            contact = await contact_row(connection, request.contact_id, lock=True)
            _refuse_stale(request.expected_version, contact["version"], "contact")
            values = request.model_dump(include={"name", "phone", "job_title"}, exclude_none=True)
            if "name" in values:
                values |= name_columns(request.name)
            if "phone" in values and contact["email"] is None:
                values["match_key"] = f"phone:{request.phone}"
            await connection.execute(
                update(contacts)
                .where(contacts.c.id == request.contact_id)
                .values(**values, version=contact["version"] + 1, updated_at=self._clock())
            )
            changed = await contact_row(connection, request.contact_id)
            return Made(read_as_contact(changed))

        return (await self._effects.once("contact_update", request, CrmContact, make)).result

    async def get_contact(self, contact_id: str) -> CrmContact:
        async def read(connection: AsyncConnection) -> CrmContact:
            return read_as_contact(await contact_row(connection, contact_id))

        return await self._store.read(SYSTEM, read)

    async def get_work(self, work_id: str) -> CrmWork:
        async def read(connection: AsyncConnection) -> CrmWork:
            return read_as_work(await work_row(connection, work_id))

        return await self._store.read(SYSTEM, read)

    async def describe(self) -> CrmSchema:
        return schema()


def _refuse_stale(expected: int | None, actual: int, record: str) -> None:
    if expected is not None and expected != actual:
        raise ServiceFailure(
            FailureCode.CONFLICT,
            SYSTEM,
            f"the {record} changed: version {expected} was read, {actual} stands",
        )
