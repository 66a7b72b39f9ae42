"""`parked`: what is parked is listed by cause, shown in full, and answered one by one or as a whole group."""

import itertools
import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import typer

from contracts.failures import WHO_MUST_ACT, FailureCode
from contracts.ids import follow_through_workflow_id, intake_workflow_id, onboarding_workflow_id
from contracts.lead_intake import Amendment
from contracts.names import Process
from contracts.states import Lane
from contracts.status import ParkedStep, Resolution, ResolutionAnswer, ResolvedStep
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.metering import Pace, Rate, rate_from
from starters.parked_group import MOST_SILENT
from starters.parked_list import age
from starters.parked_runs import ParkedFilter, ParkedRun, groups_of, oldest_first
from starters.visibility import parked_query
from tests.starters.conftest import Run
from tests.starters.standins import LEAD, NOW, StandInSurroundings, intake_status
from tests.starters.test_commands import verifies

FORBIDDEN = "create_lead_records:FORBIDDEN:crm"
REJECTED = "create_task:REJECTED:crm"
WHY = ("--as", "m-eve", "--reason", "the credential is renewed")
FAST = ("--rate", "1000/s")


def parked_run(name: str, cause: str | None = FORBIDDEN, **fields: object) -> ParkedRun:
    known: dict[str, object] = {
        "workflow_id": intake_workflow_id(name),
        "process": Process.LEAD_INTAKE,
        "run": "running",
        "lane": Lane.BLOCKED,
        "stage": "parked",
        "owner_id": None,
        "due_at": None,
        "started_at": NOW - timedelta(days=1),
        "cause": cause,
        "since": NOW - timedelta(hours=1),
    }
    return ParkedRun(**{**known, **fields})  # type: ignore[arg-type]


def parked_step(cause: str = FORBIDDEN, **fields: object) -> ParkedStep:
    step, code, system = cause.split(":")
    known: dict[str, object] = {
        "step": step,
        "code": code,
        "system": system,
        "message": "the credential is void",
        "who_must_act": WHO_MUST_ACT[FailureCode(code)],
        "since": NOW - timedelta(hours=1),
    }
    return ParkedStep.model_validate({**known, **fields})


def group(around: StandInSurroundings, *names: str, cause: str = FORBIDDEN) -> None:
    """Parks leads for one cause, the first named longest ago."""
    around.door.parked_runs = tuple(
        parked_run(name, cause, since=NOW - timedelta(hours=len(names) - number))
        for number, name in enumerate(names)
    )
    for name in names:
        around.door.intakes[name] = [
            intake_status(name, parked=(parked_step(cause),), commands=("amend_lead",))
        ]


def sent(around: StandInSurroundings) -> list[tuple[str, Resolution]]:
    return [one for one in around.door.commands if isinstance(one, tuple) and isinstance(one[1], Resolution)]


# -- list and show


def test_list_groups_by_cause_with_count_age_processes_owners_and_who_must_act(
    run_cli: Run, around: StandInSurroundings
) -> None:
    around.door.parked_runs = (
        parked_run("c1", owner_id="o-ada", since=NOW - timedelta(days=2, hours=3, minutes=4)),
        parked_run("c2", owner_id="o-ben"),
        parked_run("o1", process=Process.CUSTOMER_ONBOARDING, workflow_id=onboarding_workflow_id("o1")),
        parked_run("c3", REJECTED),
        parked_run("c4", None, since=None),
    )
    outcome = run_cli("parked", "list")
    assert outcome.code is ExitCode.OK, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].split() == ["CAUSE", "RUNS", "OLDEST", "PROCESSES", "OWNERS", "WHO", "MUST", "ACT"]
    assert re.match(
        rf"{FORBIDDEN}  3 +2 days 3 hours +customer-onboarding,lead-intake  o-ada,o-ben +the site", lines[1]
    )
    assert re.match(rf"{REJECTED} +1 +1 hour +lead-intake +- +an operator", lines[2])
    assert re.match(r"unrecorded +1 +- +lead-intake +- +see each run", lines[3])
    document = run_cli("parked", "list", "--json").document
    assert [(one["cause"], one["runs"]) for one in document["groups"]] == [
        (FORBIDDEN, 3),
        (REJECTED, 1),
        ("unrecorded", 1),
    ]
    assert (document["runs"], document["complete"]) == (5, True)


