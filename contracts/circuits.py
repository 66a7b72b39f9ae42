"""The circuit of a system: whether it may be called, as all workers of a store together see it."""

from datetime import timedelta
from typing import Literal

from pydantic import AwareDatetime

from contracts.base import Contract
from contracts.names import System


class CircuitState(Contract):
    """How a system has been doing."""

    system: System
    budget_left: float
    """Failed calls that are still allowed."""
    tries: int = 0
    """How often it was tried since it was left alone, in vain."""
    open_until: AwareDatetime | None = None
    """Nobody calls before; none where it may be called freely."""
    trying_until: AwareDatetime | None = None
    """Until when the call that tries has to say how it went; after that, another one may try."""


class Admission(Contract):
    """Whether a call may be made."""

    verdict: Literal["call", "try", "wait"]
    """`try` is the one call that finds out whether the system is back."""
    wait: timedelta = timedelta(0)
    untroubled: bool = False
    """Whether no failure is remembered, so that a good call has nothing to tell."""
