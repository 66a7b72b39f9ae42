"""Rolling from one build of the workers to the next, and back, with runs open: real workers, other code."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.common import VersioningBehavior

from contracts.approval import ApprovalState
from contracts.follow_through import FollowThroughState, LeadOutcome
from contracts.lead_intake import IntakeState
from contracts.onboarding_states import OnboardingState
from contracts.policy import PolicyBundle
from runtime.settings import Settings
from starters.deployment import MOVES_ON
from tests.faults import Faults
from tests.replay.copies import copied_workflows
from tests.replay.onboarding_scenes import ONLY_AN_ACCOUNT, UNSIGNED, onboarding_rules
from tests.running import running_workers
from tests.starters.real_cli import Cli, cli_with
from tests.workflows.histories import events_of, kinds
from tests.workflows.house import House, Run, eventually, open_house
from tests.workflows.leads import a_sales_lead
from tests.workflows.onboarding import an_order, onboard, sign
from tests.workflows.policies import EVERY_LEAD, house_rules
from workers.registry import WORKFLOWS

FIRST, SECOND = "build-1", "build-2"

PATCH = "2030-01-look-twice"

EDITS = {
    # Not behind a patch: an open intake would break on it, so it has to end on the build it began on.
    "lead_intake": (
        "        await self._assess()\n",
        "        await workflow.sleep(0.01)\n        await self._assess()\n",
    ),
    # Behind a patch: an open follow-through goes on here, and takes the new way with what is reported now.
    "outcomes": (
        "        order = self._file.order\n        if self._progress.state != ",
        (
            f'        if workflow.patched("{PATCH}"):\n'
            "            await workflow.sleep(0.01)\n"
            "        order = self._file.order\n"
            "        if self._progress.state != "
        ),
    ),
}
"""By module: what stands there once, and what stands there in the next build."""

pytestmark = pytest.mark.timeout(180)

LONG_ANSWER = timedelta(seconds=45)
"""The server changes a routing by workflows of its own: beside other work, longer than a command waits."""


@pytest.fixture
def bundle() -> PolicyBundle:
    """Leads that somebody must agree to, and customers with one gate and one step."""
    customers = onboarding_rules(*ONLY_AN_ACCOUNT)
    return house_rules(reviews=(EVERY_LEAD,), onboarding=customers.onboarding)


@pytest.fixture
def second_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sequence[type]:
    """The workflows of the next build: the same names, other code."""

    def edit(path: Path, text: str) -> str:
        if path.stem not in EDITS:
            return text
        old, new = EDITS[path.stem]
        assert text.count(old) == 1, f"{path} is not what the edit was made for: fit it anew"
        return text.replace(old, new)

    monkeypatch.syspath_prepend(tmp_path)
    return copied_workflows("second_build", tmp_path, edit)


@pytest.fixture
def cli(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Cli:
    return cli_with(settings, capsys)


@pytest.fixture
async def house(
    client: Client, store_url: str, bundle: PolicyBundle, faults: Faults, cli: Cli
) -> AsyncIterator[House]:
    """Workers of the first build, which is current."""
    async with open_house(client, store_url, bundle, faults=faults, build=FIRST) as opened:
        await done(cli, "current", FIRST)
        yield opened


async def done(cli: Cli, *arguments: object) -> Any:
    """Runs a change as soon as the server knows the workers, which it learns as they poll."""

    async def tried() -> Any:
        return await cli("deploy", *arguments, "--yes", "--json")

    return (await eventually(tried, lambda outcome: outcome.code == 0, LONG_ANSWER)).document


async def build_of(run: Run) -> str:
    """The build that took the run's latest task."""
    info = (await run.describe()).raw_description.workflow_execution_info
    return str(info.versioning_info.deployment_version.build_id)


async def on(run: Run, build: str) -> None:
    """Waits until a run has gone on under a build."""
    await eventually(lambda: build_of(run), lambda seen: seen == build)


async def reviewed(house: House, event_id: str) -> tuple[Run, Run]:
    """A lead in review, and its approval."""
    run = await house.submit(a_sales_lead(event_id=event_id))
    approval = house.approval(run)
    await house.in_state(approval, ApprovalState.AWAITING_DECISION)
    return run, approval


async def handed_over(house: House, event_id: str) -> Run:
    """The follow-through of a lead, waiting for its owner."""
    run, _ = await reviewed(house, event_id)
    await house.decide(house.approval(run), "o-ada")
    follow_through = house.follow_through((await run.result()).lead_id)
    await house.in_state(follow_through, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)
    return follow_through


async def taken_up(house: House, run: Run) -> None:
    status = await house.status(run)
    await house.acknowledge(run, status.owner_id)
    await house.in_state(run, FollowThroughState.AWAITING_OUTCOME)


async def failed_tasks(house: House, *runs: Run) -> int:
    """How often a worker could not go on with one of these runs."""
    return sum([kinds(await events_of(run))["WORKFLOW_TASK_FAILED"] for run in runs])


