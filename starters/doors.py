"""What commands ask of the runs, as a Protocol: tests put a door of their own behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from contracts.approval import ApprovalStatus, Decision
from contracts.follow_through import (
    Acknowledgement,
    FollowThroughOrder,
    FollowThroughStatus,
    OutcomeReport,
)
from contracts.lead import LeadSubmission
from contracts.lead_intake import Amendment, LeadIntakeStatus
from contracts.names import Process
from contracts.routing import LeadPath
from contracts.states import Lane
from contracts.status import Resolution, RunStatus
from starters.access_doors import AccessDoors
from starters.onboarding_doors import OnboardingDoors
from starters.parked_runs import ParkedFilter, ParkedRun
from starters.runs import ListedRun


@dataclass(frozen=True)
class StartedLead:
    """A lead that has its one intake run, from now on or from before."""

    lead_id: str
    workflow_id: str
    already_known: bool
    """The same item came before; nothing was started."""


LEAD_PROCESSES = (Process.LEAD_INTAKE, Process.LEAD_FOLLOW_THROUGH)
"""The processes that a lead goes through."""


@dataclass(frozen=True)
class LeadFilter:
    """Which runs to list; None means any."""

    process: Process | None = None
    lane: Lane | None = None
    path: LeadPath | None = None
    limit: int = 50


@dataclass(frozen=True, kw_only=True)
class LeadRun(ListedRun):
    """A run of a lead as the list of runs shows it."""

    lead_id: str
    path: str | None
    source: str | None


class Doors(Protocol):
    """Every command to a run. Each call ends in an answer or in a `CommandFailure`."""

    @property
    def onboarding(self) -> OnboardingDoors: ...

    @property
    def access(self) -> AccessDoors: ...

    async def start_lead(self, submission: LeadSubmission) -> StartedLead:
        """Starts the intake run of a lead, unless it has one."""
        ...

    async def intake_status(self, lead_id: str) -> LeadIntakeStatus: ...

    async def follow_through_status(self, lead_id: str) -> FollowThroughStatus: ...

    async def approval_status(self, request_id: str) -> ApprovalStatus: ...

    async def list_leads(self, wanted: LeadFilter) -> tuple[LeadRun, ...]: ...

    async def status(self, workflow_id: str) -> RunStatus:
        """Asks a run, whatever its process is; an approval has a status of its own."""
        ...

    async def parked(self, wanted: ParkedFilter, tell: Callable[[int], None]) -> tuple[ParkedRun, ...]:
        """Reads the list of parked runs, what waits longest first; tells now and then how many were read."""
        ...

    async def amend(self, lead_id: str, amendment: Amendment) -> LeadIntakeStatus: ...

    async def resolve(self, workflow_id: str, resolution: Resolution) -> RunStatus:
        """Answers the parked step of a run, whatever its process is."""
        ...

    async def acknowledge(self, lead_id: str, acknowledgement: Acknowledgement) -> FollowThroughStatus: ...

    async def record_outcome(self, order: FollowThroughOrder, report: OutcomeReport) -> FollowThroughStatus:
        """Reports to the open follow-through run, or to one that is opened again from its order."""
        ...

    async def decide(self, decision: Decision) -> ApprovalStatus: ...
