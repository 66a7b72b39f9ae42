"""Why a step is parked, in one word that runs with the same trouble share."""

import re
from datetime import datetime
from typing import NamedTuple

from contracts.status import ParkedStep, Resolution, ResolvedStep

NO_SYSTEM = "unknown"
"""Stands for the system where nobody said which it was."""

MAX_LENGTH = 255
"""Characters of a keyword that every visibility store takes."""

_CAUSE = re.compile(r"(?P<step>[\w .:'#/-]+):(?P<code>\w+):(?P<system>[\w. -]+)", re.ASCII)
"""The name of an undo holds what it undoes, in words; whatever else a cause holds is a name of ours."""


class Cause(NamedTuple):
    """What a cause is made of."""

    step: str
    code: str
    system: str


def cause_of(parked: ParkedStep) -> str:
    """The fingerprint `step:CODE:system` of what parked a step; no personal data."""
    return f"{parked.step}:{parked.code}:{parked.system or NO_SYSTEM}"[:MAX_LENGTH]


def parts_of(cause: str) -> Cause:
    """The inverse of `cause_of`.

    Raises:
        ValueError: it is no cause.
    """
    found = _CAUSE.fullmatch(cause)
    if found is None:
        raise ValueError("not a cause, which is step:CODE:system")
    return Cause(found["step"], found["code"], found["system"])


def resolved(parked: ParkedStep, resolution: Resolution, at: datetime) -> ResolvedStep:
    """What is kept of a person's answer."""
    return ResolvedStep(
        step=parked.step,
        cause=cause_of(parked),
        answer=resolution.answer,
        actor_id=resolution.actor.id,
        reason=resolution.reason,
        at=at,
    )


def resolution_in_words(resolution: ResolvedStep) -> str:
    """Who answered what, and why."""
    said = f"{resolution.answer} {resolution.step} ({resolution.cause}) by {resolution.actor_id}"
    return f"{said}: {resolution.reason}" if resolution.reason else said
