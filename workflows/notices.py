"""Telling people about a run, where the run goes on although somebody could not be told."""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows import options
from workflows.saga import failure_code

with workflow.unsafe.imports_passed_through():
    from activities.notifications import NotificationActivities
    from contracts.ids import effect_key
    from contracts.messages import MessageKind
    from contracts.names import Step
    from contracts.notices import NotifyPersonInput


async def tell(
    person: str,
    kind: MessageKind,
    *,
    policy_hash: str,
    facts: dict[str, str],
    due_at: datetime | None = None,
    occasion: str = "1",
) -> str | None:
    """Tells one person, once per kind and occasion.

    Returns:
        None if they were told, else the failure's code: a dead channel must not end a wait for people.
    """
    workflow_id = workflow.info().workflow_id
    message = NotifyPersonInput(
        key=effect_key(workflow_id, Step.NOTIFY_PERSON, f"{kind}-{person}-{occasion}"),
        workflow_id=workflow_id,
        policy_hash=policy_hash,
        kind=kind,
        recipient_id=person,
        facts=facts,
        due_at=due_at,
    )
    try:
        await workflow.execute_activity_method(
            NotificationActivities.notify_person,
            message,
            **options.NOTIFY_PERSON,
            summary=f"{kind}: {person}",
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        workflow.logger.warning("could not be told", extra={"kind": kind, "code": failure_code(error)})
        return failure_code(error)
    return None
