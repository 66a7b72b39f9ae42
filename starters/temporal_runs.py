"""How this room reaches runs over Temporal: every start, query, update and signal goes through here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowExecution
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.base import Contract
from contracts.names import TaskQueue
from contracts.reconciliation import Acceptances, AcceptedItem
from contracts.states import Lane
from contracts.status import RunStatus
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.refusals import translated
from starters.run_commands import look_command
from starters.visibility import status_name
from workflows import search_attributes

_Status = TypeVar("_Status", bound=RunStatus)

# The SDK's own types of a handle and of `start_workflow` are partly unknown to strict checkers, hence `Any`.


@dataclass(frozen=True)
class Appearance:
    """What people see of a run before it has said anything itself; no personal data."""

    summary: str
    details: str
    attributes: TypedSearchAttributes


def attributes(stage: str, *more: SearchAttributePair[Any]) -> TypedSearchAttributes:
    """The search attributes of a run that begins."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(search_attributes.LANE, Lane.RUNNING.value),
            SearchAttributePair(search_attributes.STAGE, str(stage)),
            *more,
        ]
    )


class TemporalRuns:
    """Runs over one client. Each call ends in an answer or in a `CommandFailure`.

    Args:
        client: connected, with the deployment's converter.
        patience: how long each call may wait for an answer.
        accepted: where it is noted what is taken, before its run is started; None for runs that nobody
            reconciles, such as those of a test.
    """

    def __init__(self, client: Client, patience: timedelta, accepted: Acceptances | None = None) -> None:
        self._client = client
        self._patience = patience
        self._accepted = accepted

    async def start_once(
        self, run: Callable[..., Any], order: Contract, workflow_id: str, seen: Appearance
    ) -> bool:
        """Starts a run unless its id was ever used, open or closed; says whether it did."""
        client: Any = self._client
        if self._accepted is not None:
            await self._accepted.accept([AcceptedItem(workflow_id, datetime.now(UTC))])
        try:
            async with translated(workflow_id, self._patience):
                await client.start_workflow(
                    run,
                    order,
                    id=workflow_id,
                    task_queue=TaskQueue.WORKFLOWS,
                    # FAIL and USE_EXISTING start equally little; only FAIL says that it was there before.
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    static_summary=seen.summary,
                    static_details=seen.details,
                    search_attributes=seen.attributes,
                )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def listed(
        self, query: str, limit: int, tell: Callable[[int], None] | None = None
    ) -> list[WorkflowExecution]:
        """Reads the list of runs, newest first; it lags behind the runs by a moment."""
        found: list[WorkflowExecution] = []
        async with translated("the list of runs", self._patience):
            async for one in self._client.list_workflows(query, limit=limit):
                found.append(one)
                if tell:
                    tell(len(found))
        return found

    async def query(self, workflow_id: str, query: Callable[..., Any], answer: type[_Status]) -> _Status:
        """Asks a run."""
        handle: Any = self._client.get_workflow_handle(workflow_id)
        async with translated(workflow_id, self._patience):
            return _answered(await handle.query(query, rpc_timeout=self._patience), answer)

    async def update(
        self, workflow_id: str, update: Callable[..., Any], message: Contract, answer: type[_Status]
    ) -> _Status:
        """Tells a run something that it may refuse."""
        handle: Any = self._client.get_workflow_handle(workflow_id)
        async with self._command_to(workflow_id):
            return _answered(await handle.execute_update(update, message), answer)

    async def update_or_start(
        self,
        workflow_id: str,
        update: Callable[..., Any],
        message: Contract,
        answer: type[_Status],
        start: WithStartWorkflowOperation[Any, Any],
    ) -> _Status:
        """Tells an open run, or one that is started for it, in one call: no run closes in between."""
        client: Any = self._client
        async with self._command_to(workflow_id):
            status = await client.execute_update_with_start_workflow(
                update, message, start_workflow_operation=start
            )
            return _answered(status, answer)

    async def signal(self, workflow_id: str, signal: Callable[..., Any], message: Contract) -> None:
        """Tells an open run something that happened elsewhere."""
        handle: Any = self._client.get_workflow_handle(workflow_id)
        async with self._command_to(workflow_id):
            await handle.signal(signal, message, rpc_timeout=self._patience)

    @asynccontextmanager
    async def _command_to(self, workflow_id: str) -> AsyncGenerator[None]:
        """Translates: a run that is over refuses a command, a run that never was is not found."""
        try:
            async with translated(workflow_id, self._patience):
                yield
        except CommandFailure as failure:
            if failure.code is ExitCode.NOT_FOUND:
                await self._refuse_if_over(workflow_id)
            raise

    async def _refuse_if_over(self, workflow_id: str) -> None:
        async with translated(workflow_id, self._patience):
            description = await self._client.get_workflow_handle(workflow_id).describe()
        raise CommandFailure(
            ExitCode.REFUSED_BY_RUN,
            f"the run is over ({status_name(description.status)})",
            where=workflow_id,
            remedy=f"`{look_command(workflow_id)}` says how it ended",
        )


def _answered(status: object, kind: type[_Status]) -> _Status:
    """The status, which the reference to a query or update has made the SDK decode.

    Raises:
        TypeError: it is none; the two sides do not fit.
    """
    if not isinstance(status, kind):
        raise TypeError(f"the run answered a {type(status).__name__}, not a {kind.__name__}")
    return status
