"""Notes and tasks that an onboarding run leaves on the customer's account."""

from datetime import datetime

from temporalio import workflow

from workflows import options
from workflows.effects import Effects
from workflows.known import known
from workflows.onboarding_file import OnboardingFile

with workflow.unsafe.imports_passed_through():
    from activities.crm import CrmActivities
    from contracts.crm import CreateNoteInput, CreateTaskInput
    from contracts.names import Step


class AccountRecords:
    """Writes to the account, and to the deal and contact that it came from."""

    def __init__(self, file: OnboardingFile, effects: Effects) -> None:
        self._file = file
        self._effects = effects

    async def note(self, body: str, occasion: str, summary: str) -> None:
        """Leaves a note."""
        account = known(self._file.account, "the account")
        await self._effects.optional(
            Step.CREATE_NOTE,
            lambda key: workflow.execute_activity_method(
                CrmActivities.create_note,
                CreateNoteInput(
                    key=key,
                    body=body,
                    contact_id=account.contact_id,
                    work_id=account.work_id,
                    account_id=account.id,
                ),
                **options.CRM_WRITE,
                summary=summary,
            ),
            lambda note: note.id,
            occasion=occasion,
        )

    async def task(self, subject: str, owner_id: str, occasion: str, due_at: datetime | None = None) -> None:
        """Gives somebody a task."""
        account = known(self._file.account, "the account")
        await self._effects.optional(
            Step.CREATE_TASK,
            lambda key: workflow.execute_activity_method(
                CrmActivities.create_task,
                CreateTaskInput(
                    key=key,
                    subject=subject,
                    owner_id=owner_id,
                    due_at=due_at,
                    contact_id=account.contact_id,
                    work_id=account.work_id,
                    account_id=account.id,
                    kind="onboarding",
                ),
                **options.CRM_WRITE,
                summary=f"Task for {owner_id}: {occasion}",
            ),
            lambda task: task.id,
            occasion=occasion,
        )
