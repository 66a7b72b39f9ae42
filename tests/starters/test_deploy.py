"""`deploy` against a real server with versioned workers: what it shows, and each way in which it refuses."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from temporalio.client import Client

from contracts.names import TaskQueue
from runtime.settings import Settings, WorkerSettings
from starters.exit_codes import ExitCode
from starters.findings import Finding, Verdict
from starters.server_checks import version_findings
from tests.running import running_workers
from tests.starters.outcome import Outcome
from tests.starters.real_cli import Cli
from tests.workflows.house import eventually
from workers.wiring import wire

ONE, TWO = "build-1", "build-2"

Serving = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture
def serving(settings: Settings, client: Client) -> Serving:
    """Workers of a build, for all queues or for some, known to the server once the block begins."""

    @asynccontextmanager
    async def serve(
        build: str, cli: Cli, queues: tuple[TaskQueue, ...] = tuple(TaskQueue)
    ) -> AsyncIterator[None]:
        async with (
            wire(settings) as wiring,
            running_workers(client, wiring, queues=queues, build=build),
        ):
            await eventually(lambda: unserved(cli, build), lambda seen: seen == set(TaskQueue) - set(queues))
            yield

    return serve


async def unserved(cli: Cli, build: str) -> set[str] | None:
    """The queues that a build does not serve, as the server knows them; None while it knows no build."""
    outcome = await cli("deploy", "status", "--json")
    if outcome.code is not ExitCode.OK:
        return None
    return next((set(one["unserved"]) for one in outcome.document["builds"] if one["build"] == build), None)


def refused(outcome: Outcome, code: ExitCode, *words: str) -> None:
    """Whether a command was refused in one line that says these words, and nothing else was shown."""
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.count("\n") == 1
    assert [word for word in words if word not in outcome.err] == []


@pytest.mark.parametrize("command", [("status",), ("current", ONE), ("ramp", ONE, "--percentage", "5")])
async def test_without_versioned_workers_there_is_nothing_to_deploy(
    cli: Cli, command: tuple[str, ...]
) -> None:
    more = () if command == ("status",) else ("--yes",)
    outcome = await cli("deploy", *command, *more)
    refused(outcome, ExitCode.NOT_FOUND, "no versioned worker has polled", "USE_VERSIONING=true")


async def test_first_build_gets_nothing_until_it_is_current(
    cli: Cli, serving: Serving, client: Client
) -> None:
    versioned = WorkerSettings(use_versioning=True, build_id=ONE)

    async def found() -> Finding:
        (finding,) = await version_findings(client, versioned)
        return finding

    async with serving(ONE, cli):
        assert (
            "nothing is dispatched until `./throughline deploy current" in (await cli("deploy", "status")).out
        )
        # A server that is too busy to say so is not what is looked at here.
        before = await eventually(found, lambda finding: finding.verdict is not Verdict.WARN)
        assert (before.verdict, before.remedy) == (Verdict.PROBLEM, f"./throughline deploy current {ONE}")
        made = await cli("deploy", "current", ONE, "--yes")
        assert made.out.startswith(f"build {ONE} is current\n")
        assert (await found()).verdict is Verdict.OK
        again = (await cli("deploy", "current", ONE, "--yes", "--json")).document
        assert again["done"] == f"build {ONE} was current already"
        (build,) = again["deployment"]["builds"]
        assert (build["state"], build["workers"], build["unserved"]) == ("current", 1, [])
        refused(await cli("deploy", "rollback", "--yes"), ExitCode.NOT_FOUND, "no build was current before")
        async with serving(TWO, cli):
            other = WorkerSettings(use_versioning=True, build_id=TWO)
            (idle,) = await version_findings(client, other)
            assert idle.detail == f"build {ONE} is current: build {TWO} gets no new runs"
    assert await version_findings(client, WorkerSettings()) == []


async def test_change_is_refused_where_nobody_would_take_the_work(cli: Cli, serving: Serving) -> None:
    some = (TaskQueue.WORKFLOWS, TaskQueue.DECISIONS, TaskQueue.CRM)
    async with serving(ONE, cli), serving(TWO, cli, some):
        for command in (("current", TWO), ("ramp", TWO, "--percentage", "5")):
            outcome = await cli("deploy", *command, "--yes")
            refused(outcome, ExitCode.NO_ANSWER, f"no worker of build {TWO} polls ai, notify", "start them")
        refused(
            await cli("deploy", "current", "build-9", "--yes"),
            ExitCode.NOT_FOUND,
            "there is no build build-9",
        )
        refused(await cli("deploy", "current", ONE), ExitCode.USAGE, "--yes")
        assert (await cli("deploy", "status", "--json")).document["current"] is None


async def test_ramp_goes_up_and_down_and_never_to_what_is_current(cli: Cli, serving: Serving) -> None:
    async with serving(ONE, cli), serving(TWO, cli):
        await cli("deploy", "current", ONE, "--yes")
        ramp = ("deploy", "ramp", TWO, "--yes", "--percentage")
        ramped = await cli(*ramp, "12.5")
        assert ramped.out.startswith(f"12.5 of 100 runs go to build {TWO}\n")
        assert "ramping 12.5 %" in ramped.out
        assert f"rollback goes to: {ONE}, ending the ramp" in " ".join(ramped.out.split())
        ended = (await cli(*ramp, "0", "--json")).document["deployment"]
        assert (ended["ramping"], ended["current"]) == (None, ONE)
        refused(
            await cli("deploy", "ramp", ONE, "--percentage", "5", "--yes"),
            ExitCode.REFUSED_BY_RUN,
            f"build {ONE} is current",
        )
        refused(
            await cli("deploy", "ramp", TWO, "--percentage", "101", "--yes"), ExitCode.USAGE, "percentage"
        )


async def test_rollback_that_names_the_build_it_leaves_may_be_told_again(cli: Cli, serving: Serving) -> None:
    back = ("deploy", "rollback", "--from", TWO)
    async with serving(ONE, cli), serving(TWO, cli):
        for build in (ONE, TWO):
            await cli("deploy", "current", build, "--yes")
        await cli("deploy", "ramp", ONE, "--percentage", "5", "--yes")
        refused(await cli(*back, "--yes"), ExitCode.REFUSED_BY_RUN, f"build {ONE} ramps", f"--from {ONE}")
        await cli("deploy", "ramp", ONE, "--percentage", "0", "--yes")
        first = await cli(*back, "--yes", "--json")
        # Nothing is asked where nothing will change.
        again = await cli(*back, "--json")
        assert [one.document["done"] for one in (first, again)] == [
            f"build {TWO} is left, build {ONE} is current",
            f"build {TWO} is left already",
        ]
        assert again.document["deployment"]["current"] == ONE
        refused(
            await cli("deploy", "rollback", "--from", "build-9", "--yes"),
            ExitCode.NOT_FOUND,
            "there is no build build-9",
        )
