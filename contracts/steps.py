"""What a run asks when a step cannot be done."""

from collections.abc import Mapping
from datetime import timedelta

from contracts.base import Contract, Key
from contracts.failure_policy import FailureAnswer
from contracts.names import Step


class AnswerFailureInput(Contract):
    """The question for `rules/failures.py`."""

    policy_hash: Key
    step: str
    code: str


class FailureRuling(Contract):
    """What the run does now, and who is told."""

    answer: FailureAnswer
    skippable: bool = False
    tell: str | None = None
    """The person who is told of a parked step, once."""


LONGEST_RETRY = timedelta(hours=24)
"""For how long the table may have a step tried; a parked one waits as long as it takes."""

SHORTER_RETRY: Mapping[Step, timedelta] = {
    Step.CLASSIFY_LEAD: timedelta(minutes=14),
    Step.SUMMARISE_TRANSCRIPT: timedelta(minutes=14),
}
"""A lead waits no longer for a model; words are counted instead, or a person reads."""


def longest_retry(step: Step) -> timedelta:
    """For how long the table may have this step tried. `workflows/options.py` ends it only after that."""
    return SHORTER_RETRY.get(step, LONGEST_RETRY)


OPTIONAL_STEPS: frozenset[Step] = frozenset(
    {
        Step.CLASSIFY_LEAD,
        Step.SUMMARISE_TRANSCRIPT,
        Step.CREATE_TASK,
        Step.CREATE_NOTE,
        Step.NOTIFY_OWNER,
        Step.NOTIFY_PERSON,
        Step.SAVE_FOLLOW_UP_DRAFT,
        Step.MOVE_STAGE,
        Step.READ_AGREEMENT,
        Step.MESSAGE_CUSTOMER,
    }
)
"""What a process can go on without. Every other step is never skipped, by policy or by a person."""

SIMPLER_MEANS: frozenset[Step] = frozenset({Step.CLASSIFY_LEAD})
"""Steps that can fall back: where the classifier is away, our own word counting reads the text."""

OTHER_RECIPIENTS: frozenset[Step] = frozenset({Step.NOTIFY_OWNER})
"""Steps that can be rerouted: where the owner cannot be told, the desk is."""

NEVER_PARKED: frozenset[Step] = frozenset({Step.NOTIFY_PERSON})
"""Steps beside the way of a run: nothing waits for them, so their failure is noted and skipped."""
