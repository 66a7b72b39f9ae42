"""Runs our workers inside a test, over whatever activities the test made."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from contracts.names import TaskQueue
from runtime.settings import WorkerSettings
from workers.registry import WORKFLOWS
from workers.serving import serve
from workers.wiring import Wiring, build_workers

_CHECKED: set[type] = set()


def _check_once(
    runner: SandboxedWorkflowRunner,
    definition: Any,
    check: Callable[[SandboxedWorkflowRunner, Any], None] = SandboxedWorkflowRunner.prepare_workflow,
) -> None:
    """A worker that is made loads each workflow in the sandbox to check it; a suite makes hundreds."""
    if definition.cls not in _CHECKED:
        check(runner, definition)
        _CHECKED.add(definition.cls)


@asynccontextmanager
async def running_workers(
    client: Client,
    wiring: Wiring,
    *,
    max_cached_workflows: int = 1000,
    queues: Sequence[TaskQueue] = tuple(TaskQueue),
    workflows: Sequence[type] = WORKFLOWS,
    build: str | None = None,
) -> AsyncGenerator[None]:
    """Serves these queues as a worker process would, with all workflows, or with copies of them."""
    settings = WorkerSettings(
        max_cached_workflows=max_cached_workflows,
        graceful_shutdown=1,
        use_versioning=build is not None,
        build_id=build,
    )
    if not max_cached_workflows:
        # Without a cache the SDK evicts a run that waits for a local activity as soon as another run's task
        # comes, and its own task is lost until it times out: so one task at a time.
        settings = settings.model_copy(update={"max_concurrent_workflow_tasks": 1})
    stop = asyncio.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SandboxedWorkflowRunner, "prepare_workflow", _check_once)
        workers = build_workers(client, wiring, settings, queues, workflows)
    serving = asyncio.create_task(serve(workers, stop))
    try:
        yield
    finally:
        stop.set()
        await serving