def test_list_asks_for_what_was_named_and_says_when_there_is_nothing(
    run_cli: Run, around: StandInSurroundings
) -> None:
    assert run_cli("parked", "list", "--cause", FORBIDDEN).out == "nothing is parked\n"
    run_cli("parked", "list", "--process", "customer-onboarding")
    assert around.door.filters == [ParkedFilter(FORBIDDEN), ParkedFilter(process=Process.CUSTOMER_ONBOARDING)]


def test_query_is_one_for_all_processes_and_holds_nobodys_text() -> None:
    query = parked_query(ParkedFilter("undo owner's notification:REJECTED:outbox"))
    assert "Lane = 'blocked'" in query
    assert "ExecutionStatus = 'Running'" in query
    assert 'ParkedCause = "undo owner\'s notification:REJECTED:outbox"' in query
    assert query.count("Workflow'") == len(set(Process) - {Process.APPROVAL})
    with pytest.raises(ValueError, match="not a cause"):
        parked_query(ParkedFilter('x:Y:z" OR ParkedCause != "'))


def test_groups_and_their_runs_are_in_a_fixed_order() -> None:
    runs = [
        parked_run("b"),
        parked_run("a"),
        parked_run("d", since=None),
        parked_run("c", since=NOW - timedelta(days=1)),
    ]
    assert [one.workflow_id[-1] for one in oldest_first(runs)] == ["c", "a", "b", "d"]
    assert [one.oldest for one in groups_of(runs)] == [NOW - timedelta(days=1)]


def test_age_is_told_by_its_two_largest_units() -> None:
    assert age(NOW - timedelta(days=3, hours=2, minutes=1), NOW) == "3 days 2 hours"
    assert age(NOW + timedelta(seconds=2), NOW) == "no time"
    assert age(None, NOW) is None


def test_show_lists_the_runs_of_a_cause(run_cli: Run, around: StandInSurroundings) -> None:
    group(around, "c1", "c2")
    outcome = run_cli("parked", "show", FORBIDDEN)
    assert outcome.code is ExitCode.OK, outcome.err
    assert outcome.out.startswith("the site engineer: the credential is wrong or lacks a scope\n")
    assert re.search(r"lead-intake/c1  2 hours  2026-11-21 07:00 UTC", outcome.out)
    assert [
        one["workflow_id"] for one in run_cli("parked", "show", FORBIDDEN, "--json").document["runs"]
    ] == [
        "lead-intake/c1",
        "lead-intake/c2",
    ]


def test_show_of_a_cause_that_parks_nothing_is_not_found(run_cli: Run) -> None:
    outcome = run_cli("parked", "show", FORBIDDEN)
    assert outcome.code is ExitCode.NOT_FOUND
    assert f"no run is parked for this cause, {FORBIDDEN}" in outcome.err


def test_show_tells_all_that_a_run_says_of_its_parked_steps(
    run_cli: Run, around: StandInSurroundings
) -> None:
    answered = ResolvedStep(
        step="create_task",
        cause=REJECTED,
        answer=ResolutionAnswer.RETRY,
        actor_id="o-ben",
        reason="x",
        at=NOW,
    )
    around.door.intakes[LEAD] = [
        intake_status(
            parked=(parked_step(attempt=2), parked_step(REJECTED, skippable=True)),
            commands=("resolve", "amend_lead"),
            resolutions=(answered,),
        )
    ]
    outcome = run_cli("parked", "show", intake_workflow_id(LEAD))
    assert outcome.code is ExitCode.OK, outcome.err
    for words in (
        "the credential is void",
        "attempt:      2",
        "since:        2026-11-21 08:00 UTC, 1 hour ago",
        "who must act: the site engineer",
        "parked retry, ./throughline parked amend, ./throughline parked abandon",
        "parked retry, ./throughline parked amend, ./throughline parked skip, ./throughline parked abandon",
        f"2026-11-21 09:00 UTC retry create_task ({REJECTED}) by o-ben: x",
    ):
        assert words in outcome.out
    document = run_cli("parked", "show", intake_workflow_id(LEAD), "--json").document
    assert [(one["cause"], one["takes"]) for one in document["parked"]] == [
        (FORBIDDEN, ["retry", "amend", "abandon"]),
        (REJECTED, ["retry", "amend", "skip", "abandon"]),
    ]


