"""What remains to be said once an onboarding is undone: in the CRM, to our people, to the customer."""

from temporalio import workflow

from workflows.account_records import AccountRecords
from workflows.customer_letters import CustomerLetters
from workflows.onboarding_file import OnboardingFile
from workflows.onboarding_notices import say
from workflows.parallel import in_parallel

with workflow.unsafe.imports_passed_through():
    from contracts.messages import MessageKind
    from contracts.status import UndoneStep
    from rules.handover_note import withdrawal_note


async def withdraw(
    file: OnboardingFile, records: AccountRecords, letters: CustomerLetters, undone: list[UndoneStep]
) -> None:
    """Corrects what was said, since it cannot be unsaid; nothing where nothing was touched."""
    file.kickoff_at = None
    if not file.begun:
        return
    by = file.cancellation.actor.id if file.cancellation else None
    body = withdrawal_note(by, [step.what for step in undone], [left.what for left in file.left])
    told = dict.fromkeys((file.order.seller_id, file.plan.success_owner_id, *file.told))
    await in_parallel(
        *([records.note(body, "withdrawn", "Note what was undone")] if file.account else []),
        *(say(file, person, MessageKind.ONBOARDING_WITHDRAWN, {}) for person in told),
        letters.withdraw(),
    )
