"""What a run asks when a step cannot be done."""

from contracts.base import Contract, Key
from contracts.policy import FailureAnswer


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
