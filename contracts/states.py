"""How a process declares its states: once, for the workflow, the docs, the Web UI and the stall detector."""

from datetime import timedelta
from enum import StrEnum

from contracts.base import Contract
from contracts.names import Process


class Lane(StrEnum):
    """Where a run is, in words for people. Every run is in exactly one lane."""

    RUNNING = "running"
    WAITING = "waiting"
    """For a person or for a time."""
    BLOCKED = "blocked"
    """Parked: a step cannot be done and somebody must act."""
    ESCALATED = "escalated"
    COMPLETED = "completed"


class StateDeclaration(Contract):
    """One state of a process."""

    name: str
    meaning: str
    """What it means, in plain words for an operator."""
    owner: str
    """The role that must make the next move; `system` where nobody waits for a person."""
    lane: Lane
    budget: timedelta | None = None
    """How long a run may stay before somebody should look; none for terminal states."""
    next: tuple[str, ...] = ()
    """The states that may follow; empty for a terminal state."""


class ProcessDeclaration(Contract):
    """All states of a process. `rules/state_machine.py` answers questions about it."""

    process: Process
    title: str
    purpose: str = ""
    """What the process is for, in one plain sentence."""
    initial: str
    states: tuple[StateDeclaration, ...]
