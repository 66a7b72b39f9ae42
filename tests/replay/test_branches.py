"""Every branch of the workflows is replayed by some recorded history."""

import runpy
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.replay.branches import PASSED, Branch, Branches, marked_source, marked_workflows
from tests.replay.corpus import read_history, recorded_names
from tests.replay.replaying import all_replayed

BY_QUERY = "Only a query asks before there is a plan, and queries are in no history."
GUARD = "A guard against a bug of ours, which suspends the run until a worker without it comes."
BY_DOOR = "The validator asked the same before the update was in the history, and that has not changed since."
DEAD_QUEUE = "Takes a queue that is dead for as long as an activity may take, and recordings go by real time."
IN_AN_INSTANT = "Takes a cancellation in the instant in which the server, or the loop, is at just this."
NO_EVENT = "How a run leaves a worker's memory; nothing of that is in a history."

NOT_REPLAYED: Mapping[str, str] = {
    "actors.problem_with_actor: except FailureError: is caught": DEAD_QUEUE,
    "actors.problem_with_actor: is_cancelled_exception(error): holds": IN_AN_INSTANT,
    "actors.problem_with_actor: is_cancelled_exception(error): fails": DEAD_QUEUE,
    "approval.ApprovalWorkflow._show_request: plan.reason_text: fails": (
        "Every plan of today has it; the field may be empty in payloads of an earlier version."
    ),
    "approval_file.ApprovalFile.quorum: self._plan: fails": BY_QUERY,
    "approval_file.ApprovalFile.entitled: self._plan is None: holds": BY_QUERY,
    "approval_file.ApprovalFile.outcome: self._plan: fails": BY_QUERY,
    "approval_file.ApprovalFile.problem_with: self._plan is None: holds": (
        "Only a validator asks before there is a plan, and replay passes validators over."
    ),
    "crm_drift_watch.CrmDriftWatchWorkflow.get_status: runs": (
        "Only a query asks, and queries are in no history."
    ),
    "detached.let_go: ended.cancelled(): holds": NO_EVENT,
    "known.known: value is None: holds": GUARD,
    "lead_intake.LeadIntakeWorkflow._joined: is_cancelled_exception(error): holds": IN_AN_INSTANT,
    "lead_intake.LeadIntakeWorkflow._undo: lambda: self._record(IntakeState.UNDONE): runs": (
        "The run fails right after, so that nobody tries it again; an undo has to name one."
    ),
    "limbo_watch.LimboWatchWorkflow.run: pages >= PAGES_OF_A_RUN: holds": (
        "It takes thousands of runs that lie; a history shows the same where the server suggests it."
    ),
    "limbo_watch.LimboWatchWorkflow.get_status: runs": "Only a query asks, and queries are in no history.",
    "limbo_watch.LimboWatchWorkflow._look_at_a_page: is_cancelled_exception(error): holds": IN_AN_INSTANT,
    "limbo_watch.LimboWatchWorkflow._look_at_a_page: swept.cursor: holds": (
        "It takes hundreds of runs that lie; the same command follows, with where the page ended."
    ),
    "outcomes.Outcomes._next_flag: again: fails": "The policy check refuses to flag again after no time.",
    "parallel.Meanwhile.__aexit__: isinstance(error, GeneratorExit): holds": NO_EVENT,
    "parallel.call_off: except asyncio.CancelledError: is caught": IN_AN_INSTANT,
    "parallel.call_off: cancelled is not None: holds": IN_AN_INSTANT,
    "plan_walk.walk: task.cancelled(): holds": IN_AN_INSTANT,
    "progress.Progress._refuse_undeclared: problem := transition_problem(self._process, current, target): "
    "holds": GUARD,
    "progress.Progress._show: self._state.lane not in _STANDING_LANES: holds": (
        "Only a run that stands is told to expect something else."
    ),
    "saga.failure_code: error.type: fails": "Every failure of an activity of ours has a type.",
    "saga.failure_code: isinstance(error, TemporalTimeoutError): holds": DEAD_QUEUE,
    'steps.Steps.problem_with: ", ".join(self._progress.parked): fails': BY_DOOR,
    "steps.Steps.problem_with: resolution.step in self._answers: holds": IN_AN_INSTANT,
    "saga.system_of: bottom.details: fails": "Every failure of an activity of ours has details.",
    "saga.system_of: isinstance(said, str): fails": "The first of them is the system's name, a text.",
    "steps.Steps.problem_with: resolution.cause != cause_of(parked): holds": BY_DOOR,
    "steps.Steps.problem_with: parked.skippable: fails": BY_DOOR,
    "steps.Steps.problem_with: parked.abandonable: fails": BY_DOOR,
    "steps.Steps._parked: beneath is not None: fails": "Narrows a type: what is parked covers a state.",
}
"""Branches that no history takes, each with the reason why none can."""

