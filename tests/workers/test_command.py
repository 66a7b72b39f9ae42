"""`python -m workers`: the real thing starts, drains, and says in one line what is wrong."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from contracts.names import TaskQueue
from runtime.dev_server import DevServer
from runtime.ports import free_ports
from runtime.settings import PREFIX
from runtime.watch_schedules import CRM_DRIFT_WATCH, LIMBO_WATCH, schedule_as_it_stands
from tests.workers.process_logs import LoggedProcess


@pytest.fixture(autouse=True)
def environment(
    monkeypatch: pytest.MonkeyPatch, dev_server: DevServer, client: Client, tmp_path: Path
) -> None:
    """A deployment of its own: namespace, store, key. The store is not there yet."""
    for name, value in {
        "TEMPORAL__ADDRESS": dev_server.address,
        "TEMPORAL__NAMESPACE": client.namespace,
        "STORE__URL": f"sqlite+aiosqlite:///{tmp_path / 'new' / 'store.db'}",
        "IDENTITY__KEY_FILE": str(tmp_path / "identity.key"),
    }.items():
        monkeypatch.setenv(PREFIX + name, value)


async def outcome(*arguments: str) -> tuple[int, str]:
    """Exit code and what was written."""
    async with LoggedProcess("workers", *arguments) as process:
        return await process.ended(), process.text


async def test_worker_makes_its_store_serves_all_queues_and_drains(tmp_path: Path) -> None:
    async with LoggedProcess("workers") as worker:
        (line,) = await worker.until("worker started")
        assert line["queues"] == list(TaskQueue)
        assert (tmp_path / "new" / "store.db").exists()
        assert await worker.end(signal.SIGTERM) == 0
    assert worker.lines[-1]["event"] == "worker stopped"


async def test_several_processes_serve_the_queues_that_were_named() -> None:
    async with LoggedProcess("workers", "--processes", "2", "--queues", "crm,notify") as supervisor:
        started = await supervisor.until("worker started", 2)
        assert [line["queues"] for line in started] == [["crm", "notify"]] * 2
        assert await supervisor.end(signal.SIGINT) == 0
    assert [line["event"] for line in supervisor.lines].count("worker stopped") == 2


async def test_workers_that_start_together_schedule_one_sweep(client: Client) -> None:
    async with LoggedProcess("workers", "--processes", "2", "--queues", "workflows") as supervisor:
        await supervisor.until("worker started", 2)
        (line,) = await supervisor.until("watch scheduled")
        assert line["schedule"] == LIMBO_WATCH.id
        stands = await schedule_as_it_stands(client, LIMBO_WATCH)
        assert stands is not None
        assert stands.every == timedelta(minutes=15)
        assert await supervisor.end(signal.SIGTERM) == 0
    assert [line["event"] for line in supervisor.lines].count("watch scheduled") == 1


@pytest.mark.parametrize(("crm", "every"), [("embedded", None), ("hubspot", timedelta(hours=1))])
async def test_crm_is_watched_for_drift_where_the_policy_maps_it(
    client: Client, monkeypatch: pytest.MonkeyPatch, crm: str, every: timedelta | None
) -> None:
    monkeypatch.setenv(f"{PREFIX}CONNECTORS__CRM", crm)
    monkeypatch.setenv(f"{PREFIX}HUBSPOT__TOKEN", "pat-nobody-asks")
    async with LoggedProcess("workers", "--queues", "workflows") as worker:
        await worker.until("watch scheduled", 1 if every is None else 2)
        assert await worker.end(signal.SIGTERM) == 0
    stands = await schedule_as_it_stands(client, CRM_DRIFT_WATCH)
    assert (stands.every if stands else None) == every


async def test_worker_that_is_told_so_schedules_no_sweep(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}WORKER__SWEEP_EVERY", "0")
    async with LoggedProcess("workers", "--queues", "workflows") as worker:
        await worker.until("worker started")
        assert await worker.end(signal.SIGTERM) == 0
    assert await schedule_as_it_stands(client, LIMBO_WATCH) is None


async def test_help_has_examples_and_exit_codes() -> None:
    async with LoggedProcess("workers", "--help") as process:
        out, _ = await process.process.communicate()
    text = out.decode()
    assert "examples:" in text
    assert "--processes 4" in text
    assert "exit codes:" in text


async def test_server_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    monkeypatch.setenv(f"{PREFIX}TEMPORAL__ADDRESS", address)
    code, text = await outcome()
    assert code == 69
    assert text.count("\n") == 1
    assert f"no Temporal server answers at {address} (connection refused)" in text
    assert "`./throughline demo`" in text


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WORKER__PROCESSES", "sekret", "THROUGHLINE__WORKER__PROCESSES: Input should be a valid integer"),
        ("STORE__URL", "mysql://u:sekret@host/db", "the store of THROUGHLINE__STORE__URL cannot be"),
        ("POLICIES__DIRECTORY", "docs/none", "THROUGHLINE__POLICIES__DIRECTORY: there are no policies"),
    ],
)
async def test_wrong_setting_is_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    code, text = await outcome()
    assert (code, text.count("\n")) == (78, 1), text
    assert words in text
    assert "sekret" not in text


async def test_unknown_queue_is_refused_with_the_known_ones() -> None:
    code, text = await outcome("--queues", "crm,blub")
    assert code == 2
    assert "choose from workflows, decisions, crm, ai, notify" in text


async def test_store_that_may_not_be_migrated_here_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}STORE__MIGRATE", "false")
    code, text = await outcome()
    assert (code, text.count("\n")) == (78, 1), text
    assert "THROUGHLINE__STORE__MIGRATE" in text


async def test_versioned_worker_that_gets_no_work_says_so_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PREFIX + "WORKER__USE_VERSIONING", "true")
    monkeypatch.setenv(PREFIX + "WORKER__BUILD_ID", "build-1")
    async with LoggedProcess("workers") as worker:
        (line,) = await worker.until(
            "no build of deployment throughline is current: nothing is dispatched; "
            "./throughline deploy current build-1"
        )
        assert line["level"] == "warning"
        assert await worker.end(signal.SIGTERM) == 0
