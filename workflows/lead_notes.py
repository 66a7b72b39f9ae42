"""The notes that an intake run leaves in the CRM: why a lead went where it went, and what repeats it."""

from temporalio import workflow

from workflows import options
from workflows.effects import Effects
from workflows.known import known
from workflows.lead_file import LeadFile
from workflows.notices import tell

with workflow.unsafe.imports_passed_through():
    from activities.crm import CrmActivities
    from contracts.crm import CreateNoteInput, LeadRecords
    from contracts.lead_intake import DuplicateArrived
    from contracts.messages import MessageKind
    from contracts.names import Step
    from rules import messages


class LeadNotes:
    """Writes the notes of one lead."""

    def __init__(self, file: LeadFile, effects: Effects) -> None:
        self._file = file
        self._effects = effects
        self._noted_duplicates = 0

    async def note_reasons(self, records: LeadRecords) -> None:
        """Notes the decision and its reasons, with the repeats that have arrived so far."""
        await self._note_repeats(records, list(self._file.duplicates), occasion="")

    async def note_late_duplicates(self, records: LeadRecords) -> None:
        """Notes repeats that were merged into the run after its first note was written."""
        while late := self._file.duplicates[self._noted_duplicates :]:
            await self._note_repeats(records, late, occasion=f"late-{self._noted_duplicates}")

    async def merge(self) -> None:
        """Notes the lead on the work that it repeats, and tells whoever owns that."""
        match = known(self._file.match, "the match")
        work = known(match.work, "the work that the lead repeats")
        self._file.merged_into = work.id
        await self._write(messages.merge_note_body(self._file.lead, match), match.contact_id, work.id)
        if work.owner_id:
            await tell(
                work.owner_id,
                MessageKind.LEAD_MERGED,
                policy_hash=self._file.policy_hash,
                facts={"work": work.id, "source": self._file.lead.source},
            )

    async def _note_repeats(
        self, records: LeadRecords, repeats: list[DuplicateArrived], *, occasion: str
    ) -> None:
        file = self._file
        self._noted_duplicates += len(repeats)
        body = messages.note_body(
            file.lead,
            file.route,
            known(file.match, "the match"),
            classification=file.classification,
            summary=file.summary,
            duplicates=repeats,
        )
        await self._write(body, records.contact_id, records.work_id, occasion)

    async def _write(
        self, body: str, contact_id: str | None, work_id: str | None, occasion: str = ""
    ) -> None:
        await self._effects.optional(
            Step.CREATE_NOTE,
            lambda key: workflow.execute_activity_method(
                CrmActivities.create_note,
                CreateNoteInput(key=key, body=body, contact_id=contact_id, work_id=work_id),
                **options.CRM_WRITE,
                summary="Note the reasons",
            ),
            lambda note: note.id,
            occasion=occasion,
        )
