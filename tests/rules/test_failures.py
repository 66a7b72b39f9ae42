"""The failure table answers every failure of every step, and says how long it is tried."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.failure_policy import FailureAnswer, FailureCell, StepFailures, StepPolicy
from contracts.failures import OF_A_STEP, WHO_MUST_ACT, FailureCode
from contracts.names import Step
from contracts.steps import AnswerFailureInput
from rules.failures import (
    FIRST_DELAY,
    JITTER,
    LONGEST_DELAY,
    STANDARD_RETRY,
    cell_for,
    next_attempt_in,
    ruling_for,
    table_of,
    who_must_act,
)
from rules.policy_source import bundle_from_json, bundle_json
from tests.bundles import small_bundle
from tests.rules.policy_samples import shipped

HOURS = timedelta(hours=1)


def asked(step: str, code: str) -> AnswerFailureInput:
    return AnswerFailureInput(policy_hash="p", step=step, code=code)


class TestTheTable:
    @pytest.mark.parametrize("code", OF_A_STEP)
    @pytest.mark.parametrize("step", Step)
    def test_no_cell_of_the_shipped_table_is_empty(self, step: Step, code: FailureCode) -> None:
        assert cell_for(step, code, table_of(shipped())) is not None

    def test_line_differs_from_its_row_where_it_says_so(self) -> None:
        table = table_of(shipped())
        rejected = cell_for(Step.NOTIFY_OWNER, FailureCode.REJECTED, table)
        conflict = cell_for(Step.NOTIFY_OWNER, FailureCode.CONFLICT, table)
        assert rejected is not None
        assert rejected.then is FailureAnswer.REROUTE
        assert conflict is not None
        assert conflict.then is FailureAnswer.PARK

    @pytest.mark.parametrize(
        ("step", "code"),
        [
            ("no_such_step", "REJECTED"),
            (Step.CREATE_TASK, "POLICY_UNKNOWN"),
            (Step.CREATE_TASK, "ValueError"),
        ],
    )
    def test_what_the_table_has_no_place_for_is_parked_for_the_desk(self, step: str, code: str) -> None:
        bundle = shipped()
        ruling = ruling_for(asked(step, code), bundle)
        assert (ruling.answer, ruling.tell) == (FailureAnswer.PARK, bundle.incomplete.ask)

    def test_ruling_is_the_cells_answer(self) -> None:
        ruling = ruling_for(asked(Step.CLASSIFY_LEAD, "UNAVAILABLE"), shipped())
        assert (ruling.answer, ruling.skippable) == (FailureAnswer.FALL_BACK, True)


class TestCells:
    @pytest.mark.parametrize(
        ("text", "retry", "then"),
        [
            ("park", timedelta(0), FailureAnswer.PARK),
            (" fall back ", timedelta(0), FailureAnswer.FALL_BACK),
            ("retry 90s then undo", timedelta(seconds=90), FailureAnswer.UNDO),
            ("retry 1h30m then fall back", timedelta(hours=1.5), FailureAnswer.FALL_BACK),
        ],
    )
    def test_text_is_read(self, text: str, retry: timedelta, then: FailureAnswer) -> None:
        line = StepFailures.model_validate({"like": "row", "but": {"REJECTED": text}})
        assert line.but[FailureCode.REJECTED] == FailureCell(retry=retry, then=then)

    @pytest.mark.parametrize(
        "text", ["", "give up", "retry", "retry 2h", "retry 2h, then park", "park then skip"]
    )
    def test_text_that_is_no_answer_is_refused_with_examples(self, text: str) -> None:
        with pytest.raises(ValidationError, match="retry 2h then park"):
            StepFailures.model_validate({"like": "row", "but": {"REJECTED": text}})


class TestTryingAgain:
    CELL = FailureCell(retry=HOURS, then=FailureAnswer.PARK)

    @pytest.mark.parametrize(
        ("attempt", "delay"),
        [(1, FIRST_DELAY), (2, FIRST_DELAY * 2), (4, FIRST_DELAY * 8), (50, LONGEST_DELAY)],
    )
    def test_delay_doubles_up_to_a_limit(self, attempt: int, delay: timedelta) -> None:
        assert self.next(attempt=attempt, chance=0.5) == delay

    def test_delays_differ_by_the_jitter(self) -> None:
        assert self.next(attempt=1, chance=0) == FIRST_DELAY * (1 - JITTER)
        assert self.next(attempt=1, chance=1) == FIRST_DELAY * (1 + JITTER)

    def test_no_sooner_than_the_system_asks(self) -> None:
        wanted = timedelta(seconds=30)
        assert self.next(attempt=1, asked=wanted, chance=0) == wanted
        assert self.next(attempt=1, asked=wanted, chance=1) == wanted * (1 + JITTER)

    def test_no_retry_begins_after_the_time_is_over(self) -> None:
        assert self.next(attempt=9, elapsed=HOURS - LONGEST_DELAY * 2) is not None
        assert self.next(attempt=9, elapsed=HOURS - timedelta(seconds=1)) is None
        assert self.next(attempt=1, asked=HOURS + timedelta(seconds=1)) is None

    def test_answer_without_a_retry_gives_up_at_once(self) -> None:
        cell = FailureCell(then=FailureAnswer.PARK)
        assert next_attempt_in(cell, attempt=1, elapsed=timedelta(0), asked=None, chance=0) is None

    @given(
        attempt=st.integers(1, 100_000),
        elapsed=st.timedeltas(timedelta(0), timedelta(days=2)),
        asked=st.none() | st.timedeltas(timedelta(0), timedelta(days=2)),
        chance=st.floats(0, 1),
    )
    def test_every_retry_is_bounded(
        self, attempt: int, elapsed: timedelta, asked: timedelta | None, chance: float
    ) -> None:
        delay = self.next(attempt=attempt, elapsed=elapsed, asked=asked, chance=chance)
        if delay is not None:
            assert elapsed + delay <= self.CELL.retry
            assert delay >= (asked or timedelta(0))

    def next(
        self,
        *,
        attempt: int,
        elapsed: timedelta = timedelta(0),
        asked: timedelta | None = None,
        chance: float = 0.5,
    ) -> timedelta | None:
        return next_attempt_in(self.CELL, attempt=attempt, elapsed=elapsed, asked=asked, chance=chance)


@pytest.mark.parametrize("code", FailureCode)
def test_who_must_act_is_known_of_every_code(code: FailureCode) -> None:
    assert who_must_act(code) == WHO_MUST_ACT[code]


def test_code_outside_the_vocabulary_is_a_bug() -> None:
    assert who_must_act("KeyError") == WHO_MUST_ACT[FailureCode.UNEXPECTED]


def test_bundle_from_before_the_table_keeps_its_answers() -> None:
    steps = {Step.CREATE_TASK: StepPolicy(answer=FailureAnswer.UNDO, skippable=True)}
    bundle = small_bundle(failures=None, steps=steps)
    again = bundle_from_json(bundle_json(bundle))
    ruling = ruling_for(asked(Step.CREATE_TASK, "REJECTED"), again)
    assert (ruling.answer, ruling.skippable) == (FailureAnswer.UNDO, True)
    cell = cell_for(Step.CREATE_TASK, "UNAVAILABLE", table_of(again))
    assert cell == FailureCell(retry=STANDARD_RETRY, then=FailureAnswer.UNDO)
    assert ruling_for(asked(Step.CREATE_NOTE, "REJECTED"), again).answer is FailureAnswer.PARK
