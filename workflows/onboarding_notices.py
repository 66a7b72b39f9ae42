"""What an onboarding run tells our own people."""

from datetime import datetime

from temporalio import workflow

from workflows.notices import tell
from workflows.onboarding_file import OnboardingFile
from workflows.parallel import in_parallel
from workflows.progress import Progress

with workflow.unsafe.imports_passed_through():
    from contracts.messages import MessageKind


async def say(
    file: OnboardingFile,
    person: str,
    kind: MessageKind,
    facts: dict[str, str],
    occasion: str = "1",
    *,
    due_at: datetime | None = None,
) -> None:
    """Tells somebody about the customer, and remembers whom."""
    file.told[person] = None
    facts = facts | {"customer": file.order.customer_id}
    await tell(person, kind, policy_hash=file.plan.pin.hash, facts=facts, due_at=due_at, occasion=occasion)


async def say_overdue(file: OnboardingFile, progress: Progress, what: str) -> None:
    """Tells manager and seller that the onboarding ends, and why."""
    progress.note(f"It ends because {what}.")
    people = dict.fromkeys((file.plan.manager_id, file.order.seller_id))
    await in_parallel(
        *(say(file, person, MessageKind.ONBOARDING_OVERDUE, {"reason": what}) for person in people)
    )
