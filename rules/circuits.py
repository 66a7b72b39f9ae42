"""When a system that keeps failing is left alone, and when it is tried again: the state in, the next one out.

The budget is that of gRPC's retry throttling (gRFC A6), the pauses are those of a circuit breaker (Nygard,
"Release It!").
"""

from datetime import datetime, timedelta

from contracts.circuits import Admission, CircuitState
from contracts.failure_policy import CircuitPolicy
from contracts.names import System

TRY_LASTS = timedelta(seconds=60)
"""How long the call that tries has; a worker that dies meanwhile must not leave the circuit open for ever."""

MOST_DOUBLINGS = 30
"""Beyond it the pause has long reached its limit, and the number stays one that a clock can add."""


def untroubled(system: System, policy: CircuitPolicy) -> CircuitState:
    """The state of a system of which no failure is known."""
    return CircuitState(system=system, budget_left=policy.budget)


def admission(state: CircuitState, policy: CircuitPolicy, now: datetime) -> tuple[Admission, CircuitState]:
    """Says whether a call may be made, and what is remembered of having said so."""
    if state.open_until is None:
        return Admission(verdict="call", untroubled=state.budget_left >= policy.budget), state
    if now < state.open_until:
        return Admission(verdict="wait", wait=state.open_until - now), state
    if state.trying_until is not None and now < state.trying_until:
        return Admission(verdict="wait", wait=min(policy.pause, state.trying_until - now)), state
    return Admission(verdict="try"), state.model_copy(update={"trying_until": now + TRY_LASTS})


def after_failure(
    state: CircuitState, policy: CircuitPolicy, now: datetime, *, tried: bool, asked: timedelta | None
) -> CircuitState:
    """What is remembered after a failed call; `asked` is how long the system wants to be left alone."""
    if state.open_until is not None:
        # Calls that were under way when it was left alone say nothing new.
        return _left_alone(state, policy, now, state.tries + 1, asked) if tried else state
    left = min(state.budget_left, policy.budget) - 1
    if left < 1:
        return _left_alone(state, policy, now, 0, asked)
    return state.model_copy(update={"budget_left": left})


def after_success(state: CircuitState, policy: CircuitPolicy, *, tried: bool) -> CircuitState:
    """What is remembered after a good call."""
    if state.open_until is not None:
        return untroubled(state.system, policy) if tried else state
    return state.model_copy(update={"budget_left": min(policy.budget, state.budget_left + policy.refund)})


def after_no_verdict(state: CircuitState) -> CircuitState:
    """What is remembered where the call that tried ended without an answer of the system: another may try."""
    return state.model_copy(update={"trying_until": None})


def _left_alone(
    state: CircuitState, policy: CircuitPolicy, now: datetime, tries: int, asked: timedelta | None
) -> CircuitState:
    pause = min(policy.pause * 2 ** min(tries, MOST_DOUBLINGS), policy.longest_pause)
    return CircuitState(
        system=state.system,
        budget_left=0,
        tries=tries,
        open_until=now + max(pause, asked or timedelta(0)),
    )
