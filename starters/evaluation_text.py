"""An evaluation in words for a terminal."""

from __future__ import annotations

from rules.classifier_reports import EvalReport, ThresholdCosts, ThresholdReport
from starters.console import facts, table
from starters.status_text import money

PLACE = "reading.confidence_floor"
"""Where a policy has the threshold, in its page reading.yaml."""


def evaluation_text(report: EvalReport, classifier: str, costs: ThresholdCosts) -> str:
    """The whole report: what it found first, what to do about it last."""
    low, high = report.accuracy_range
    latency = report.latency
    head = facts(
        (
            ("classifier", classifier),
            ("examples", report.examples),
            ("accuracy", f"{report.accuracy:.1%} (with a certainty of 95 %: {low:.1%} to {high:.1%})"),
            ("intent", _share(report.intent_accuracy)),
            ("risk", _share(report.risk_accuracy)),
            ("no category", report.unanswered or None),
            ("failures", ", ".join(f"{count} {code}" for code, count in report.failures)),
            ("tokens", _tokens(report)),
            ("cost", _cost(report)),
            (
                "latency",
                (
                    f"median {latency.median_seconds:.3f} s, 95 % within {latency.p95_seconds:.3f} s, "
                    f"longest {latency.longest_seconds:.3f} s"
                ),
            ),
        )
    )
    return "\n\n".join((head, _classes(report), _reliability(report), _thresholds(report, costs)))


def policy_change(report: EvalReport) -> dict[str, object] | None:
    """What the derived threshold would change in the policy; None where it is the one in force."""
    if report.best.threshold == report.now.threshold or report.best.cost >= report.now.cost:
        return None
    return {"field": PLACE, "from": report.now.threshold, "to": report.best.threshold}


def _classes(report: EvalReport) -> str:
    rows = [
        (one.name, one.expected, one.answered, _share(one.precision), _share(one.recall))
        for one in report.classes
    ]
    return table(("CATEGORY", "EXAMPLES", "ANSWERS", "PRECISION", "RECALL"), rows)


def _reliability(report: EvalReport) -> str:
    rows = [
        (f"{one.first:.1f}-{one.last:.1f}", one.answers, f"{one.mean_confidence:.1%}", f"{one.accuracy:.1%}")
        for one in report.bins
    ]
    shown = table(("CONFIDENCE", "ANSWERS", "SAYS", "IS RIGHT"), rows)
    if report.calibration_error is None:
        return shown
    return f"{shown}\nconfidence and accuracy lie {report.calibration_error:.1%} apart on average"


def _thresholds(report: EvalReport, costs: ThresholdCosts) -> str:
    rows = [_threshold("in force", report.now), _threshold("cheapest", report.best)]
    headings = ("FLOOR", "AT", "COVERAGE", "TAKEN", "WRONG", "ASKED", "ACCURACY", "COST")
    shown = f"a wrong category costs {costs.wrong:g}, asking a person {costs.asking:g}"
    lines = [table(headings, rows), shown]
    change = policy_change(report)
    if change is None:
        lines.append("the policy stays as it is: no other floor costs less on these examples")
    else:
        saved = report.now.cost - report.best.cost
        lines.append(
            f"reading.yaml: confidence_floor: {report.now.threshold:g} -> {report.best.threshold:g} "
            f"would save {saved:g} of {report.now.cost:g}: {report.now.wrong} -> {report.best.wrong} wrong, "
            f"{report.now.asked} -> {report.best.asked} asked"
        )
    if report.few:
        lines.append("these are few examples: take the floor for a hint, and label more")
    return "\n".join(lines)


def _threshold(name: str, one: ThresholdReport) -> tuple[object, ...]:
    return (
        name,
        f"{one.threshold:g}",
        f"{one.coverage:.1%}",
        one.taken,
        one.wrong,
        one.asked,
        _share(one.accuracy_of_taken),
        f"{one.cost:g}",
    )


def _share(share: float | None) -> str | None:
    return None if share is None else f"{share:.1%}"


def _tokens(report: EvalReport) -> str | None:
    if not report.input_tokens and not report.output_tokens:
        return None
    return f"{report.input_tokens:,} in, {report.output_tokens:,} out"


def _cost(report: EvalReport) -> str | None:
    if report.cost_micros is None:
        return None
    return f"{money(report.cost_micros)}, {money(report.cost_micros // report.examples)} an example"
