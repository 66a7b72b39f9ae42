"""The doors over Temporal: those of leads and approvals, with those of the other processes beside them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import SearchAttributePair, WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from contracts.access_request import AccessRequestStatus
from contracts.approval import ApprovalStatus, Decision
from contracts.follow_through import (
    Acknowledgement,
    FollowThroughOrder,
    FollowThroughState,
    FollowThroughStatus,
    OutcomeReport,
)
from contracts.ids import follow_through_workflow_id, intake_workflow_id, subject_of
from contracts.lead import UNKNOWN_SOURCE, LeadSubmission
from contracts.lead_intake import Amendment, IntakeState, LeadIntakeStatus
from contracts.names import Process, TaskQueue
from contracts.onboarding import OnboardingStatus
from contracts.reconciliation import Acceptances
from contracts.status import Resolution, RunStatus
from rules.identity import lead_id_for
from runtime.settings import Settings
from starters.acceptance import acceptances_of
from starters.access_doors import AccessDoors
from starters.connecting import connected
from starters.doors import Doors, LeadFilter, LeadRun, StartedLead
from starters.lead_runs import lead_run, query_for, source_slug
from starters.onboarding_doors import OnboardingDoors
from starters.parked_runs import EVERYTHING, ParkedFilter, ParkedRun, oldest_first
from starters.temporal_access_doors import TemporalAccessDoors
from starters.temporal_onboarding_doors import TemporalOnboardingDoors
from starters.temporal_runs import Appearance, TemporalRuns, attributes
from starters.visibility import parked_query, parked_run
from workflows import search_attributes
from workflows.access_request import AccessRequestWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.customer_onboarding import CustomerOnboardingWorkflow
from workflows.lead_follow_through import LeadFollowThroughWorkflow
from workflows.lead_intake import LeadIntakeWorkflow

RESOLVE: Mapping[Process, tuple[Callable[..., Any], type[RunStatus]]] = {
    Process.LEAD_INTAKE: (LeadIntakeWorkflow.resolve, LeadIntakeStatus),
    Process.LEAD_FOLLOW_THROUGH: (LeadFollowThroughWorkflow.resolve, FollowThroughStatus),
    Process.CUSTOMER_ONBOARDING: (CustomerOnboardingWorkflow.resolve, OnboardingStatus),
    Process.ACCESS_REQUEST: (AccessRequestWorkflow.resolve, AccessRequestStatus),
}
"""How the parked step of each process is answered, and what it says then; an approval parks nothing."""

GET_STATUS = LeadIntakeWorkflow.get_status
"""Every process has a query of this name."""


@asynccontextmanager
async def open_doors(settings: Settings, patience: timedelta) -> AsyncGenerator[Doors]:
    """The doors of the deployment that the settings name; they note in its store what they take.

    Raises:
        CommandFailure: UNREACHABLE.
    """
    async with acceptances_of(settings) as accepted:
        yield TemporalDoors(await connected(settings), patience, accepted)


class TemporalDoors:
    """`Doors` over one client.

    Args:
        client: connected, with the deployment's converter.
        patience: how long each call may wait for an answer.
        accepted: where it is noted what is taken, before its run is started.
    """

    def __init__(self, client: Client, patience: timedelta, accepted: Acceptances | None = None) -> None:
        self._runs = TemporalRuns(client, patience, accepted)
        self.onboarding: OnboardingDoors = TemporalOnboardingDoors(self._runs)
        self.access: AccessDoors = TemporalAccessDoors(self._runs)

    async def start_lead(self, submission: LeadSubmission) -> StartedLead:
        """Starts the intake run of a lead, unless it has one: an id is never used twice, open or closed."""
        lead_id = lead_id_for(submission)
        workflow_id = intake_workflow_id(lead_id)
        source = source_slug(submission.source)
        seen = Appearance(
            f"Lead from {source}",
            f"Came in as `{submission.entry_kind}` from `{source}`.\n\n"
            f"On the command line: `./throughline lead status {lead_id}`",
            attributes(IntakeState.RECEIVED, SearchAttributePair(search_attributes.LEAD_SOURCE, source)),
        )
        started = await self._runs.start_once(LeadIntakeWorkflow.run, submission, workflow_id, seen)
        return StartedLead(lead_id, workflow_id, already_known=not started)

    async def intake_status(self, lead_id: str) -> LeadIntakeStatus:
        """Asks the intake run."""
        workflow_id = intake_workflow_id(lead_id)
        return await self._runs.query(workflow_id, LeadIntakeWorkflow.get_status, LeadIntakeStatus)

    async def follow_through_status(self, lead_id: str) -> FollowThroughStatus:
        """Asks the follow-through run."""
        workflow_id = follow_through_workflow_id(lead_id)
        return await self._runs.query(workflow_id, LeadFollowThroughWorkflow.get_status, FollowThroughStatus)

    async def approval_status(self, request_id: str) -> ApprovalStatus:
        """Asks the approval."""
        return await self._runs.query(request_id, ApprovalWorkflow.get_status, ApprovalStatus)

    async def list_leads(self, wanted: LeadFilter) -> tuple[LeadRun, ...]:
        """Reads the list of runs, newest first; it lags behind the runs by a moment."""
        return tuple(map(lead_run, await self._runs.listed(query_for(wanted), wanted.limit)))

    async def status(self, workflow_id: str) -> RunStatus:
        """Asks a run."""
        _, answer = RESOLVE[subject_of(workflow_id)[0]]
        return await self._runs.query(workflow_id, GET_STATUS, answer)

    async def parked(self, wanted: ParkedFilter, tell: Callable[[int], None]) -> tuple[ParkedRun, ...]:
        """Reads the list of parked runs; it lags behind the runs by a moment."""
        # All of them: the server does not give them in the order of waiting.
        found = await self._runs.listed(parked_query(wanted), EVERYTHING, tell)
        return oldest_first(map(parked_run, found))[: wanted.limit]

    async def amend(self, lead_id: str, amendment: Amendment) -> LeadIntakeStatus:
        """Completes or corrects a lead."""
        workflow_id = intake_workflow_id(lead_id)
        return await self._runs.update(
            workflow_id, LeadIntakeWorkflow.amend_lead, amendment, LeadIntakeStatus
        )

    async def resolve(self, workflow_id: str, resolution: Resolution) -> RunStatus:
        """Answers the parked step of a run."""
        update, answer = RESOLVE[subject_of(workflow_id)[0]]
        return await self._runs.update(workflow_id, update, resolution, answer)

    async def acknowledge(self, lead_id: str, acknowledgement: Acknowledgement) -> FollowThroughStatus:
        """Says that the owner has the lead."""
        return await self._runs.update(
            follow_through_workflow_id(lead_id),
            LeadFollowThroughWorkflow.acknowledge,
            acknowledgement,
            FollowThroughStatus,
        )

    async def decide(self, decision: Decision) -> ApprovalStatus:
        """Decides an approval."""
        return await self._runs.update(decision.request_id, ApprovalWorkflow.decide, decision, ApprovalStatus)

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
            search_attributes=attributes(
                FollowThroughState.PLANNING,
                SearchAttributePair(search_attributes.LEAD_SOURCE, order.source or UNKNOWN_SOURCE),
                SearchAttributePair(search_attributes.OWNER_ID, order.owner_id),
                SearchAttributePair(search_attributes.LEAD_PATH, order.path.value),
                SearchAttributePair(search_attributes.POLICY_HASH, order.policy_hash),
            ),
        )
        return await self._runs.update_or_start(
            workflow_id, LeadFollowThroughWorkflow.record_outcome, report, FollowThroughStatus, start
        )
