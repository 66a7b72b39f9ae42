"""The doors over Temporal: the only place of this room that starts, updates and queries runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.approval import ApprovalStatus, Decision
from contracts.base import Contract
from contracts.follow_through import (
    Acknowledgement,
    FollowThroughOrder,
    FollowThroughState,
    FollowThroughStatus,
    OutcomeReport,
)
from contracts.ids import follow_through_workflow_id, intake_workflow_id
from contracts.lead import UNKNOWN_SOURCE, LeadSubmission
from contracts.lead_intake import Amendment, IntakeState, LeadIntakeStatus
from contracts.names import Process, TaskQueue
from contracts.states import Lane
from contracts.status import Resolution, RunStatus
from rules.identity import lead_id_for
from runtime.problems import SettingsProblem, TemporalUnreachable
from runtime.settings import Settings, TelemetrySettings
from runtime.temporal import connect
from starters.console import CommandFailure
from starters.doors import Doors, LeadFilter, LeadRun, StartedLead
from starters.exit_codes import ExitCode
from starters.lead_runs import lead_run, query_for, source_slug, status_name
from starters.refusals import translated, unreachable
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow
from workflows.lead_follow_through import LeadFollowThroughWorkflow
from workflows.lead_intake import LeadIntakeWorkflow

_Status = TypeVar("_Status", bound=RunStatus)


@asynccontextmanager
async def open_doors(settings: Settings, patience: timedelta) -> AsyncGenerator[Doors]:
    """The doors of the deployment that the settings name.

    Raises:
        CommandFailure: UNREACHABLE.
    """
    try:
        # The metrics port of the settings belongs to workers; a command must not take it from them.
        client = await connect(settings.model_copy(update={"telemetry": TelemetrySettings()}))
    except SettingsProblem as problem:
        raise CommandFailure(ExitCode.MISCONFIGURED, str(problem), where="temporal") from problem
    except TemporalUnreachable as error:
        raise unreachable(str(error)) from error
    yield TemporalDoors(client, patience)


class TemporalDoors:
    """`Doors` over one client.

    Args:
        client: connected, with the deployment's converter.
        patience: how long each call may wait for an answer.
    """

    def __init__(self, client: Client, patience: timedelta) -> None:
        self._client = client
        self._patience = patience

    async def start_lead(self, submission: LeadSubmission) -> StartedLead:
        """Starts the intake run of a lead, unless it has one: an id is never used twice, open or closed."""
        lead_id = lead_id_for(submission)
        workflow_id = intake_workflow_id(lead_id)
        source = source_slug(submission.source)
        try:
            async with translated(workflow_id, self._patience):
                await self._client.start_workflow(
                    LeadIntakeWorkflow.run,
                    submission,
                    id=workflow_id,
                    task_queue=TaskQueue.WORKFLOWS,
                    # FAIL and USE_EXISTING start equally little; only FAIL says that it was there before.
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    static_summary=f"Lead from {source}",
                    static_details=(
                        f"Came in as `{submission.entry_kind}` from `{source}`.\n\n"
                        f"On the command line: `./throughline lead status {lead_id}`"
                    ),
                    search_attributes=_attributes(Lane.RUNNING, IntakeState.RECEIVED, source),
                )
        except WorkflowAlreadyStartedError:
            return StartedLead(lead_id, workflow_id, already_known=True)
        return StartedLead(lead_id, workflow_id, already_known=False)

    async def intake_status(self, lead_id: str) -> LeadIntakeStatus:
        """Asks the intake run."""
        workflow_id = intake_workflow_id(lead_id)
        return await self._query(workflow_id, LeadIntakeWorkflow.get_status, LeadIntakeStatus)

    async def follow_through_status(self, lead_id: str) -> FollowThroughStatus:
        """Asks the follow-through run."""
        workflow_id = follow_through_workflow_id(lead_id)
        return await self._query(workflow_id, LeadFollowThroughWorkflow.get_status, FollowThroughStatus)

    async def approval_status(self, request_id: str) -> ApprovalStatus:
        """Asks the approval."""
        return await self._query(request_id, ApprovalWorkflow.get_status, ApprovalStatus)

    async def list_leads(self, wanted: LeadFilter) -> tuple[LeadRun, ...]:
        """Reads the list of runs, newest first; it lags behind the runs by a moment."""
        async with translated("the list of runs", self._patience):
            return tuple(
                [
                    lead_run(execution)
                    async for execution in self._client.list_workflows(query_for(wanted), limit=wanted.limit)
                ]
            )

    async def amend(self, lead_id: str, amendment: Amendment) -> LeadIntakeStatus:
        """Completes or corrects a lead."""
        workflow_id = intake_workflow_id(lead_id)
        return await self._update(workflow_id, LeadIntakeWorkflow.amend_lead, amendment, LeadIntakeStatus)

    async def resolve(self, workflow_id: str, resolution: Resolution) -> RunStatus:
        """Answers the parked step of a run."""
        if workflow_id.startswith(f"{Process.LEAD_INTAKE}/"):
            return await self._update(workflow_id, LeadIntakeWorkflow.resolve, resolution, LeadIntakeStatus)
        return await self._update(
            workflow_id, LeadFollowThroughWorkflow.resolve, resolution, FollowThroughStatus
        )

    async def acknowledge(self, lead_id: str, acknowledgement: Acknowledgement) -> FollowThroughStatus:
        """Says that the owner has the lead."""
        return await self._update(
            follow_through_workflow_id(lead_id),
            LeadFollowThroughWorkflow.acknowledge,
            acknowledgement,
            FollowThroughStatus,
        )

    async def decide(self, decision: Decision) -> ApprovalStatus:
        """Decides an approval."""
        return await self._update(decision.request_id, ApprovalWorkflow.decide, decision, ApprovalStatus)

    async def record_outcome(self, order: FollowThroughOrder, report: OutcomeReport) -> FollowThroughStatus:
        """Reports to the open run or starts one from the order, in one call: no run closes in between."""
        workflow_id = follow_through_workflow_id(order.lead_id)
        start = WithStartWorkflowOperation(
            LeadFollowThroughWorkflow.run,
            order,
            id=workflow_id,
            task_queue=TaskQueue.WORKFLOWS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            static_summary=f"Follow-through, opened again for the outcome {report.outcome}",
            search_attributes=_attributes(
                Lane.RUNNING,
                FollowThroughState.PLANNING,
                order.source or UNKNOWN_SOURCE,
                SearchAttributePair(search_attributes.OWNER_ID, order.owner_id),
                SearchAttributePair(search_attributes.LEAD_PATH, order.path.value),
                SearchAttributePair(search_attributes.POLICY_HASH, order.policy_hash),
            ),
        )
        async with self._command_to(workflow_id):
            client: Any = self._client
            status = await client.execute_update_with_start_workflow(
                LeadFollowThroughWorkflow.record_outcome, report, start_workflow_operation=start
            )
            return _answered(status, FollowThroughStatus)

    async def _query(self, workflow_id: str, query: Callable[..., Any], answer: type[_Status]) -> _Status:
        # As below, the SDK's own types of a handle are partly unknown to strict checkers.
        handle: Any = self._client.get_workflow_handle(workflow_id)
        async with translated(workflow_id, self._patience):
            return _answered(await handle.query(query, rpc_timeout=self._patience), answer)

    async def _update(
        self, workflow_id: str, update: Callable[..., Any], message: Contract, answer: type[_Status]
    ) -> _Status:
        handle: Any = self._client.get_workflow_handle(workflow_id)
        async with self._command_to(workflow_id):
            return _answered(await handle.execute_update(update, message), answer)

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
            remedy=f"`./throughline lead status {workflow_id.split('/')[1]}` says how it ended",
        )


def _answered(status: object, kind: type[_Status]) -> _Status:
    """The status, which the reference to a query or update has made the SDK decode.

    Raises:
        TypeError: it is none; the two sides do not fit.
    """
    if not isinstance(status, kind):
        raise TypeError(f"the run answered a {type(status).__name__}, not a {kind.__name__}")
    return status


def _attributes(
    lane: Lane, stage: str, source: str, *more: SearchAttributePair[Any]
) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(search_attributes.LANE, lane.value),
            SearchAttributePair(search_attributes.STAGE, str(stage)),
            SearchAttributePair(search_attributes.LEAD_SOURCE, source),
            *more,
        ]
    )