def test_show_of_a_run_with_nothing_parked_says_so(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.intakes[LEAD] = [intake_status()]
    outcome = run_cli("parked", "show", intake_workflow_id(LEAD))
    assert outcome.code is ExitCode.OK
    assert "parked:      nothing" in outcome.out


# -- answers to one run


@pytest.mark.parametrize("answer", ResolutionAnswer)
def test_one_run_is_answered_as_by_the_commands_of_its_process(
    run_cli: Run, around: StandInSurroundings, answer: ResolutionAnswer
) -> None:
    run = follow_through_workflow_id(LEAD)
    group(around, LEAD)
    outcome = run_cli("parked", answer, intake_workflow_id(LEAD), *WHY)
    assert outcome.code is ExitCode.OK, outcome.err
    ((workflow_id, resolution),) = sent(around)
    assert workflow_id == intake_workflow_id(LEAD)
    assert (resolution.answer, resolution.step) == (answer, "create_lead_records")
    assert resolution.reason == "the credential is renewed"
    assert verifies(around, "m-eve", resolution.actor.assertion, workflow_id)
    assert run_cli("parked", answer, run, "--as", "m-eve").code is ExitCode.NOT_FOUND


def test_one_run_of_several_parked_steps_wants_a_step(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.intakes[LEAD] = [intake_status(parked=(parked_step(), parked_step(REJECTED)))]
    outcome = run_cli("parked", "retry", intake_workflow_id(LEAD), *WHY)
    assert outcome.code is ExitCode.USAGE
    assert "create_lead_records, create_task" in outcome.err
    named = run_cli("parked", "retry", intake_workflow_id(LEAD), *WHY, "--step", "create_task")
    assert named.code is ExitCode.OK
    assert [one.step for _, one in sent(around)] == ["create_task"]


# -- answers to a group


@pytest.mark.parametrize("answer", ResolutionAnswer)
def test_group_is_answered_oldest_first_each_run_under_its_own_proof(
    run_cli: Run, around: StandInSurroundings, answer: ResolutionAnswer
) -> None:
    group(around, "c1", "c2", "c3")
    outcome = run_cli("parked", answer, "--cause", FORBIDDEN, *WHY, *FAST, "--json")
    assert outcome.code is ExitCode.OK, outcome.err
    assert [workflow_id for workflow_id, _ in sent(around)] == [f"lead-intake/c{n}" for n in (1, 2, 3)]
    for workflow_id, resolution in sent(around):
        assert (resolution.answer, resolution.step, resolution.cause) == (
            answer,
            "create_lead_records",
            FORBIDDEN,
        )
        assert verifies(around, "m-eve", resolution.actor.assertion, workflow_id)
    counts = {name: outcome.document[name] for name in ("taken", "left", "refused", "no_answer")}
    assert counts == {"taken": 3, "left": 0, "refused": 0, "no_answer": 0}
    assert (outcome.document["cause"], outcome.document["answer"]) == (FORBIDDEN, answer)


def test_group_takes_a_limit_and_a_process(run_cli: Run, around: StandInSurroundings) -> None:
    group(around, "c1", "c2", "c3")
    outcome = run_cli(
        "parked", "retry", "--cause", FORBIDDEN, *WHY, *FAST, "--limit", 2, "--process", "lead-intake"
    )
    assert outcome.out == (
        "2 of 2 runs: 2 taken, 0 no longer parked for it, 0 refused, 0 without an answer\n"
    )
    assert around.door.filters == [ParkedFilter(FORBIDDEN, Process.LEAD_INTAKE, 2)]


def refusing(reason: str, code: ExitCode = ExitCode.REFUSED_BY_RUN) -> CommandFailure:
    return CommandFailure(code, reason, where="run")


def test_refused_run_keeps_no_other_from_its_answer(run_cli: Run, around: StandInSurroundings) -> None:
    group(around, "c1", "c2", "c3")
    around.door.refuse_runs["lead-intake/c2"] = refusing("step create_lead_records may not be skipped")
    outcome = run_cli("parked", "skip", "--cause", FORBIDDEN, *WHY, *FAST, "--json")
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert "refused, lead-intake/c2: step create_lead_records may not be skipped" in outcome.err
    assert (outcome.document["taken"], outcome.document["refused"]) == (2, 1)
    assert {one["workflow_id"]: one["became"] for one in outcome.document["runs"]} == {
        "lead-intake/c1": "taken",
        "lead-intake/c2": "refused",
        "lead-intake/c3": "taken",
    }


def test_run_that_somebody_answered_before_is_no_refusal(run_cli: Run, around: StandInSurroundings) -> None:
    group(around, "c1", "c2", "c3")
    around.door.refuse_runs |= {
        "lead-intake/c1": refusing("step create_lead_records is not parked (parked: none)"),
        "lead-intake/c2": refusing("the run is over (completed)"),
    }
    around.door.intakes["c1"] = [intake_status("c1", parked=(parked_step(REJECTED),))]
    around.door.intakes["c2"] = [intake_status("c2")]
    outcome = run_cli("parked", "retry", "--cause", FORBIDDEN, *WHY, *FAST, "--json")
    assert outcome.code is ExitCode.OK, outcome.err
    assert (outcome.document["taken"], outcome.document["left"]) == (1, 2)
    assert outcome.err == ""


def test_one_run_that_does_not_answer_stops_nobody(run_cli: Run, around: StandInSurroundings) -> None:
    group(around, "c1", "c2", "c3")
    around.door.refuse_runs["lead-intake/c1"] = refusing("no answer within 15 s", ExitCode.NO_ANSWER)
    outcome = run_cli("parked", "retry", "--cause", FORBIDDEN, *WHY, *FAST, "--json")
    assert outcome.code is ExitCode.NO_ANSWER
    assert (outcome.document["taken"], outcome.document["no_answer"]) == (2, 1)
    assert "without an answer, lead-intake/c1" in outcome.err


@pytest.mark.parametrize(
    ("code", "most"),
    [(ExitCode.UNREACHABLE, 1), (ExitCode.NO_ANSWER, MOST_SILENT)],
    ids=["server", "workers"],
)
def test_group_stops_where_nobody_is_there_and_says_how_to_go_on(
    run_cli: Run, around: StandInSurroundings, code: ExitCode, most: int
) -> None:
    group(around, *(f"c{number}" for number in range(40)))
    around.door.refuse_runs = {
        f"lead-intake/c{number}": refusing("nobody is there", code) for number in range(10, 40)
    }
    outcome = run_cli("parked", "retry", "--cause", FORBIDDEN, *WHY, *FAST)
    assert outcome.code is code
    assert len(sent(around)) == 10
    assert re.search(r"stopped after 1\d of 40 runs: 10 taken.*run this again to go on", outcome.err)
    tried = int(re.search(r"stopped after (\d+)", outcome.err)[1])  # type: ignore[index]
    assert tried <= 10 + most


def test_group_that_is_empty_is_not_found(run_cli: Run) -> None:
    outcome = run_cli("parked", "retry", "--cause", FORBIDDEN, *WHY)
    assert outcome.code is ExitCode.NOT_FOUND
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("said", "yes", "code", "answers"),
    [(b"y\n", (), ExitCode.OK, 2), (b"n\n", (), ExitCode.INTERRUPTED, 0), (b"", ("--yes",), ExitCode.OK, 2)],
    ids=["yes", "no", "not asked"],
)
def test_group_is_confirmed_at_a_terminal(
    run_cli: Run,
    around: StandInSurroundings,
    monkeypatch: pytest.MonkeyPatch,
    *,
    said: bytes,
    yes: tuple[str, ...],
    code: ExitCode,
    answers: int,
) -> None:
    group(around, "c1", "c2")
    monkeypatch.setattr("starters.parked_group.at_a_terminal", lambda: True)
    outcome = run_cli("parked", "retry", "--cause", FORBIDDEN, *WHY, *FAST, *yes, stdin=said)
    assert outcome.code is code
    assert ("Retry 2 runs parked for" in outcome.err) is not bool(yes)
    assert len(sent(around)) == answers


# -- amending


@pytest.fixture
def written(tmp_path: Path) -> Callable[[object], Path]:
    def write(document: object) -> Path:
        file = tmp_path / "amendments.json"
        file.write_text(json.dumps(document))
        return file

    return write


Write = Callable[[object], Path]


def test_amended_lead_is_tried_again(run_cli: Run, around: StandInSurroundings) -> None:
    group(around, LEAD)
    outcome = run_cli(
        "parked", "amend", LEAD, "--set", "email=ann@b.example", "--set", "country=DE", "--as", "m-eve"
    )
    assert outcome.code is ExitCode.OK, outcome.err
    amendment, _ = around.door.commands
    ((workflow_id, resolution),) = sent(around)
    assert isinstance(amendment, Amendment)
    assert amendment.details.model_dump(exclude_none=True) == {"email": "ann@b.example", "country": "DE"}
    assert (workflow_id, resolution.answer, resolution.cause) == (
        intake_workflow_id(LEAD),
        ResolutionAnswer.RETRY,
        FORBIDDEN,
    )


def test_lead_that_is_not_parked_is_not_amended(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.intakes[LEAD] = [intake_status()]
    outcome = run_cli("parked", "amend", LEAD, "--set", "email=ann@b.example", "--as", "m-eve")
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert around.door.commands == []


def test_file_amends_each_of_its_leads_and_tries_them_again(
    run_cli: Run, around: StandInSurroundings, written: Write
) -> None:
    group(around, "c1", "c2", cause=REJECTED)
    file = written({"lead-intake/c1": {"country": "DE"}, "c2": {"country": "FR"}})
    outcome = run_cli("parked", "amend", "--file", file, *WHY, *FAST, "--json")
    assert outcome.code is ExitCode.OK, outcome.err
    amended = [one.details.country for one in around.door.commands if isinstance(one, Amendment)]
    assert amended == ["DE", "FR"]
    assert [(workflow_id, one.step) for workflow_id, one in sent(around)] == [
        ("lead-intake/c1", "create_task"),
        ("lead-intake/c2", "create_task"),
    ]
    assert outcome.document["taken"] == 2


def test_file_with_a_cause_leaves_alone_what_is_no_longer_parked_for_it(
    run_cli: Run, around: StandInSurroundings, written: Write
) -> None:
    group(around, "c1", cause=REJECTED)
    file = written({"c1": {"country": "DE"}, "c2": {"country": "FR"}})
    outcome = run_cli("parked", "amend", "--file", file, "--cause", REJECTED, *WHY, *FAST, "--json")
    assert outcome.code is ExitCode.OK, outcome.err
    assert (outcome.document["taken"], outcome.document["left"]) == (1, 1)
    assert [workflow_id for workflow_id, _ in sent(around)] == ["lead-intake/c1"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"c1": {"email": 5}}, "item 1: email must be text"),
        ({"c1": {"mail": "x"}}, "item 1: mail is no field of an amendment"),
        ({"c1": {}}, "item 1: amendment holds nothing to amend"),
        ({"customer-onboarding/o1": {"name": "A"}}, "item 1: amendment is for no lead"),
        ({"c1": {"name": "A"}, "lead-intake/c1": {"name": "B"}}, "item 2: amendment names a lead twice"),
        ({"ann@b.example": {"name": "A"}}, "item 1: amendment is for no lead"),
        ({}, "amendments name no lead"),
        ([], "amendments must be an object"),
    ],
)
def test_file_that_cannot_be_used_amends_nobody(
    run_cli: Run, around: StandInSurroundings, written: Write, document: object, said: str
) -> None:
    outcome = run_cli("parked", "amend", "--file", written(document), *WHY)
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert said in outcome.err
    assert "ann@b.example" not in outcome.err
    assert around.door.commands == []


