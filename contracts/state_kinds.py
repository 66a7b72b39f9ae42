"""The kinds of states that most processes have, so that a declaration says only what is its own."""

from datetime import timedelta

from contracts.states import Lane, StateDeclaration

SYSTEM = "system"
TEN_MINUTES = timedelta(minutes=10)


def working(name: str, meaning: str, *next_states: str, budget: timedelta = TEN_MINUTES) -> StateDeclaration:
    """A state in which the run itself is at work."""
    return StateDeclaration(
        name=name, meaning=meaning, owner=SYSTEM, lane=Lane.RUNNING, budget=budget, next=next_states
    )


def waiting(
    name: str,
    meaning: str,
    owner: str,
    *next_states: str,
    budget: timedelta,
    lane: Lane = Lane.WAITING,
) -> StateDeclaration:
    """A state in which somebody, or some day, is waited for."""
    return StateDeclaration(
        name=name, meaning=meaning, owner=owner, lane=lane, budget=budget, next=next_states
    )


def undoing(name: str, *next_states: str) -> StateDeclaration:
    """The state in which a run takes back what it did."""
    return working(name, "What was done is being undone.", *next_states, budget=timedelta(hours=1))


def parked(name: str, *back_to: str) -> StateDeclaration:
    """The state of a run with a step that cannot be done."""
    meaning = "A step cannot be done; it waits for a person to retry, skip or abandon it."
    return waiting(name, meaning, "operator", *back_to, budget=timedelta(hours=8), lane=Lane.BLOCKED)


def ended(name: str, meaning: str, lane: Lane = Lane.COMPLETED) -> StateDeclaration:
    """A state from which a run goes nowhere; in the lane `escalated` where somebody must look."""
    return StateDeclaration(name=name, meaning=meaning, owner=SYSTEM, lane=lane)
