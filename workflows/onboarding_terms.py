"""The third gate of an onboarding: whoever must agree to its terms has agreed."""

from temporalio import workflow

from workflows import options
from workflows.asking import ask_people
from workflows.known import known
from workflows.onboarding_file import OnboardingFile
from workflows.progress import Progress
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities
    from contracts.approval import ApprovalOutcome, ApprovalRequest
    from contracts.names import Step
    from contracts.onboarding_plan import JudgeTermsInput
    from contracts.onboarding_states import OnboardingState
    from contracts.routing import ReviewNeed


class Terms:
    """Asks for agreement where the policy wants it; whoever sold the order may not give it."""

    def __init__(self, file: OnboardingFile, progress: Progress, steps: Steps) -> None:
        self._file = file
        self._progress = progress
        self._steps = steps

    async def passed(self) -> OnboardingState | None:
        """Returns the end that the onboarding comes to where nobody agrees."""
        file = self._file
        verdict = await self._steps.required(
            Step.JUDGE_TERMS,
            lambda: workflow.execute_activity_method(
                DecisionActivities.judge_terms,
                JudgeTermsInput(
                    policy_hash=file.plan.pin.hash, details=file.details, template=file.plan.template
                ),
                **options.DECIDE_ASIDE,
                summary="Whether somebody must agree to the terms",
            ),
        )
        if verdict.review is None:
            return None
        outcome = await decided(
            verdict.review,
            verdict.question,
            state=OnboardingState.IN_APPROVAL,
            file=file,
            progress=self._progress,
            steps=self._steps,
        )
        if outcome is ApprovalOutcome.APPROVED:
            return None
        rejected = outcome is ApprovalOutcome.REJECTED
        return OnboardingState.REJECTED if rejected else OnboardingState.EXPIRED


async def decided(
    need: ReviewNeed,
    question: str,
    *,
    state: OnboardingState,
    file: OnboardingFile,
    progress: Progress,
    steps: Steps,
) -> ApprovalOutcome:
    """Asks people of ours about the customer in a round of its own, and waits for how that ends."""
    file.rounds += 1
    request_id = known(file.approval_id, "the approval's id")
    progress.advance(
        state, waits_for=f"a decision on {need.reason} at {request_id}", commands=("cancel_onboarding",)
    )
    request = ApprovalRequest(
        request_id=request_id,
        subject_id=workflow.info().workflow_id,
        approval=need.approval,
        reason=need.reason,
        question=question,
        requested_by=file.order.seller_id,
        policy_hash=file.plan.pin.hash,
    )
    result = await ask_people(request, steps)
    file.note_decider(*(decision.actor_id for decision in result.decisions))
    return result.outcome
