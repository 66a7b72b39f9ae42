"""The failure table: what a step that fails in a certain way means for the run. `policies/failures.yaml`."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from contracts.base import Slug
from contracts.failures import FailureCode
from contracts.names import System
from contracts.policy_terms import Duration, PolicyModel


class FailureAnswer(StrEnum):
    """What a run does when a step cannot be done."""

    PARK = "park"
    """Waits for a person."""
    UNDO = "undo"
    """Takes back what was done."""
    SKIP = "skip"
    """Goes on without it, with a note."""
    FALL_BACK = "fall back"
    """Has it done by the simpler means that the process keeps for this."""
    REROUTE = "reroute"
    """Has it reach somebody else."""


class FailureCell(PolicyModel):
    """One answer of the table: how long the step is tried again, and what is done when that is over.

    In YAML a text: `park`, `skip`, `undo`, `fall back`, `reroute`, or `retry 2h then park`.
    """

    retry: Duration = timedelta(0)
    """Elapsed time since the first attempt; zero gives up at the first failure."""
    then: FailureAnswer


_CELL = re.compile(r"(?:retry (?P<retry>[0-9A-Za-z.]+) then )?(?P<then>[a-z ]+)")


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _CELL.fullmatch(value.strip())
    if match is None or match["then"] not in set(FailureAnswer):
        answers = ", ".join(FailureAnswer)
        raise ValueError(f"write one of {answers}; or for example: retry 2h then {FailureAnswer.PARK}")
    retry = {"retry": match["retry"]} if match["retry"] else {}
    return {**retry, "then": match["then"]}


Cell = Annotated[FailureCell, BeforeValidator(_cell)]


class StepFailures(PolicyModel):
    """The line of one step: that of a row, with its own answers where it differs."""

    like: Slug
    """Name of the row."""
    but: dict[FailureCode, Cell] = Field(default_factory=dict)
    skippable: bool = False
    """Whether a person may skip the step while it is parked."""


class CircuitPolicy(PolicyModel):
    """When a system is left alone, by all workers of a store together.

    A budget of failed calls, as gRPC's retry throttling keeps one (gRFC A6): a failed call takes one away, a
    good one gives a part back. Once it is used up, nobody calls for a pause; then one call tries whether the
    system is back.
    """

    budget: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Failed calls."""
    refund: Annotated[float, Field(gt=0, le=1)] = 0.1
    """What a good call gives back; 0.1 bears one failure in ten for ever."""
    pause: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(seconds=15)
    """How long nobody calls at first; it doubles with every try that fails."""
    longest_pause: Duration = timedelta(minutes=5)

    @model_validator(mode="after")
    def _pauses_in_order(self) -> Self:
        if self.longest_pause < self.pause:
            raise ValueError("longest_pause must not be shorter than pause")
        return self


class StepPolicy(PolicyModel):
    """One answer for a step, whatever the failure: what bundles had before there was the table."""

    answer: FailureAnswer = FailureAnswer.PARK
    skippable: bool = False


class FailurePolicy(PolicyModel):
    """The whole table, and how much failing each system is allowed."""

    rows: dict[Slug, dict[FailureCode, Cell]]
    """Answers that several steps share, by failure code."""
    steps: dict[Slug, StepFailures]
    systems: dict[System, CircuitPolicy] = Field(default_factory=dict)
    """Systems that are not named get the defaults."""
