"""A run on the dev server goes through days at once, exactly as far as it is told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Worker

from runtime import dev_clock as module
from runtime.dev_clock import DevClock
from tests.runtime.patient_workflows import (
    A_DAY,
    AskerWorkflow,
    AskingWorkflow,
    StubbornWorkflow,
    tell,
    try_again_in_six_hours,
)

QUEUE = "patient"
TOLD = ["reminded", "escalated", "expired"]
A_MOMENT = timedelta(minutes=2)


@pytest.fixture
async def worker(client: Client, max_cached_workflows: int) -> AsyncIterator[None]:
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[AskingWorkflow, AskerWorkflow, StubbornWorkflow],
        activities=[tell, try_again_in_six_hours],
        max_cached_workflows=max_cached_workflows,
    ):
        yield


async def start(client: Client, workflow: type, name: str = "run") -> WorkflowHandle[Any, Any]:
    return await client.start_workflow(workflow.__name__, id=name, task_queue=QUEUE)


@pytest.mark.usefixtures("worker")
async def test_each_deadline_is_met_in_turn_with_the_work_between(
    client: Client, dev_clock: DevClock
) -> None:
    """By exactly the timer's length each time: what a test would write, and what trips the bare server."""
    run = await start(client, AskingWorkflow)
    for count in (1, 2, 3):
        await dev_clock.fast_forward(run, A_DAY)
        assert await run.query("get_told") == TOLD[:count]
    assert await run.result() == "expired"


@pytest.mark.usefixtures("worker")
async def test_many_runs_have_a_clock_each(client: Client, dev_clock: DevClock) -> None:
    async def told_after(days: int) -> list[str]:
        run = await start(client, AskingWorkflow, f"run-{days}")
        for _ in range(days):
            await dev_clock.fast_forward(run, A_DAY)
        told: list[str] = await run.query("get_told")
        return told

    assert await asyncio.gather(*(told_after(days) for days in range(4))) == [TOLD[:n] for n in range(4)]


@pytest.mark.usefixtures("worker")
async def test_run_that_has_ended_by_itself_stays_where_it_is(client: Client, dev_clock: DevClock) -> None:
    run = await start(client, AskingWorkflow)
    await dev_clock.fast_forward(run, 4 * A_DAY)
    assert (await run.describe()).status is WorkflowExecutionStatus.COMPLETED
    await dev_clock.fast_forward(run, A_DAY)
    with pytest.raises(RPCError):
        await dev_clock.fast_forward(client.get_workflow_handle("nobody"), A_DAY)


@pytest.mark.usefixtures("worker")
async def test_one_journey_passes_several_deadlines(client: Client, dev_clock: DevClock) -> None:
    run = await start(client, AskingWorkflow)
    await dev_clock.fast_forward(run, timedelta(hours=60))
    assert await run.query("get_told") == TOLD[:2]
    present = await dev_clock.now(run)
    assert timedelta(0) <= present - datetime.now(UTC) - timedelta(hours=60) < A_MOMENT


@pytest.mark.usefixtures("worker")
async def test_decision_after_two_days_still_counts(client: Client, dev_clock: DevClock) -> None:
    run = await start(client, AskingWorkflow)
    await dev_clock.fast_forward_to(run, datetime.now(UTC) + timedelta(hours=47))
    await run.execute_update("decide", "approved")  # pyright: ignore[reportUnknownMemberType]
    assert await run.result() == "approved"


@pytest.mark.usefixtures("worker")
async def test_parent_is_held_up_by_its_child_which_starts_in_its_present(
    client: Client, dev_clock: DevClock
) -> None:
    parent = await start(client, AskerWorkflow)
    await dev_clock.fast_forward(parent, 2 * A_DAY)
    child = client.get_workflow_handle("run/asking")
    assert await child.query("get_told") == []
    assert abs(await dev_clock.now(child) - datetime.now(UTC) - 2 * A_DAY) < A_MOMENT
    for count in (1, 2, 3):
        await dev_clock.fast_forward(child, A_DAY)
        assert await child.query("get_told") == TOLD[:count]
    assert (await parent.describe()).status is WorkflowExecutionStatus.RUNNING
    await dev_clock.fast_forward(parent, 3 * A_DAY)
    assert await parent.result() == "expired"


@pytest.mark.usefixtures("worker")
async def test_waiting_for_the_next_attempt_is_passed_over(client: Client, dev_clock: DevClock) -> None:
    run = await start(client, StubbornWorkflow)
    await dev_clock.fast_forward(run, timedelta(hours=7))
    assert (await run.describe()).status is WorkflowExecutionStatus.RUNNING
    await dev_clock.fast_forward(run, timedelta(hours=6))
    assert await run.result() == 3


@pytest.mark.usefixtures("worker")
async def test_step_that_is_tried_again_later_can_be_waited_for(
    client: Client, dev_clock: DevClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await start(client, StubbornWorkflow)
    await dev_clock.settle(run)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.3)
    with pytest.raises(TimeoutError):
        await dev_clock.settle(run, retries=True)


async def test_run_without_a_worker_is_said_to_be_stuck(
    client: Client, dev_clock: DevClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    run = await start(client, AskingWorkflow)
    with pytest.raises(TimeoutError):
        await dev_clock.fast_forward(run, A_DAY)
