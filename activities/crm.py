"""The steps that write to the CRM."""

from temporalio import activity

from contracts.crm import (
    AssignOwnerInput,
    CreateLeadRecordsInput,
    CreateNoteInput,
    CreateTaskInput,
    CrmNote,
    CrmTask,
    CrmWork,
    LeadRecords,
    MoveStageInput,
    UndoInput,
    UndoResult,
)
from contracts.ports import Crm


class CrmActivities:
    """Writes records, tasks and notes; one effect per key, each with its inverse.

    All methods raise REJECTED, FORBIDDEN, CONFLICT or NOT_FOUND for good, and UNREACHABLE, UNAVAILABLE,
    RATE_LIMITED, TIMED_OUT or OUTCOME_UNKNOWN to be retried under the same key.
    """

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    @activity.defn
    async def create_lead_records(self, request: CreateLeadRecordsInput) -> LeadRecords:
        """Writes company, contact and work as one unit."""
        return await self._crm.create_lead_records(request)

    @activity.defn
    async def delete_lead_records(self, undo: UndoInput) -> UndoResult:
        """Takes back what `create_lead_records` made under the key."""
        return await self._crm.delete_lead_records(undo)

    @activity.defn
    async def create_task(self, request: CreateTaskInput) -> CrmTask:
        """Gives somebody a task."""
        return await self._crm.create_task(request)

    @activity.defn
    async def delete_task(self, undo: UndoInput) -> UndoResult:
        """Takes back a task."""
        return await self._crm.delete_task(undo)

    @activity.defn
    async def create_note(self, request: CreateNoteInput) -> CrmNote:
        """Writes a note on contact and work."""
        return await self._crm.create_note(request)

    @activity.defn
    async def delete_note(self, undo: UndoInput) -> UndoResult:
        """Takes back a note."""
        return await self._crm.delete_note(undo)

    @activity.defn
    async def assign_owner(self, request: AssignOwnerInput) -> CrmWork:
        """Gives the work to another owner; setting the same owner again changes nothing."""
        return await self._crm.assign_owner(request)

    @activity.defn
    async def move_stage(self, request: MoveStageInput) -> CrmWork:
        """Moves the work to another stage; CONFLICT if the move is not declared."""
        return await self._crm.move_stage(request)
