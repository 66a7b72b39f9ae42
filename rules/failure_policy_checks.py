"""What the schema of the failure table cannot say: that no cell is empty, that a run can do what it says."""

from collections.abc import Iterator

from contracts.failure_policy import FailureAnswer, FailureCell, FailurePolicy
from contracts.failures import OF_A_STEP
from contracts.names import Step
from contracts.policy import PolicyBundle
from contracts.steps import NEVER_PARKED, OPTIONAL_STEPS, OTHER_RECIPIENTS, SIMPLER_MEANS, longest_retry
from rules.policy_findings import Finding, unknown_name
from rules.policy_yaml import Place
from rules.wording import span_in_words


def failure_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    """Yields every hole of the table, and every answer that its step does not have."""
    policy = bundle.failures
    if policy is None:
        yield ("failures",), "the failure table is missing"
        return
    known = {step.value for step in Step}
    for name, row in policy.rows.items():
        for code in OF_A_STEP:
            if code not in row:
                yield ("failures", "rows", name), f"says nothing about {code}"
        for code in sorted(set(row) - set(OF_A_STEP)):
            yield ("failures", "rows", name, code), "is no failure of a step"
    for name in sorted(known - set(policy.steps)):
        yield ("failures", "steps"), f"says nothing about the step {name!r}"
    for name, line in policy.steps.items():
        place = ("failures", "steps", name)
        yield from unknown_name(place, "step", name, known)
        yield from unknown_name((*place, "like"), "row", line.like, policy.rows)
        if name in known:
            yield from _line_problems(policy, Step(name), place)


def _line_problems(policy: FailurePolicy, step: Step, place: Place) -> Iterator[Finding]:
    line = policy.steps[step]
    if line.skippable and step not in OPTIONAL_STEPS:
        yield (*place, "skippable"), "the process cannot go on without this step"
    for code, cell in policy.rows.get(line.like, {}).items():
        if code not in line.but:
            for problem in _cell_problems(step, cell):
                yield (*place, "like"), f"{code} in row {line.like!r}: {problem}"
    for code, cell in line.but.items():
        if code not in OF_A_STEP:
            yield (*place, "but", code), "is no failure of a step"
        for problem in _cell_problems(step, cell):
            yield (*place, "but", code), problem


def _cell_problems(step: Step, cell: FailureCell) -> Iterator[str]:
    if cell.retry > longest_retry(step):
        yield f"this step is tried for {span_in_words(longest_retry(step))} at most"
    if cell.then is FailureAnswer.SKIP and step not in OPTIONAL_STEPS:
        yield "the process cannot go on without this step, so it is not skipped"
    if cell.then is FailureAnswer.FALL_BACK and step not in SIMPLER_MEANS:
        yield f"nothing simpler does this; only {', '.join(sorted(SIMPLER_MEANS))} can fall back"
    if cell.then is FailureAnswer.REROUTE and step not in OTHER_RECIPIENTS:
        yield f"nobody else can be reached; only {', '.join(sorted(OTHER_RECIPIENTS))} can be rerouted"
    if cell.then is not FailureAnswer.SKIP and step in NEVER_PARKED:
        yield "nothing waits for this step, so its only answer is skip"
