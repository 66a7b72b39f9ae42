"""Doors, readings and surroundings in memory, so that commands are tested without a server."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from contracts.approval import (
    ApprovalRequest,
    ApprovalState,
    ApprovalStatus,
    Decision,
    RecordedDecision,
)
from contracts.follow_through import (
    Acknowledgement,
    FollowThroughOrder,
    FollowThroughState,
    FollowThroughStatus,
    OutcomeReport,
)
from contracts.ids import follow_through_workflow_id, intake_workflow_id, subject_of
from contracts.lead import LeadSubmission
from contracts.lead_intake import Amendment, IntakeState, LeadIntakeStatus
from contracts.names import Process
from contracts.policy import PolicyBundle
from contracts.states import Lane
from contracts.status import Resolution, RunStatus
from rules.identity import lead_id_for
from runtime.settings import IdentitySettings, Settings
from starters.console import CommandFailure
from starters.doors import Doors, LeadFilter, LeadRun, StartedLead
from starters.exit_codes import ExitCode
from starters.parked_runs import ParkedFilter, ParkedRun
from starters.reading import Readings
from starters.surroundings import Surroundings
from tests.bundles import small_bundle
from tests.starters.onboarding_standins import StandInAccessDoors, StandInOnboardingDoors
from tests.starters.refusing import Refusing, not_found
from tests.starters.stand_in_store import StandInStore

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LEAD = "c5zk2vwnqk3xd7yh4t6m2a9be"
REQUEST = f"lead-intake/{LEAD}/approval"


def hermetic_settings(**areas: object) -> Settings:
    """Settings that no `.env` file of the checkout has a say in."""
    # The base class takes `_env_file`, which type checkers do not know of.
    made: Any = Settings
    return cast("Settings", made(_env_file=None, **areas))


def intake_status(lead_id: str = LEAD, **fields: object) -> LeadIntakeStatus:
    """An intake run that has handed over, unless said otherwise."""
    known: dict[str, object] = {
        "process": Process.LEAD_INTAKE,
        "workflow_id": intake_workflow_id(lead_id),
        "state": IntakeState.HANDED_OVER,
        "meaning": "Its owner has it.",
        "lane": Lane.COMPLETED,
        "next_action_owner": "system",
        "lead_id": lead_id,
        "path": "sales",
        "rule": "sales",
        "owner_id": "o-ada",
    }
    return LeadIntakeStatus.model_validate(known | fields)


def follow_through_status(lead_id: str = LEAD, **fields: object) -> FollowThroughStatus:
    """A follow-through run that waits for its owner, unless said otherwise."""
    known: dict[str, object] = {
        "process": Process.LEAD_FOLLOW_THROUGH,
        "workflow_id": follow_through_workflow_id(lead_id),
        "state": FollowThroughState.AWAITING_ACKNOWLEDGEMENT,
        "meaning": "The owner has been told.",
        "lane": Lane.WAITING,
        "next_action_owner": "o-ada",
        "lead_id": lead_id,
        "owner_id": "o-ada",
    }
    return FollowThroughStatus.model_validate(known | fields)


def approval_status(**fields: object) -> ApprovalStatus:
    """An approval that waits, unless said otherwise."""
    known: dict[str, object] = {
        "process": Process.APPROVAL,
        "workflow_id": REQUEST,
        "state": ApprovalState.AWAITING_DECISION,
        "meaning": "Somebody has been asked.",
        "lane": Lane.WAITING,
        "next_action_owner": "o-ada",
        "request": ApprovalRequest(
            request_id=REQUEST,
            subject_id=intake_workflow_id(LEAD),
            approval="review",
            reason="near-duplicate",
            question="Is this the person that we know already?",
            requested_by="system",
            policy_hash="abc",
        ),
        "approvers": ("o-ada", "m-eve"),
    }
    return ApprovalStatus.model_validate(known | fields)


class StandInDoors(Refusing):
    """`Doors` that keeps what it is asked, and refuses what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.onboarding = StandInOnboardingDoors()
        self.access = StandInAccessDoors()
        self.started: dict[str, LeadSubmission] = {}
        self.intakes: dict[str, list[LeadIntakeStatus]] = {}
        """Answers to come, the last one again and again; leads not named here are handed over."""
        self.follow_throughs: dict[str, FollowThroughStatus] = {}
        self.approvals: dict[str, ApprovalStatus] = {}
        self.runs: tuple[LeadRun, ...] = ()
        self.filters: list[LeadFilter | ParkedFilter] = []
        self.fail_starts_after: int | None = None
        self.parked_runs: tuple[ParkedRun, ...] = ()
        self.refuse_runs: dict[str, CommandFailure] = {}
        """What single runs say to whatever they are told."""

    async def start_lead(self, submission: LeadSubmission) -> StartedLead:
        if self.fail_starts_after is not None and len(self.started) >= self.fail_starts_after:
            raise CommandFailure(ExitCode.UNREACHABLE, "Temporal does not answer", remedy="start it")
        if self.refusal:
            raise self.refusal
        lead_id = lead_id_for(submission)
        known = lead_id in self.started
        self.started[lead_id] = submission
        return StartedLead(lead_id, intake_workflow_id(lead_id), known)

    async def intake_status(self, lead_id: str) -> LeadIntakeStatus:
        if lead_id in self.intakes:
            answers = self.intakes[lead_id]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        if lead_id in self.started:
            return intake_status(lead_id)
        raise not_found(intake_workflow_id(lead_id))

    async def follow_through_status(self, lead_id: str) -> FollowThroughStatus:
        if lead_id not in self.follow_throughs:
            raise not_found(follow_through_workflow_id(lead_id))
        return self.follow_throughs[lead_id]

    async def approval_status(self, request_id: str) -> ApprovalStatus:
        if request_id not in self.approvals:
            raise not_found(request_id)
        return self.approvals[request_id]

    async def list_leads(self, wanted: LeadFilter) -> tuple[LeadRun, ...]:
        self.filters.append(wanted)
        return self.runs

    async def status(self, workflow_id: str) -> RunStatus:
        process, subject = subject_of(workflow_id)
        if process is Process.CUSTOMER_ONBOARDING:
            return await self.onboarding.status(subject)
        if process is Process.ACCESS_REQUEST:
            return await self.access.status(subject)
        if process is Process.LEAD_FOLLOW_THROUGH:
            return await self.follow_through_status(subject)
        return await self.intake_status(subject)

    async def parked(self, wanted: ParkedFilter, tell: Callable[[int], None]) -> tuple[ParkedRun, ...]:
        self.filters.append(wanted)
        tell(len(self.parked_runs))
        return self.parked_runs[: wanted.limit]

    async def amend(self, lead_id: str, amendment: Amendment) -> LeadIntakeStatus:
        self.take(amendment)
        return await self.intake_status(lead_id)

    async def resolve(self, workflow_id: str, resolution: Resolution) -> RunStatus:
        if workflow_id in self.refuse_runs:
            raise self.refuse_runs[workflow_id]
        self.take((workflow_id, resolution))
        if subject_of(workflow_id)[0] is Process.LEAD_INTAKE:
            return intake_status()
        return await self.status(workflow_id)

    async def acknowledge(self, lead_id: str, acknowledgement: Acknowledgement) -> FollowThroughStatus:
        self.take(acknowledgement)
        return follow_through_status(lead_id, acknowledged=True)

    async def record_outcome(self, order: FollowThroughOrder, report: OutcomeReport) -> FollowThroughStatus:
        self.take((order, report))
        return follow_through_status(order.lead_id)

    async def decide(self, decision: Decision) -> ApprovalStatus:
        self.take(decision)
        recorded = RecordedDecision(
            verdict=decision.verdict,
            actor_id=decision.actor.id,
            at=NOW,
            door="update",
            reason=decision.reason,
        )
        return approval_status(decisions=(recorded,))


class StandInSurroundings(Surroundings):
    """Surroundings without environment, server and store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.door = StandInDoors()
        self.store = StandInStore()
        self.bundle = small_bundle()
        self.at = NOW
        self.policy_problem: CommandFailure | None = None

    def settings(self) -> Settings:
        return hermetic_settings(identity=IdentitySettings(key_file=self.folder / "identity.key"))

    def policy(self) -> PolicyBundle:
        if self.policy_problem:
            raise self.policy_problem
        return self.bundle

    def doors(self, timeout: float) -> AbstractAsyncContextManager[Doors]:
        @asynccontextmanager
        async def opened() -> AsyncGenerator[Doors]:
            yield self.door

        return opened()

    def readings(self) -> AbstractAsyncContextManager[Readings]:
        @asynccontextmanager
        async def opened() -> AsyncGenerator[Readings]:
            yield Readings(self.store, self.store, self.store, self.store)

        return opened()

    def now(self) -> datetime:
        return self.at
