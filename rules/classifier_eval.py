"""How good a classifier is on labelled examples, and from which confidence on its answers are worth taking.

A threshold has a price: what is answered wrongly above it, and what a person is asked below it. The one that
costs least on the examples is the one to set, if the examples are like what comes in.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median

from rules.classifier_reports import (
    ClassReport,
    ConfidenceBin,
    EvalReport,
    Judged,
    Latency,
    ThresholdCosts,
    ThresholdReport,
)

BINS = 10
FEW_EXAMPLES = 100
"""Below it the threshold rests on a handful of wrong answers; people are told so."""
Z_95 = 1.96
SHARE_95 = 0.95
DIGITS = range(2, 7)
"""Of a threshold: as few as tell the examples apart as they are told apart here."""


def report_on(judged: Sequence[Judged], floor: float, costs: ThresholdCosts) -> EvalReport:
    """Everything that is said of a classifier.

    Args:
        judged: the examples with what was answered; at least one was.
        floor: the confidence floor in force.
        costs: what a wrong answer and a question to a person cost, in any one unit.
    """
    right = sum(one.right for one in judged)
    spent = [one.cost_micros for one in judged if one.cost_micros is not None]
    return EvalReport(
        examples=len(judged),
        accuracy=right / len(judged),
        accuracy_range=wilson(right, len(judged)),
        intent_accuracy=_share(judged, lambda one: one.intent_right),
        risk_accuracy=_share(judged, lambda one: one.risk_right),
        unanswered=sum(not one.answered for one in judged),
        now=at_threshold(judged, floor, costs),
        best=best_threshold(judged, costs),
        classes=_classes(judged),
        bins=_bins(judged),
        calibration_error=_calibration_error(judged),
        cost_micros=sum(spent) if spent else None,
        input_tokens=sum(one.input_tokens or 0 for one in judged),
        output_tokens=sum(one.output_tokens or 0 for one in judged),
        failures=tuple(sorted(Counter(one.failure for one in judged if one.failure).items())),
        latency=_latency([one.seconds for one in judged if not one.failure]),
        few=len(judged) < FEW_EXAMPLES,
    )


def at_threshold(judged: Sequence[Judged], threshold: float, costs: ThresholdCosts) -> ThresholdReport:
    """What a threshold means: who is asked, what is taken, and what of that is wrong."""
    taken = [one for one in judged if is_taken(one, threshold)]
    wrong = sum(not one.right for one in taken)
    asked = len(judged) - len(taken)
    return ThresholdReport(
        threshold=threshold,
        taken=len(taken),
        wrong=wrong,
        asked=asked,
        coverage=len(taken) / len(judged),
        accuracy_of_taken=(len(taken) - wrong) / len(taken) if taken else None,
        cost=wrong * costs.wrong + asked * costs.asking,
    )


def best_threshold(judged: Sequence[Judged], costs: ThresholdCosts) -> ThresholdReport:
    """The threshold that costs least on the examples; of equals the highest, which gets less wrong."""
    answers = sorted({one.confidence for one in judged if _may_be_taken(one)})
    below = [0.0, *answers]
    # One between each two confidences, one that takes every answer, and one that takes none.
    candidates = [0.0, *(_between(low, high) for low, high in zip(below, answers, strict=False))]
    if not answers or answers[-1] < 1:
        candidates.append(_between(answers[-1] if answers else 0.0, 1.0))
    reports = [at_threshold(judged, one, costs) for one in candidates]
    return min(reports, key=lambda one: (one.cost, -one.threshold))


def is_taken(one: Judged, threshold: float) -> bool:
    """Whether an answer is acted on without a person, as the guardrails decide it."""
    return _may_be_taken(one) and one.confidence >= threshold


def wilson(right: int, of: int) -> tuple[float, float]:
    """Where a share most likely lies, with a certainty of 95 % (Wilson score interval)."""
    if not of:
        return 0.0, 1.0
    share, square = right / of, Z_95**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z_95 / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _may_be_taken(one: Judged) -> bool:
    return one.answered is not None and not one.asks_anyway


def _between(low: float, high: float) -> float:
    """The roundest number above `low` that is not above `high`."""
    for digits in DIGITS:
        scale = 10.0**digits
        rounded = math.floor(high * scale + 1e-9) / scale
        if low < rounded <= high:
            return rounded
    return high


def _share(judged: Sequence[Judged], verdict: Callable[[Judged], bool | None]) -> float | None:
    """How many of those that say it are right; None where no example has the label."""
    said = [found for one in judged if (found := verdict(one)) is not None]
    return sum(said) / len(said) if said else None


def _classes(judged: Sequence[Judged]) -> tuple[ClassReport, ...]:
    names = sorted({one.expected for one in judged} | {one.answered for one in judged if one.answered})
    return tuple(_class(name, judged) for name in names)


def _class(name: str, judged: Sequence[Judged]) -> ClassReport:
    expected = sum(one.expected == name for one in judged)
    answered = sum(one.answered == name for one in judged)
    right = sum(one.right and one.expected == name for one in judged)
    return ClassReport(
        name=name,
        expected=expected,
        answered=answered,
        precision=right / answered if answered else None,
        recall=right / expected if expected else None,
    )


def _bin_of(confidence: float) -> int:
    return min(BINS - 1, int(confidence * BINS + 1e-9))


def _bins(judged: Sequence[Judged]) -> tuple[ConfidenceBin, ...]:
    return tuple(
        ConfidenceBin(
            first=number / BINS,
            last=(number + 1) / BINS,
            answers=len(inside),
            mean_confidence=sum(one.confidence for one in inside) / len(inside),
            accuracy=sum(one.right for one in inside) / len(inside),
        )
        for number in range(BINS)
        if (inside := [one for one in judged if one.answered and _bin_of(one.confidence) == number])
    )


def _calibration_error(judged: Sequence[Judged]) -> float | None:
    """How far confidence and accuracy lie apart, on average over the answers (expected calibration error)."""
    bins = _bins(judged)
    answers = sum(one.answers for one in bins)
    if not answers:
        return None
    return sum(one.answers * abs(one.mean_confidence - one.accuracy) for one in bins) / answers


def _latency(seconds: Sequence[float]) -> Latency:
    ordered = sorted(seconds)
    at = min(len(ordered) - 1, math.ceil(SHARE_95 * len(ordered)) - 1)
    return Latency(median_seconds=median(ordered), p95_seconds=ordered[at], longest_seconds=ordered[-1])
