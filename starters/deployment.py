"""The builds of a worker deployment, as the server has them, and what can be done about them."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.batch.v1 import BatchOperationUpdateWorkflowExecutionOptions
from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import BatchOperationState, RoutingConfigUpdateState
from temporalio.api.workflow.v1 import VersioningOverride, WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    DescribeBatchOperationRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
    StartBatchOperationRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.names import Process, TaskQueue
from runtime.deployments import deployment_info
from starters.builds import STATUS, Standing, standing_of
from starters.connecting import connected
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.pollers import FRESH, last_poll, pollers_of
from starters.refusals import translated
from starters.visibility import WORKFLOW_TYPES
from workflows.approval import ApprovalWorkflow

if TYPE_CHECKING:
    from runtime.settings import Settings

MOVES_ON = (
    ApprovalWorkflow.__name__,
    *(name for process, name in WORKFLOW_TYPES.items() if process is not Process.LEAD_INTAKE),
)
"""Workflows whose open runs go on under the current build; the others end on the one they began on."""

PINNED = "TemporalWorkflowVersioningBehavior = 'Pinned'"

SECONDS_BETWEEN_LOOKS = 0.2

UNDER_WAY = RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS


@asynccontextmanager
async def open_deployment(settings: Settings, patience: timedelta) -> AsyncGenerator[Deployment]:
    """The deployment that the settings name.

    Raises:
        CommandFailure: UNREACHABLE or MISCONFIGURED.
    """
    yield Deployment(await connected(settings), settings.worker.deployment_name, patience)


class Deployment:
    """Looks at one deployment and changes its routing. Each call ends in an answer or in a `CommandFailure`.

    Args:
        client: connected.
        name: of the deployment.
        patience: how long each call may wait for an answer.
    """

    def __init__(self, client: Client, name: str, patience: timedelta) -> None:
        self._client = client
        self._name = name
        self._patience = patience
        self._token = b""

    async def standing(self) -> Standing:
        """How it stands. A change that follows is refused if somebody else makes one in between.

        Raises:
            CommandFailure: NOT_FOUND where no versioned worker ever polled.
        """
        async with translated(f"deployment {self._name}", self._patience):
            found = await deployment_info(self._client, self._name)
            if found is None:
                raise self._unknown()
            info, self._token = found
            names = [summary.deployment_version.build_id for summary in info.version_summaries]
            of_build = [f"TemporalWorkerDeploymentVersion = '{self._name}:{name}'" for name in names]
            serving, (unversioned,), runs, staying = await asyncio.gather(
                self._serving(),
                self._counts("TemporalWorkerDeploymentVersion IS NULL"),
                self._counts(*of_build),
                self._counts(*(f"{query} AND {PINNED}" for query in of_build)),
            )
        return standing_of(
            info,
            serving,
            unversioned,
            runs=dict(zip(names, runs, strict=True)),
            pinned=dict(zip(names, staying, strict=True)),
        )

    async def make_current(self, build: str) -> None:
        """New runs start on this build, and open runs of `MOVES_ON` go on there. Ends its ramp."""
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=build,
            conflict_token=self._token,
            identity=self._client.identity,
        )
        async with self._changing():
            await self._client.workflow_service.set_worker_deployment_current_version(request)

    async def ramp(self, build: str | None, percentage: float) -> None:
        """So many of a hundred go to this build; None and nought end a ramp."""
        request = SetWorkerDeploymentRampingVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=build or "",
            percentage=percentage,
            conflict_token=self._token,
            identity=self._client.identity,
        )
        async with self._changing():
            await self._client.workflow_service.set_worker_deployment_ramping_version(request)

    async def hold(self, build: str) -> int:
        """Open runs that have moved to this build stay with it, whatever becomes current; says how many."""
        version = WorkerDeploymentVersion(deployment_name=self._name, build_id=build)
        pinned = VersioningOverride.PinnedOverride(
            behavior=VersioningOverride.PINNED_OVERRIDE_BEHAVIOR_PINNED, version=version
        )
        query = (
            f"TemporalWorkerDeploymentVersion = '{self._name}:{build}' "
            "AND TemporalWorkflowVersioningBehavior = 'AutoUpgrade'"
        )
        return await self._override(query, VersioningOverride(pinned=pinned), f"held on build {build}")

    async def release(self) -> int:
        """Open runs that were held move on again; says how many."""
        types = ", ".join(f"'{name}'" for name in MOVES_ON)
        query = f"TemporalWorkerDeployment = '{self._name}' AND {PINNED} AND WorkflowType IN ({types})"
        return await self._override(query, None, "no longer held")

    async def _override(self, query: str, override: VersioningOverride | None, reason: str) -> int:
        """One call for all runs; returns once the server has been through them."""
        job = f"throughline-{uuid.uuid4()}"
        service, namespace = self._client.workflow_service, self._client.namespace
        operation = BatchOperationUpdateWorkflowExecutionOptions(
            identity=self._client.identity,
            workflow_execution_options=WorkflowExecutionOptions(versioning_override=override),
            update_mask=FieldMask(paths=["versioning_override"]),
        )
        async with translated(f"deployment {self._name}", self._patience):
            if not await self._count(query):
                return 0
            await service.start_batch_operation(
                StartBatchOperationRequest(
                    namespace=namespace,
                    visibility_query=f"ExecutionStatus = 'Running' AND {query}",
                    job_id=job,
                    reason=reason,
                    update_workflow_options_operation=operation,
                )
            )
            look = DescribeBatchOperationRequest(namespace=namespace, job_id=job)
            while True:
                seen = await service.describe_batch_operation(look)
                if seen.state != BatchOperationState.BATCH_OPERATION_STATE_RUNNING:
                    break
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        if seen.state != BatchOperationState.BATCH_OPERATION_STATE_COMPLETED or seen.failure_operation_count:
            raise CommandFailure(
                ExitCode.FAILED,
                f"{seen.failure_operation_count} of {seen.total_operation_count} runs could not be {reason}",
                where=f"batch {job}",
                remedy="repeat this; repeating is safe, and nothing else was changed",
            )
        return seen.complete_operation_count

    async def _serving(self) -> Mapping[str, Mapping[TaskQueue, set[str]]]:
        """The identities that poll each queue, by build."""
        found: defaultdict[str, defaultdict[TaskQueue, set[str]]] = defaultdict(lambda: defaultdict(set))
        now = datetime.now(UTC)
        answers = await asyncio.gather(*(pollers_of(self._client, queue) for queue in TaskQueue))
        for queue, pollers in zip(TaskQueue, answers, strict=True):
            for poller in pollers:
                options = poller.deployment_options
                if options.deployment_name == self._name and now - last_poll(poller) <= FRESH:
                    found[options.build_id][queue].add(poller.identity)
        return found

    async def _counts(self, *queries: str) -> list[int]:
        return await asyncio.gather(*map(self._count, queries))

    async def _count(self, query: str) -> int:
        """Open runs; the count lags behind them by a moment."""
        return (await self._client.count_workflows(f"ExecutionStatus = 'Running' AND {query}")).count

    @asynccontextmanager
    async def _changing(self) -> AsyncGenerator[None]:
        where = f"deployment {self._name}"
        try:
            async with translated(where, self._patience):
                try:
                    yield
                except RPCError as error:
                    if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                        raise
                    raise CommandFailure(
                        ExitCode.REFUSED_BY_RUN,
                        f"Temporal refuses it ({error.message})",
                        where=where,
                        remedy=STATUS,
                    ) from error
                await self._taken_over()
        finally:
            self._token = b""

    async def _taken_over(self) -> None:
        """Waits until every task queue has heard of a change: until then runs may still go the old way."""
        while (found := await deployment_info(self._client, self._name)) is not None:
            info, _ = found
            if info.routing_config_update_state != UNDER_WAY:
                return
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def _unknown(self) -> CommandFailure:
        return CommandFailure(
            ExitCode.NOT_FOUND,
            "no versioned worker has polled yet",
            where=f"deployment {self._name}",
            remedy="set THROUGHLINE__WORKER__USE_VERSIONING=true and ..._BUILD_ID, and start workers",
        )