TEACHES = """No recorded history takes these branches, so nothing shows that runs which do survive a change:

{branches}

Record one: a scenario in tests/replay that takes a run there (README.md, "How to record"), then
`python -m tests.replay.record`. What no history can take goes into NOT_REPLAYED, with the reason.
"""


@pytest.mark.timeout(180)
async def test_every_branch_is_replayed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    marked, branches = marked_workflows("marked_workflows", tmp_path)
    PASSED.clear()
    outcomes = await all_replayed({name: read_history(name) for name in recorded_names()}, marked)
    assert {name for name, outcome in outcomes.items() if outcome.failure} == set()
    required = [branch for branch in branches.values() if not branch.in_validator]
    missing = untaken(branches)
    record_testsuite_property("replay_branches_taken", f"{len(required) - len(missing)}/{len(required)}")
    unexcused = [str(branch) for branch in missing if branch.name not in NOT_REPLAYED]
    assert not unexcused, TEACHES.format(branches="\n".join(unexcused))
    stale = sorted(set(NOT_REPLAYED) - {branch.name for branch in missing})
    assert not stale, "taken by now, or gone: take it out of NOT_REPLAYED"


def untaken(branches: Branches) -> list[Branch]:
    """The branches that were not passed; validators are left out, since replay runs none."""
    return [branch for point, branch in branches.items() if point not in PASSED and not branch.in_validator]


EVERY_KIND = '''
"""Told."""
from collections.abc import Sequence


def judged(numbers: Sequence[int], strict: bool, patched: bool) -> str:
    """Told."""
    if (strict or patched) and not numbers:
        return "none"
    for number in numbers:
        try:
            picked = [one for one in numbers if one > 1] or [1 // number]
        except ZeroDivisionError:
            return "zero" if strict else "nought"
        while picked:
            picked.pop()
    return (lambda: "all")()
'''


def test_each_kind_of_branch_is_told_apart(tmp_path: Path) -> None:
    """What would not be seen here could be left out of every history unnoticed."""
    branches, judged = marked_text(EVERY_KIND, tmp_path)
    assert judged([], False, True) == "none"
    assert ways_left(branches) == {
        "strict: holds",
        "numbers: holds",
        "patched: fails",
        "for number in numbers: begins",
        "for number in numbers: runs out",
        "one > 1: holds",
        "one > 1: fails",
        "[one for one in numbers if one > 1]: holds",
        "[one for one in numbers if one > 1]: fails",
        "except ZeroDivisionError: is caught",
        "strict #2: holds",
        "strict #2: fails",
        "picked: holds",
        "picked: fails",
        'lambda: "all": runs',
    }
    assert [judged([2], True, False), judged([1], False, False)] == ["all", "all"]
    assert ways_left(branches) == {
        "except ZeroDivisionError: is caught",
        "strict #2: holds",
        "strict #2: fails",
    }
    assert [judged([0], strict, False) for strict in (True, False)] == ["zero", "nought"]
    assert ways_left(branches) == set()


def marked_text(text: str, folder: Path) -> tuple[Branches, Callable[..., str]]:
    """The branches of one module, and the function in it that is marked."""
    known: Branches = {}
    marked = folder / "every_kind.py"
    marked.write_text(marked_source(Path("every_kind.py"), text, known), encoding="utf-8")
    PASSED.clear()
    judged: Callable[..., str] = runpy.run_path(str(marked))["judged"]
    return known, judged


def ways_left(branches: Branches) -> set[str]:
    return {f"{branch.what}: {branch.way}" for branch in untaken(branches)}
