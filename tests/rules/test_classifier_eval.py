"""What is said of a classifier is what the examples show, and the derived floor costs least on them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.classifier_eval import at_threshold, best_threshold, is_taken, report_on, wilson
from rules.classifier_reports import Judged, ThresholdCosts

COSTS = ThresholdCosts(wrong=5, asking=1)


def judged(expected: str, answered: str | None, confidence: float, **more: object) -> Judged:
    return Judged(expected=expected, answered=answered, confidence=confidence, **more)  # type: ignore[arg-type]


EXAMPLES = (
    judged("a", "a", 0.95),
    judged("a", "a", 0.92),
    judged("a", "b", 0.61),
    judged("b", "b", 0.64),
    judged("b", "a", 0.3),
    judged("b", None, 0.0),
    judged("b", "b", 0.9, asks_anyway=True),
    judged("c", None, 0.0, failure="TIMED_OUT"),
)


def test_shares_are_counted_over_all_examples() -> None:
    report = report_on(EXAMPLES, 0.55, COSTS)
    assert (report.examples, report.accuracy, report.unanswered) == (8, 0.5, 2)
    assert report.failures == (("TIMED_OUT", 1),)
    by_name = {one.name: one for one in report.classes}
    assert (by_name["a"].precision, by_name["a"].recall) == (2 / 3, 2 / 3)
    assert (by_name["b"].precision, by_name["b"].recall) == (2 / 3, 0.5)
    assert (by_name["c"].precision, by_name["c"].recall) == (None, 0.0)
    assert report.few


def test_threshold_in_force_is_priced() -> None:
    now = report_on(EXAMPLES, 0.55, COSTS).now
    assert (now.taken, now.wrong, now.asked) == (4, 1, 4)
    assert (now.coverage, now.accuracy_of_taken, now.cost) == (0.5, 0.75, 9)


def test_floor_is_the_roundest_number_that_tells_the_examples_apart() -> None:
    # 0.61 is wrong: leaving it out costs a question, and 0.64 is still taken.
    best = best_threshold(EXAMPLES, COSTS)
    assert (best.threshold, best.wrong, best.asked, best.cost) == (0.64, 0, 5, 5)
    close = (judged("a", "b", 0.70001), judged("a", "a", 0.70002))
    assert best_threshold(close, COSTS).threshold == 0.70002


@pytest.mark.parametrize(
    ("wrong", "asking", "taken"), [(1_000, 1, 3), (0.001, 1_000, 5)], ids=["errors dear", "people dear"]
)
def test_stated_costs_decide(wrong: float, asking: float, taken: int) -> None:
    assert best_threshold(EXAMPLES, ThresholdCosts(wrong=wrong, asking=asking)).taken == taken


def test_where_every_answer_is_wrong_a_person_is_always_asked() -> None:
    best = best_threshold((judged("a", "b", 0.99), judged("a", "c", 0.4)), COSTS)
    assert (best.taken, best.asked) == (0, 2)
    assert 0.99 < best.threshold <= 1


def test_reliability_bins_hold_each_answer_once() -> None:
    report = report_on(EXAMPLES, 0.55, COSTS)
    assert [(one.first, one.answers) for one in report.bins] == [(0.3, 1), (0.6, 2), (0.9, 3)]
    assert report.bins[1].accuracy == 0.5
    assert report.bins[1].mean_confidence == pytest.approx(0.625)
    assert report.calibration_error == pytest.approx(
        (0.3 + 2 * 0.125 + 3 * (1 - (0.95 + 0.92 + 0.9) / 3)) / 6
    )
    edge = report_on((judged("a", "a", 1.0), judged("a", "a", 0.3)), 0.5, COSTS)
    assert [one.first for one in edge.bins] == [0.3, 0.9]


def test_optional_labels_count_where_they_are() -> None:
    report = report_on(
        (judged("a", "a", 0.9, intent_right=True), judged("a", "a", 0.9, intent_right=False)), 0.5, COSTS
    )
    assert (report.intent_accuracy, report.risk_accuracy) == (0.5, None)


def test_cost_tokens_and_latency_are_of_the_answers() -> None:
    times = [judged("a", "a", 0.9, seconds=n / 10, cost_micros=7, input_tokens=5) for n in range(1, 21)]
    report = report_on((*times, judged("a", None, 0.0, failure="REJECTED")), 0.5, COSTS)
    assert (report.cost_micros, report.input_tokens) == (140, 100)
    latency = report.latency
    assert (latency.median_seconds, latency.p95_seconds, latency.longest_seconds) == (1.05, 1.9, 2.0)
    assert report_on((judged("a", "a", 0.9),), 0.5, COSTS).cost_micros is None


def test_wilson_interval_is_that_of_the_textbook() -> None:
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(10, 10)
    assert 0.7 < low < 0.8
    assert high == pytest.approx(1)


CASES = st.builds(
    Judged,
    expected=st.sampled_from("ab"),
    answered=st.sampled_from(["a", "b", None]),
    confidence=st.floats(0, 1),
    asks_anyway=st.booleans(),
)


@given(
    st.lists(CASES, min_size=1, max_size=30),
    st.floats(0.01, 100),
    st.floats(0.01, 100),
    st.floats(0, 1),
)
def test_no_other_floor_costs_less(examples: list[Judged], wrong: float, asking: float, other: float) -> None:
    costs = ThresholdCosts(wrong=wrong, asking=asking)
    best = best_threshold(examples, costs)
    assert best.cost <= at_threshold(examples, other, costs).cost + 1e-9
    assert 0 <= best.threshold <= 1
    assert best == at_threshold(examples, best.threshold, costs)
    assert best.taken == sum(is_taken(one, best.threshold) for one in examples)
    assert best.taken + best.asked == len(examples)
