"""A system that keeps failing is left alone, and tried by one call at a time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.circuits import CircuitState
from contracts.failure_policy import CircuitPolicy
from contracts.names import System
from rules.circuits import (
    TRY_LASTS,
    admission,
    after_failure,
    after_no_verdict,
    after_success,
    untroubled,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
POLICY = CircuitPolicy(budget=3, refund=0.5, pause=timedelta(seconds=10), longest_pause=timedelta(seconds=60))
FRESH = untroubled(System.CRM, POLICY)


def failed(
    state: CircuitState,
    times: int = 1,
    *,
    at: datetime = NOW,
    tried: bool = False,
    asked: timedelta | None = None,
) -> CircuitState:
    for _ in range(times):
        state = after_failure(state, POLICY, at, tried=tried, asked=asked)
    return state


def test_untroubled_system_is_called_and_a_good_call_has_nothing_to_tell() -> None:
    admitted, after = admission(FRESH, POLICY, NOW)
    assert (admitted.verdict, admitted.untroubled, after) == ("call", True, FRESH)


def test_system_within_its_budget_is_called_and_good_calls_count() -> None:
    admitted, _ = admission(failed(FRESH), POLICY, NOW)
    assert (admitted.verdict, admitted.untroubled) == ("call", False)


def test_used_up_budget_leaves_the_system_alone_for_a_pause() -> None:
    state = failed(FRESH, 3)
    assert state.open_until == NOW + POLICY.pause
    admitted, after = admission(state, POLICY, NOW + timedelta(seconds=4))
    assert (admitted.verdict, admitted.wait, after) == ("wait", timedelta(seconds=6), state)


def test_good_calls_refill_the_budget_but_not_beyond_it() -> None:
    state = after_success(failed(FRESH), POLICY, tried=False)
    assert state.budget_left == 2.5
    for _ in range(5):
        state = after_success(state, POLICY, tried=False)
    assert state.budget_left == 3


def test_one_call_tries_after_the_pause_and_the_others_wait_for_it() -> None:
    later = NOW + POLICY.pause
    first, state = admission(failed(FRESH, 3), POLICY, later)
    second, after = admission(state, POLICY, later)
    assert (first.verdict, second.verdict, after) == ("try", "wait", state)
    assert timedelta(0) < second.wait <= POLICY.pause


def test_another_call_tries_where_the_first_never_says_how_it_went() -> None:
    later = NOW + POLICY.pause
    _, state = admission(failed(FRESH, 3), POLICY, later)
    assert admission(state, POLICY, later + TRY_LASTS)[0].verdict == "try"
    assert admission(after_no_verdict(state), POLICY, later)[0].verdict == "try"


def test_every_try_in_vain_doubles_the_pause_up_to_the_longest() -> None:
    state, pauses = failed(FRESH, 3), []
    now = NOW
    for _ in range(5):
        assert state.open_until is not None
        pauses.append((state.open_until - now).total_seconds())
        now = state.open_until
        _, state = admission(state, POLICY, now)
        state = failed(state, at=now, tried=True)
    assert pauses == [10, 20, 40, 60, 60]


def test_system_that_is_back_is_called_freely_again() -> None:
    _, state = admission(failed(FRESH, 3), POLICY, NOW + POLICY.pause)
    assert after_success(state, POLICY, tried=True) == FRESH


def test_calls_that_were_under_way_say_nothing_new_of_a_system_left_alone() -> None:
    state = failed(FRESH, 3)
    assert failed(state) == state
    assert after_success(state, POLICY, tried=False) == state


def test_system_is_left_alone_for_as_long_as_it_asks() -> None:
    state = failed(FRESH, 3, asked=timedelta(minutes=30))
    assert state.open_until == NOW + timedelta(minutes=30)


@given(calls=st.lists(st.booleans(), max_size=200))
def test_calls_to_a_system_that_is_away_are_bounded(calls: list[bool]) -> None:
    """Whatever came before: from its budget's end on, only one call per pause reaches it."""
    state = FRESH
    for good in calls:
        state = after_success(state, POLICY, tried=False) if good else failed(state)
    now, reached = NOW, 0
    for _ in range(600):
        now += timedelta(seconds=1)
        admitted, state = admission(state, POLICY, now)
        if admitted.verdict != "wait":
            reached += 1
            state = failed(state, at=now, tried=admitted.verdict == "try")
    assert reached <= POLICY.budget + 3 + 600 / POLICY.longest_pause.total_seconds() + 1
