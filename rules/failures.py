"""What a run does when a step has used up its retries, and who must act."""

from contracts.failures import WHO_MUST_ACT, FailureCode
from contracts.policy import PolicyBundle, StepPolicy
from contracts.steps import AnswerFailureInput, FailureRuling


def ruling_for(question: AnswerFailureInput, bundle: PolicyBundle) -> FailureRuling:
    """The bundle's answer for the step; a step that it does not name is parked for the intake desk."""
    policy = bundle.steps.get(question.step, StepPolicy())
    return FailureRuling(answer=policy.answer, skippable=policy.skippable, tell=bundle.incomplete.ask)


def who_must_act(code: str) -> str:
    """Who must act on a failure, in plain words; a code outside the vocabulary is a bug of ours."""
    if code not in FailureCode.__members__:
        return "an engineer: this is a bug"
    return WHO_MUST_ACT[FailureCode(code)]
