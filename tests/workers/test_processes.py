"""Worker processes drain, come back after a crash, leave nothing behind, and write clean log lines."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowHandle

from runtime.dev_server import DevServer
from runtime.settings import PREFIX
from tests.processes import gone, is_alive
from tests.workers.process_logs import LoggedProcess
from tests.workers.toy_workflow import EMAIL, NAME, QUEUE, ToyWorkflow

TOY = "tests.workers.toy_processes"
Run = WorkflowHandle[ToyWorkflow, int]


@pytest.fixture(autouse=True)
def environment(
    monkeypatch: pytest.MonkeyPatch, dev_server: DevServer, client: Client, tmp_path: Path
) -> None:
    """What the processes find: the test's own namespace, and short times."""
    for name, value in {
        "TEMPORAL__ADDRESS": dev_server.address,
        "TEMPORAL__NAMESPACE": client.namespace,
        "WORKER__GRACEFUL_SHUTDOWN": "5",
        "WORKER__STICKY_TIMEOUT": "1",
        "WORKER__HEALTH_FILE": str(tmp_path / "alive"),
    }.items():
        monkeypatch.setenv(PREFIX + name, value)


async def started(client: Client, seconds: float) -> Run:
    """A run whose first activity is being worked on."""
    run = await client.start_workflow(ToyWorkflow.run, seconds, id=f"toy/{seconds}", task_queue=QUEUE)
    working = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
    async with asyncio.timeout(20):
        while True:
            pending = (await run.describe()).raw_description.pending_activities
            if any(one.state == working for one in pending):
                return run
            await asyncio.sleep(0.02)


async def test_sigterm_lets_the_running_activity_end(client: Client, tmp_path: Path) -> None:
    async with LoggedProcess(TOY) as worker:
        await worker.until("worker started")
        run = await started(client, 1.0)
        assert (tmp_path / "alive").exists()
        assert await worker.end() == 0
    assert [line["event"] for line in worker.lines][-1] == "worker stopped"
    assert not (tmp_path / "alive").exists()
    async with LoggedProcess(TOY) as worker:
        await worker.until("worker started")
        assert await run.result() == 1, "the first attempt was cut off"
        assert await worker.end(signal.SIGINT) == 0


async def test_killed_process_is_started_again_and_its_work_goes_on(client: Client) -> None:
    async with LoggedProcess(TOY, "2") as supervisor:
        first = {line["pid"] for line in await supervisor.until("worker process started", 2)}
        await supervisor.until("worker started", 2)
        run = await started(client, 0.5)
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        assert await run.result() == 2
        await supervisor.until("worker started", 4)
        everyone = {line["pid"] for line in await supervisor.until("worker process started", 4)}
        ends = await supervisor.until("worker process ended", 2)
        assert {line["how"] for line in ends} == {"killed by SIGKILL"}
        assert await supervisor.end() == 0
    assert first < everyone
    assert not [pid for pid in everyone if is_alive(pid)]
    assert len([line for line in supervisor.lines if line["event"] == "worker stopped"]) == 2


async def test_processes_do_not_outlive_a_killed_supervisor() -> None:
    async with LoggedProcess(TOY, "2") as supervisor:
        pids = [line["pid"] for line in await supervisor.until("worker process started", 2)]
        await supervisor.until("worker started", 2)
        supervisor.process.kill()
        assert [await gone(pid) for pid in pids] == [True, True]


async def test_log_lines_name_their_run_and_nobody(client: Client) -> None:
    async with LoggedProcess(TOY) as worker:
        await worker.until("worker started")
        run = await client.start_workflow(ToyWorkflow.run, 0.0, id="toy/1", task_queue=QUEUE)
        assert await run.result() == 1
        assert await worker.end() == 0
    of_workflow = [line for line in worker.lines if line["event"] == "toy started"]
    of_activity = [line for line in worker.lines if line.get("activity") == "stumble_over_a_person"]
    assert [line["workflow_id"] for line in of_workflow] == ["toy/1"]
    assert {(line["workflow_id"], line["workflow"]) for line in of_activity} == {("toy/1", "ToyWorkflow")}
    assert {line["attempt"] for line in of_activity} == {1, 2}
    failed = [line for line in of_activity if "exception" in line]
    assert [line["exception"][0]["type"] for line in failed] == ["ValueError"]
    assert not [value for value in (EMAIL, NAME, "Lovelace") if value in worker.text]