async def test_open_runs_go_through_a_new_build_and_back(
    house: House, cli: Cli, second_build: Sequence[type]
) -> None:
    intake, approval = await reviewed(house, "before")
    follow_through = await handed_over(house, "before-and-handed-over")
    customer = await onboard(house, an_order(**UNSIGNED))
    await house.in_state(customer, OnboardingState.AWAITING_CONTRACT)
    async with running_workers(house.client, house.wiring, workflows=second_build, build=SECOND):
        # Some of what is new goes to the new build, the rest to the current one, and all of it ends.
        await done(cli, "ramp", SECOND, "--percentage", 50)
        ramped = [await reviewed(house, f"ramped-{number}") for number in range(12)]
        shared = Counter([await build_of(run) for run, _ in ramped])
        assert set(shared) == {FIRST, SECOND}, shared

        # From now on all of what is new; what is pinned ends where it began, the others move.
        document = await done(cli, "current", SECOND)
        assert document["deployment"]["previous"] == FIRST
        await house.decide(house.approval(intake), "o-ada")
        assert (await intake.result()).outcome is IntakeState.HANDED_OVER
        await taken_up(house, follow_through)
        await sign(house, customer)
        assert (await customer.result()).outcome is OnboardingState.ONBOARDED
        builds = [await build_of(run) for run in (intake, approval, follow_through, customer)]
        assert builds == [FIRST, SECOND, SECOND, SECOND]

        # The new build turns out bad; what has moved stays with it, since it may have passed its patch.
        await house.report(follow_through, LeadOutcome.QUALIFIED)
        await house.when(follow_through, lambda status: status.outcomes)
        await eventually(lambda: moved(house), lambda runs: runs >= 1)
        document = await done(cli, "rollback", "--hold")
        assert (document["deployment"]["current"], document["deployment"]["previous"]) == (FIRST, SECOND)
        after, after_approval = await reviewed(house, "after")
        assert [await build_of(run) for run in (after, after_approval)] == [FIRST, FIRST]
        for run, _ in [*ramped, (after, after_approval)]:
            await house.decide(house.approval(run), "o-ada")
            assert (await run.result()).outcome is IntakeState.HANDED_OVER
        assert Counter([await build_of(run) for run, _ in ramped]) == shared
        await house.report(follow_through, LeadOutcome.CLOSED_LOST, reason="price")
        await follow_through.result()
        assert await build_of(follow_through) == SECOND
        runs = [intake, approval, follow_through, customer, after, after_approval]
        assert await failed_tasks(house, *runs, *(run for pair in ramped for run in pair)) == 0


async def moved(house: House) -> int:
    """Open runs that the list shows on the second build, as those that move on."""
    query = (
        f"ExecutionStatus = 'Running' AND TemporalWorkerDeploymentVersion = 'throughline:{SECOND}' "
        "AND TemporalWorkflowVersioningBehavior = 'AutoUpgrade' "
        "AND WorkflowType = 'LeadFollowThroughWorkflow'"
    )
    return (await house.client.count_workflows(query)).count


async def test_run_that_passed_a_patch_waits_for_its_build_where_nobody_held_it(
    house: House, cli: Cli, second_build: Sequence[type]
) -> None:
    """What `--hold` is for: without it the old build cannot go on, and nothing is lost."""
    follow_through = await handed_over(house, "not-held")
    async with running_workers(house.client, house.wiring, workflows=second_build, build=SECOND):
        await done(cli, "current", SECOND)
        await taken_up(house, follow_through)
        await house.report(follow_through, LeadOutcome.QUALIFIED)
        await house.when(follow_through, lambda status: status.outcomes)
        await done(cli, "rollback")
        report = asyncio.create_task(
            house.report(follow_through, LeadOutcome.CLOSED_LOST, reason="price", report_id="late")
        )
        await eventually(lambda: failed_tasks(house, follow_through), lambda failed: failed > 0)
        await done(cli, "current", SECOND)
        await report
        await follow_through.result()
        assert await build_of(follow_through) == SECOND


async def test_held_runs_move_on_once_they_are_released(
    house: House, cli: Cli, second_build: Sequence[type]
) -> None:
    follow_through = await handed_over(house, "released")
    async with running_workers(house.client, house.wiring, workflows=second_build, build=SECOND):
        await done(cli, "current", SECOND)
        await taken_up(house, follow_through)
        await eventually(lambda: moved(house), lambda runs: runs == 1)
        assert "1 runs stay on build build-2" in (await done(cli, "rollback", "--hold"))["done"]
        await house.acknowledge(follow_through, (await house.status(follow_through)).owner_id)
        assert await build_of(follow_through) == SECOND
        assert (await done(cli, "current", FIRST, "--release"))["done"].endswith("1 held runs move on")
        await house.report(follow_through, LeadOutcome.CLOSED_LOST, reason="price")
        await follow_through.result()
        assert await build_of(follow_through) == FIRST
        assert await failed_tasks(house, follow_through) == 0


async def test_ramp_is_ended_by_a_rollback(house: House, cli: Cli, second_build: Sequence[type]) -> None:
    async with running_workers(house.client, house.wiring, workflows=second_build, build=SECOND):
        await done(cli, "ramp", SECOND, "--percentage", 100)
        during, _ = await reviewed(house, "during-the-ramp")
        assert await build_of(during) == SECOND
        document = await done(cli, "rollback")
        assert (document["deployment"]["current"], document["deployment"]["ramping"]) == (FIRST, None)
        later, _ = await reviewed(house, "after-the-ramp")
        assert await build_of(later) == FIRST
        await house.decide(house.approval(during), "o-ada")
        assert (await during.result()).outcome is IntakeState.HANDED_OVER
        assert await build_of(during) == SECOND


def test_every_workflow_says_whether_its_runs_move_on() -> None:
    definitions: list[Any] = [vars(cls)["__temporal_workflow_definition"] for cls in WORKFLOWS]
    behaviours = {one.name: one.versioning_behavior for one in definitions}
    moving, staying = VersioningBehavior.AUTO_UPGRADE, VersioningBehavior.PINNED
    stays_on = ("LeadIntakeWorkflow", "LimboWatchWorkflow", "CrmDriftWatchWorkflow")
    assert behaviours == {**dict.fromkeys(stays_on, staying), **dict.fromkeys(MOVES_ON, moving)}
