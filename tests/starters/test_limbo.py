"""`limbo` as a person or a script uses it, and the schedule of its sweep on a real server."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from contracts.failures import FailureCode, ServiceFailure
from contracts.limbo import (
    CRM_KINDS,
    LimboKind,
    LooseEnd,
    LooseEndPage,
    LooseEnds,
    RunLine,
    RunPage,
    RunQuestion,
    RunWatch,
)
from contracts.names import Process
from contracts.states import Lane
from runtime.watch_schedules import LIMBO_WATCH, schedule_as_it_stands
from starters.exit_codes import ExitCode
from tests.starters.conftest import Run
from tests.starters.real_cli import Cli, until
from tests.starters.standins import NOW, StandInSurroundings
from workflows import search_attributes

DAY = timedelta(days=1)
INTAKE = Process.LEAD_INTAKE


class KeptWatch:
    """`RunWatch` over the lines that a test gave it, two to a page."""

    def __init__(self, *lines: RunLine) -> None:
        self.lines = lines
        self.asked: list[Process] = []
        self.failure: ServiceFailure | None = None

    async def overdue(self, question: RunQuestion, *, cursor: str, limit: int) -> RunPage:
        if self.failure:
            raise self.failure
        self.asked.append(question.process)
        mine = [line for line in self.lines if line.process is question.process]
        start = int(cursor or 0)
        page, rest = mine[start : start + 2], mine[start + 2 :]
        return RunPage(tuple(page), str(start + 2) if rest else "")


class KeptEnds:
    """`LooseEnds` that are what a test gave."""

    def __init__(self, **ends: LooseEnd) -> None:
        self.ends = ends
        self.asked: list[LimboKind] = []
        self.failure: ServiceFailure | None = None
        """Of the CRM."""

    async def found(self, kind: LimboKind, *, before: datetime, cursor: str, limit: int) -> LooseEndPage:
        self.asked.append(kind)
        if self.failure and kind in CRM_KINDS:
            raise self.failure
        return LooseEndPage(tuple(end for name, end in self.ends.items() if name == kind))

    async def told(self, keys: Sequence[str]) -> frozenset[str]:
        return frozenset()


class InLimbo(StandInSurroundings):
    """Stand-ins with what a sweep looks through."""

    watch, ends = KeptWatch(), KeptEnds()

    def limbo(self) -> AbstractAsyncContextManager[tuple[RunWatch, LooseEnds]]:
        @asynccontextmanager
        async def opened() -> AsyncGenerator[tuple[RunWatch, LooseEnds]]:
            yield self.watch, self.ends

        return opened()


@pytest.fixture
def around(tmp_path: Path) -> InLimbo:
    return InLimbo(tmp_path)


def review(number: int, ago: timedelta, owner: str | None = None) -> RunLine:
    return RunLine(
        f"{INTAKE}/l-{number}", INTAKE, Lane.WAITING, "in_review", NOW - ago, taken_up=True, owner_id=owner
    )


def test_nothing_is_left_lying(run_cli: Run) -> None:
    outcome = run_cli("limbo")
    assert (outcome.code, outcome.out) == (ExitCode.OK, "nothing is left lying\n")
    assert run_cli("limbo", "--json").document == {"findings": [], "not_looked_for": []}


def test_everything_is_shown_oldest_first_with_reason_and_command(run_cli: Run, around: InLimbo) -> None:
    around.watch = KeptWatch(*(review(number, (8 + number) * DAY) for number in range(3)))
    end = LooseEnd("lead-intake/l-9", "deal_9", NOW - 9.5 * DAY, None)
    around.ends = KeptEnds(record_without_owner=end)
    outcome = run_cli("limbo")
    assert outcome.code is ExitCode.OK
    heads = [line.split()[3:5] for line in outcome.out.splitlines()[1:]]
    assert heads == [
        ["over_budget", "lead-intake/l-2"],
        ["record_without_owner", "deal_9"],
        ["over_budget", "lead-intake/l-1"],
        ["over_budget", "lead-intake/l-0"],
    ]
    assert "10 days in in_review, where 7 days are given" in outcome.out
    assert "./throughline approval list" in outcome.out
    assert run_cli("limbo", "--fail-on-findings").code is ExitCode.FAILED
    first = run_cli("limbo", "--json").document["findings"][0]
    assert (first["workflow_id"], first["state"], first["kind"]) == (
        "lead-intake/l-2",
        "in_review",
        "over_budget",
    )
    assert first["tells"] == around.bundle.incomplete.ask


def test_filters_ask_only_for_what_is_wanted(run_cli: Run, around: InLimbo) -> None:
    around.watch = KeptWatch(review(1, 8 * DAY, "o-ada"), review(2, 9 * DAY))
    around.ends = KeptEnds(record_without_task=LooseEnd("lead-intake/l-3", "deal_3", NOW - DAY, "o-ada"))
    only = run_cli("limbo", "--for", "o-ada", "--json").document["findings"]
    assert [one["subject"] for one in only] == ["lead-intake/l-1", "deal_3"]
    around.watch.asked.clear()
    around.ends.asked.clear()
    assert len(run_cli("limbo", "--process", "lead-intake", "--json").document["findings"]) == 2
    assert (set(around.watch.asked), around.ends.asked) == ({INTAKE}, [])
    around.watch.asked.clear()
    assert len(run_cli("limbo", "--kind", "record_without_task", "--json").document["findings"]) == 1
    assert (around.watch.asked, around.ends.asked) == ([], [LimboKind.RECORD_WITHOUT_TASK])


def test_crm_that_does_not_answer_hides_nothing_else_and_is_named(run_cli: Run, around: InLimbo) -> None:
    around.watch, around.ends = KeptWatch(), KeptEnds()
    around.ends.failure = ServiceFailure(FailureCode.UNREACHABLE, "crm", "describe: no connection")
    nothing = run_cli("limbo")
    assert nothing.code is ExitCode.UNREACHABLE
    assert "nothing is left lying as far as could be seen" in nothing.out
    assert "not looked for in the crm: record_without_owner (UNREACHABLE: " in nothing.out
    around.watch = KeptWatch(review(1, 8 * DAY))
    some = run_cli("limbo", "--fail-on-findings", "--json")
    assert some.code is ExitCode.UNREACHABLE
    assert [one["subject"] for one in some.document["findings"]] == ["lead-intake/l-1"]
    assert [one["kind"] for one in some.document["not_looked_for"]] == list(CRM_KINDS)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--process", "sales"),
        ("--kind", "lost"),
        ("schedule", "--every", "5s"),
        ("schedule", "--every", "soon"),
        ("schedule", "--pause", "--remove"),
    ],
)
def test_wrong_command_line_is_refused(run_cli: Run, wrong: tuple[str, ...]) -> None:
    assert run_cli("limbo", *wrong).code is ExitCode.USAGE


def test_server_that_does_not_answer_is_one_line(run_cli: Run, around: InLimbo) -> None:
    around.watch = KeptWatch()
    around.watch.failure = ServiceFailure(FailureCode.UNAVAILABLE, "temporal", "it does not answer")
    outcome = run_cli("limbo")
    assert outcome.code is ExitCode.UNREACHABLE
    assert outcome.err.count("\n") == 1


async def test_real_run_is_shown_with_the_shipped_policy(cli: Cli, client: Client) -> None:
    shown = (
        SearchAttributePair(search_attributes.LANE, Lane.BLOCKED.value),
        SearchAttributePair(search_attributes.STAGE, "parked"),
        SearchAttributePair(search_attributes.STATE_SINCE, datetime.now().astimezone() - DAY),
    )
    await client.start_workflow(
        "LeadIntakeWorkflow",
        id="lead-intake/l-1",
        task_queue="nobody",
        search_attributes=TypedSearchAttributes(list(shown)),
    )
    document = await until(cli, lambda seen: seen["findings"] != [], "limbo")
    (found,) = document["findings"]
    assert (found["workflow_id"], found["state"]) == ("lead-intake/l-1", "parked")


async def test_schedule_is_made_changed_paused_and_removed(cli: Cli, client: Client) -> None:
    nothing = await cli("limbo", "schedule")
    assert nothing.code is ExitCode.NOT_FOUND
    assert "--every 15m" in nothing.err
    made = await cli("limbo", "schedule", "--every", "30m")
    assert made.code is ExitCode.OK
    assert "30 minutes" in made.out
    assert (await cli("limbo", "schedule", "--every", "1h", "--json")).document["schedule"]["every"] == "PT1H"
    assert "paused: yes" in (await cli("limbo", "schedule", "--pause")).out
    stands = await schedule_as_it_stands(client, LIMBO_WATCH)
    assert stands is not None
    assert (stands.paused, stands.every) == (True, timedelta(hours=1))
    resumed = await cli("limbo", "schedule", "--resume")
    assert "next run:" in resumed.out
    assert (await cli("limbo", "schedule", "--remove")).out == "the schedule is removed\n"
    assert (await cli("limbo", "schedule", "--remove")).code is ExitCode.NOT_FOUND


@pytest.mark.usefixtures("workers")
async def test_sweep_that_is_asked_for_runs_once(cli: Cli, client: Client) -> None:
    assert (await cli("limbo", "schedule", "--every", "1h")).code is ExitCode.OK
    assert (await cli("limbo", "schedule", "--now")).code is ExitCode.OK
    swept = await until(cli, lambda seen: seen["schedule"]["last_at"] is not None, "limbo", "schedule")
    assert swept["schedule"]["paused"] is False
    runs = [run async for run in client.list_workflows(f"WorkflowId STARTS_WITH '{LIMBO_WATCH.id}'")]
    assert len(runs) == 1
    result = await client.get_workflow_handle(runs[0].id).result()
    assert result == {"found": 0, "told": 0}
