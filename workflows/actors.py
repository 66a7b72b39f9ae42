"""Refusing commands from actors whom no door has authenticated."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

from workflows import options
from workflows.saga import failure_code

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities
    from contracts.actors import Actor, VerifyActorInput

REFUSED = "REFUSED"
"""Failure type of a command that a run refused; the message is the reason."""


def refused(reason: str) -> ApplicationError:
    """What the caller of a refused update gets."""
    return ApplicationError(reason, type=REFUSED, non_retryable=True)


async def problem_with_actor(actor: Actor) -> str | None:
    """Why the actor cannot be taken for who they say, or None if they can.

    Checked in an activity with the keys of today: a run may be older than the key its callers sign with.
    Where it cannot be checked nobody passes: raising would end a run whose command came by signal.
    """
    try:
        verdict = await workflow.execute_activity_method(
            DecisionActivities.verify_actor,
            VerifyActorInput(actor=actor, audience=workflow.info().workflow_id, at=workflow.now()),
            **options.DECIDE_ASIDE,
            summary="Verify the actor",
        )
    except FailureError as error:
        if is_cancelled_exception(error):
            raise
        return f"unverified actor: the check failed ({failure_code(error)}), try again"
    return None if verdict.verified else f"unverified actor: {verdict.reason}"


async def verified(actor: Actor) -> None:
    """Lets only a verified actor pass.

    Raises:
        ApplicationError: type REFUSED.
    """
    if problem := await problem_with_actor(actor):
        raise refused(problem)
