"""What a run does when a step cannot be done, how long it is tried before, and who must act."""

from collections.abc import Mapping
from datetime import timedelta

from contracts.failure_policy import (
    FailureAnswer,
    FailureCell,
    FailurePolicy,
    StepFailures,
    StepPolicy,
)
from contracts.failures import OF_A_STEP, RETRYABLE, WHO_MUST_ACT, FailureCode
from contracts.names import Step
from contracts.policy import PolicyBundle
from contracts.steps import SHORTER_RETRY, AnswerFailureInput, FailureRuling

FIRST_DELAY = timedelta(milliseconds=500)
LONGEST_DELAY = timedelta(minutes=1)
JITTER = 0.2
"""The part by which delays differ, so that runs which failed together do not come back together."""

STANDARD_RETRY = timedelta(hours=2)
"""How long a step of a bundle from before the failure table is tried."""


def cell_for(step: str, code: str, policy: FailurePolicy) -> FailureCell | None:
    """The table's answer; None where it has no place for the step or the code."""
    line = policy.steps.get(step)
    if line is None or code not in OF_A_STEP:
        return None
    known = FailureCode(code)
    return line.but.get(known) or policy.rows.get(line.like, {}).get(known)


def ruling_for(question: AnswerFailureInput, bundle: PolicyBundle) -> FailureRuling:
    """The bundle's answer for the step; what the table has no place for is parked for the intake desk."""
    policy = table_of(bundle)
    cell = cell_for(question.step, question.code, policy)
    line = policy.steps.get(question.step)
    return FailureRuling(
        answer=cell.then if cell else FailureAnswer.PARK,
        skippable=line is not None and line.skippable,
        tell=bundle.incomplete.ask,
    )


def table_of(bundle: PolicyBundle) -> FailurePolicy:
    """The bundle's failure table."""
    return bundle.failures or table_of_answers(bundle.steps)


def next_attempt_in(
    cell: FailureCell, *, attempt: int, elapsed: timedelta, asked: timedelta | None, chance: float
) -> timedelta | None:
    """How long to wait before a step is tried again; None to give up.

    Args:
        cell: the table's answer.
        attempt: the one that failed, counted from 1.
        elapsed: since the first one.
        asked: how long the system asked to be left alone (`Retry-After`), which is kept to the second.
        chance: evenly spread between 0 and 1; it decides the jitter, so that this function has no dice.
    """
    if asked is not None:
        delay = asked * (1 + JITTER * chance)
    else:
        doubled = min(FIRST_DELAY * 2 ** min(attempt - 1, 20), LONGEST_DELAY)
        delay = doubled * (1 + JITTER * (2 * chance - 1))
    return delay if elapsed + delay <= cell.retry else None


def who_must_act(code: str) -> str:
    """Who must act on a failure, in plain words; a code outside the vocabulary is a bug of ours."""
    known = code if code in FailureCode.__members__ else FailureCode.UNEXPECTED
    return WHO_MUST_ACT[FailureCode(known)]


def table_of_answers(answers: Mapping[str, StepPolicy]) -> FailurePolicy:
    """The failure table of a bundle that knows one answer per step, whatever the failure.

    So bundles were written before there was the table; runs that pinned one go on under it.
    """
    known = {policy.answer for policy in answers.values()}
    rows = {_row(then): _standard(then, STANDARD_RETRY) for then in known}
    steps = {
        name: StepFailures(
            like=_row(policy.answer),
            skippable=policy.skippable,
            but=_standard(policy.answer, SHORTER_RETRY[Step(name)]) if name in SHORTER_RETRY else {},
        )
        for name, policy in answers.items()
    }
    return FailurePolicy(rows=rows, steps=steps)


def _row(then: FailureAnswer) -> str:
    return then.name.lower()


def _standard(then: FailureAnswer, retry: timedelta) -> dict[FailureCode, FailureCell]:
    worth_a_retry = {*RETRYABLE, FailureCode.UNEXPECTED}
    return {
        code: FailureCell(retry=retry if code in worth_a_retry else timedelta(0), then=then)
        for code in OF_A_STEP
    }
