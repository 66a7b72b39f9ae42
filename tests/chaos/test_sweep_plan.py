"""The sweep sees what it is for: steps that nobody takes, effects that are doubled, lost or too many."""

import itertools
from collections import Counter

from tests.chaos.evidence import Made
from tests.chaos.fault_script import FaultKind, Step, placed
from tests.chaos.findings import Steps, compared, kinds_of, not_withdrawn
from tests.chaos.journeys import Journey
from tests.chaos.sweep import ONLY_READ, planned, registered, uncovered
from workflows.effects import IRREVERSIBLE, UNDO_OF

TASK = Made("tasks", "lead-intake/abc#create_task")
NOTE = Made("notes", "lead-intake/abc#create_note")
REMINDER = ("outbox", "lead-follow-through#notify_person#acknowledge_reminder-{person}-1")


def every_step() -> dict[Journey, list[Step]]:
    return {Journey.LEAD: [Step(name, name, f"lead-intake#{name}") for name in registered() - ONLY_READ]}


def test_step_that_no_journey_takes_is_named_with_what_to_do() -> None:
    steps = every_step()
    assert uncovered(steps) == []
    steps[Journey.LEAD] = [step for step in steps[Journey.LEAD] if step.activity != "create_task"]
    first, *others = uncovered(steps)
    assert first.startswith("step create_task changes another system, and no journey takes it")
    assert [problem.partition(" ")[0] for problem in others] == ["activity"]


def test_undo_that_no_journey_comes_to_is_named() -> None:
    steps = every_step()
    steps[Journey.LEAD] = [step for step in steps[Journey.LEAD] if step.activity != "delete_task"]
    assert any("delete_task takes back step create_task" in problem for problem in uncovered(steps))


def test_activity_that_is_said_to_read_and_writes_is_named() -> None:
    steps = every_step()
    steps[Journey.ACCESS] = [Step("find_slots", "free_slots", "customer-onboarding#find_slots")]
    assert uncovered(steps) == ["activity find_slots is in ONLY_READ and wrote to the store"]


def test_every_effect_of_the_workflows_is_an_activity_by_the_same_name() -> None:
    assert {str(step) for step in (*UNDO_OF, *IRREVERSIBLE)} <= registered()
    assert registered() >= ONLY_READ


def test_every_step_meets_every_fault_once_and_no_guest_meets_two_kinds() -> None:
    steps = every_step()
    kinds = (FaultKind.BEFORE, FaultKind.LATE)
    plan = planned(steps, itertools.count(), kinds)
    met = Counter((fault.step, fault.kind) for fault in plan.faults)
    assert met == Counter(itertools.product(steps[Journey.LEAD], kinds))
    of_guest = {
        guest.name: {fault.kind for fault in plan.faults if fault.subject == guest.name}
        for guest in plan.guests
    }
    assert {len(kinds) for kinds in of_guest.values()} == {1}


def test_place_of_a_key_names_its_subject_and_leaves_ids_out() -> None:
    assert placed("lead-intake/abc#notify_person#alert-p-oskar-nobody~f00") == (
        "abc",
        "lead-intake#notify_person#alert-{person}-nobody",
    )
    assert placed("customer-onboarding/xyz/approval#") == ("xyz", "customer-onboarding/approval#")
    assert placed("customer-onboarding/xyz#book_kickoff#20261126T0900Z") == (
        "xyz",
        "customer-onboarding#book_kickoff#{slot}",
    )
    assert placed("lead-intake/a/approval#approval_opened#01a21560-9e10-7e88-ba8c-af67b8180c26") == (
        "a",
        "lead-intake/approval#approval_opened#{execution}",
    )
    assert placed("somebody else's") is None


def test_doubled_lost_and_unexpected_effects_are_told_apart() -> None:
    normal = kinds_of(Counter({TASK: 1, NOTE: 1}))
    assert compared(Counter({TASK: 1, NOTE: 1}), normal) == ([], [], [])
    assert compared(Counter({TASK: 2, NOTE: 1}), normal).doubled == [TASK]
    assert compared(Counter({TASK: 1}), normal).lost == [NOTE.kind]
    other = Made("tasks", "lead-intake/abc#create_task#again")
    assert compared(Counter({TASK: 1, NOTE: 1, other: 1}), normal).unexpected == [other]


def test_message_that_its_run_took_back_is_not_lost() -> None:
    told = Made("outbox", "lead-follow-through/abc#notify_person#lead_escalated-p-maya-1")
    none = Steps(taken={told.key}, called_off=set())
    assert not_withdrawn([told.kind, TASK.kind], none) == [told.kind, TASK.kind]
    assert not_withdrawn([told.kind, TASK.kind], none._replace(called_off={told.key})) == [TASK.kind]


def test_reminder_is_lost_only_where_its_run_had_it_sent() -> None:
    key = "lead-follow-through/abc#notify_person#acknowledge_reminder-p-aiko-1"
    assert not_withdrawn([REMINDER], Steps(taken={key}, called_off=set())) == [REMINDER]
    assert not_withdrawn([REMINDER], Steps(taken=set(), called_off=set())) == []