# -- command lines that are wrong


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--cause", "none"), "step:CODE:system"),
        (("list", "--process", "approval"), "must be one of lead-intake"),
        (("show", "lead-intake/c1/approval"), "not the workflow id of a run that can park"),
        (("retry", "--as", "m-eve"), "name one of them"),
        (("retry", "lead-intake/c1", "--cause", FORBIDDEN, "--as", "m-eve"), "name one of them"),
        (("retry", "c1", "--as", "m-eve"), "not the workflow id of a run that can park"),
        (("retry", "--cause", FORBIDDEN, "--as", "m-eve"), "must not be blank"),
        (("retry", "--cause", "unrecorded", *WHY), "take each by its workflow id"),
        (("retry", "--cause", FORBIDDEN, *WHY, "--step", "create_task"), "a cause names its step"),
        (("retry", "--cause", FORBIDDEN, *WHY, "--rate", "fast"), "such as 5/s"),
        (("retry", "--cause", FORBIDDEN, *WHY, "--rate", "0/s"), "above 0"),
        (("abandon", "--cause", FORBIDDEN, *WHY, "--limit", "0"), "--limit"),
        (("amend", "--as", "m-eve"), "name one of them"),
        (("amend", "c1", "--as", "m-eve"), "must be FIELD=TEXT"),
        (("amend", "c1", "--set", "email", "--as", "m-eve"), "must be FIELD=TEXT"),
        (("amend", "c1", "--set", "email=a", "--cause", FORBIDDEN, "--as", "m-eve"), "whatever parked it"),
        (("amend", "--file", "f", "--as", "m-eve"), "must not be blank"),
        (("amend", "--file", "f", "--set", "email=a", *WHY), "a file says it"),
    ],
)
def test_a_wrong_command_line_is_one_line(run_cli: Run, arguments: tuple[str, ...], said: str) -> None:
    outcome = run_cli("parked", *arguments)
    assert outcome.code is ExitCode.USAGE
    assert outcome.err.count("\n") == 1
    assert said in outcome.err


