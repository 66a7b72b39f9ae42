"""What every run answers when asked how it stands."""

from enum import StrEnum

from pydantic import AwareDatetime

from contracts.actors import Actor
from contracts.base import Contract, Line
from contracts.names import Process
from contracts.states import Lane


class StateVisit(Contract):
    """A state that a run has entered, and when."""

    state: str
    at: AwareDatetime


class Refusal(Contract):
    """A command that a run refused; kept so that nobody wonders why nothing happened."""

    command: str
    actor_id: str
    reason: str
    at: AwareDatetime


class ParkedStep(Contract):
    """A step that cannot be done until a person acts."""

    step: str
    code: str
    message: str
    who_must_act: str
    since: AwareDatetime
    attempt: int = 1
    skippable: bool = False
    abandonable: bool = True
    """False of an undo: there is nothing left to give up but the undo itself, which is skipping it."""
    system: str = ""
    """The system that said no; empty where nobody said, as of a step that timed out."""


class ResolutionAnswer(StrEnum):
    """What a person may do with a parked step."""

    RETRY = "retry"
    SKIP = "skip"
    ABANDON = "abandon"
    """Give up: everything done so far is undone."""


class ResolvedStep(Contract):
    """A person's answer to a parked step, as the run keeps it."""

    step: str
    cause: str
    """What it was parked for (`rules/parking.py`)."""
    answer: ResolutionAnswer
    actor_id: str
    reason: str = ""
    at: AwareDatetime


MAX_KEPT_RESOLUTIONS = 50
"""A run keeps the last ones: a status must stay small, however often a step is retried."""


class EffectRef(Contract):
    """One effect that a run made on another system."""

    step: str
    key: str
    external_id: str


class UndoneStep(Contract):
    """An effect that was taken back."""

    what: str
    kept: tuple[str, ...] = ()
    """What the undo left alone, since others rely on it by now."""


class UndoLeft(Contract):
    """An effect that was not taken back: it could not be, and a person left it as it is."""

    what: str
    code: str


class RunStatus(Contract):
    """The part of a status that all processes share. Holds no personal data."""

    process: Process
    workflow_id: str
    state: str
    meaning: str
    lane: Lane
    next_action_owner: str
    """The person or role that must make the next move."""
    next_moves: tuple[str, ...] = ()
    """The states that may follow."""
    commands: tuple[str, ...] = ()
    """The updates and signals that the run takes right now."""
    waits_for: str = ""
    due_at: AwareDatetime | None = None
    reasons: tuple[str, ...] = ()
    visits: tuple[StateVisit, ...] = ()
    policy_hash: str = ""
    parked: tuple[ParkedStep, ...] = ()
    """Steps that wait for a person; several where parallel steps failed."""
    resolutions: tuple[ResolvedStep, ...] = ()
    """How parked steps were answered, the oldest first."""
    refusals: tuple[Refusal, ...] = ()
    effects: tuple[EffectRef, ...] = ()


class Resolution(Contract):
    """A person's answer to a parked step."""

    answer: ResolutionAnswer
    step: str
    """The step that the person saw as parked; refused if it is another by now."""
    actor: Actor
    reason: Line = ""
    """Why; kept in the run and in what it records."""
    cause: str = ""
    """What the person saw it parked for; refused if it is something else by now. Empty takes any."""
