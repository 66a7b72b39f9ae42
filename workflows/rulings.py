"""What is done about a step that could not be taken."""

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

from workflows import options
from workflows.saga import failure_code

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities
    from contracts.failure_policy import FailureAnswer
    from contracts.names import Step
    from contracts.steps import AnswerFailureInput, FailureRuling

PARK_UNASKED = FailureRuling(answer=FailureAnswer.PARK)
"""The ruling where the policy itself cannot be had."""

BY_OTHER_MEANS = (FailureAnswer.FALL_BACK, FailureAnswer.REROUTE)


async def ruling_on(step: Step, error: FailureError, policy_hash: str) -> FailureRuling:
    """Asks the policy that the run has pinned.

    Raises:
        FailureError: the error itself, where the run is being cancelled.
    """
    if is_cancelled_exception(error):
        raise error
    if not policy_hash:
        return PARK_UNASKED
    question = AnswerFailureInput(policy_hash=policy_hash, step=step, code=failure_code(error))
    try:
        return await workflow.execute_activity_method(
            DecisionActivities.answer_failure,
            question,
            **options.DECIDE_ASIDE,
            summary=f"What to do: {step} failed",
        )
    except FailureError as unanswered:
        if is_cancelled_exception(unanswered):
            raise
        return PARK_UNASKED


def where_other_means_fail(ruling: FailureRuling) -> FailureRuling:
    """Without its simpler means a step is skipped; a message that reaches nobody is not."""
    skipped = ruling.answer is FailureAnswer.FALL_BACK
    return ruling.model_copy(update={"answer": FailureAnswer.SKIP if skipped else FailureAnswer.PARK})