def test_nobody_unknown_answers_a_group(run_cli: Run, around: StandInSurroundings) -> None:
    group(around, "c1")
    outcome = run_cli("parked", "retry", "--cause", FORBIDDEN, "--as", "o-nobody", "--reason", "why")
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert around.door.commands == []


# -- the pace


@pytest.mark.parametrize(("text", "per_second"), [("5", 5), ("5/s", 5), ("90/m", 1.5), ("0.5/s", 0.5)])
def test_rate_is_read(text: str, per_second: float) -> None:
    assert rate_from("--rate", text).per_second == per_second


def test_rate_beyond_what_is_metered_is_refused() -> None:
    with pytest.raises(typer.BadParameter):
        rate_from("--rate", "1001/s")


async def test_pace_is_never_faster_than_its_rate() -> None:
    pace, turns = Pace(Rate(100)), list[float]()
    for _ in range(20):
        await pace.turn()
        turns.append(time.monotonic())
    gaps = [later - earlier for earlier, later in itertools.pairwise(turns)]
    assert min(gaps) >= 0.0095


async def test_pace_makes_up_for_no_turn_that_came_late() -> None:
    pace, began = Pace(Rate(50)), time.monotonic()
    await pace.turn()
    while time.monotonic() - began < 0.1:
        pass
    await pace.turn()
    second = time.monotonic()
    await pace.turn()
    assert time.monotonic() - second >= 0.019
