"""What remains to be said once an onboarding is undone: in the CRM, to our people, to the customer."""

from temporalio import workflow

from workflows import options
from workflows.customer_letters import CustomerLetters
from workflows.effects import Effects
from workflows.onboarding_file import OnboardingFile
from workflows.onboarding_notices import say
from workflows.parallel import in_parallel

with workflow.unsafe.imports_passed_through():
    from activities.crm import CrmActivities
    from contracts.crm import CreateNoteInput
    from contracts.messages import MessageKind
    from contracts.names import Step
    from contracts.status import UndoneStep
    from rules.handover_note import withdrawal_note


async def withdraw(
    file: OnboardingFile, effects: Effects, letters: CustomerLetters, undone: list[UndoneStep]
) -> None:
    """Corrects what was said, since it cannot be unsaid; nothing where nothing was touched."""
    if not file.begun:
        return
    told = dict.fromkeys((file.order.seller_id, file.plan.success_owner_id, *file.told))
    await in_parallel(
        _note(file, effects, undone),
        *(say(file, person, MessageKind.ONBOARDING_WITHDRAWN, {}) for person in told),
        letters.withdraw(),
    )


async def _note(file: OnboardingFile, effects: Effects, undone: list[UndoneStep]) -> None:
    account = file.account
    if account is None:
        return
    by = file.cancellation.actor.id if file.cancellation else None
    body = withdrawal_note(by, [step.what for step in undone], [left.what for left in file.left])
    await effects.optional(
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
            summary="Note what was undone",
        ),
        lambda note: note.id,
        occasion="withdrawn",
    )
