"""One deployment inside a test: workers with every real activity, over a store of its own behind faults."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import func, select
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from activities.access import AccessActivities
from activities.accounts import AccountActivities
from activities.agreements import AgreementActivities
from activities.allocation import AllocationActivities
from activities.approvals import ApprovalActivities
from activities.billing import BillingActivities
from activities.correspondence import CorrespondenceActivities
from activities.crm import CrmActivities
from activities.crm_mapping import CrmMappingActivities
from activities.decisions import DecisionActivities
from activities.failures import FailureTranslation
from activities.ledger import LedgerActivities
from activities.limbo import LimboActivities
from activities.matching import MatchingActivities
from activities.notifications import NotificationActivities
from activities.provisioning import ProvisioningActivities
from activities.reading import ReadingActivities, StandInReadingActivities
from activities.scheduling import SchedulingActivities
from connectors.extractive import ExtractiveSummariser
from connectors.lexical import LexicalClassifier
from connectors.store.acceptances import SqlAcceptances
from connectors.store.access import SqlAccess
from connectors.store.accounts import SqlAccounts
from connectors.store.agreements import SqlAgreements
from connectors.store.allocator import SqlAllocator
from connectors.store.arrivals import SqlArrivals
from connectors.store.billing import SqlBilling
from connectors.store.circuits import SqlCircuits
from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.inbox import SqlInbox
from connectors.store.ledger import SqlLedger
from connectors.store.loose_ends import SqlLooseEnds
from connectors.store.outbox import SqlOutbox
from connectors.store.policy_library import SqlPolicyLibrary
from connectors.store.provisioning import SqlProvisioning
from connectors.store.scheduling import SqlScheduling
from connectors.store.tables import metadata
from contracts.access_request import AccessRequestStatus
from contracts.actors import Actor, ActorVerdict, VerifyActorInput
from contracts.approval import ApprovalResult, ApprovalStatus, Decision, Verdict
from contracts.failure_policy import FailurePolicy
from contracts.follow_through import (
    Acknowledgement,
    FollowThroughResult,
    FollowThroughStatus,
    LeadOutcome,
    OutcomeReport,
)
from contracts.ids import approval_workflow_id, follow_through_workflow_id, intake_workflow_id
from contracts.lead import ContactAmendment, LeadSubmission
from contracts.lead_intake import Amendment, LeadIntakeResult, LeadIntakeStatus
from contracts.messages import MessageKind, OutboxEntry
from contracts.onboarding import OnboardingStatus
from contracts.order import OrderDetails
from contracts.policy import PolicyBundle
from contracts.ports import ActorVerifier, PolicyLibrary
from contracts.status import Resolution, ResolutionAnswer, RunStatus
from rules.actor_proof import HmacActorVerifier, sign_assertion
from rules.allocation import choose_owner
from rules.failures import table_of
from rules.policy_source import bundle_from_json, bundle_hash, bundle_json
from runtime.circuit_breaker import CircuitBreaker
from runtime.dev_clock import DevClock
from runtime.run_watch import TemporalRunWatch, always
from starters.temporal_doors import TemporalDoors
from tests.faults import Faults, faulty
from tests.running import running_workers
from workers.registry import WORKFLOWS
from workers.wiring import Wiring
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow
from workflows.lead_follow_through import LeadFollowThroughWorkflow
from workflows.lead_intake import LeadIntakeWorkflow

KEY = b"k" * 32
"""What the doors of these tests sign with."""

Run = WorkflowHandle[Any, Any]
IntakeRun = WorkflowHandle[LeadIntakeWorkflow, LeadIntakeResult]
ApprovalRun = WorkflowHandle[ApprovalWorkflow, ApprovalResult]
FollowThroughRun = WorkflowHandle[LeadFollowThroughWorkflow, FollowThroughResult]

PATIENCE = timedelta(seconds=30)
"""Longer than the 20 s by which a server under load may be late with the news that a run has ended: it drops
what a client does not take at once, and a waiting client asks again only then.
"""

MAPPED_CRM = "house"
"""The name of the CRM of these tests, for bundles that map it."""

FIRST_TASK_EVENTS = 3
"""A run with no more events than these has not ended its first task: started, scheduled, taken."""


@dataclass(frozen=True)
class House:
    """A deployment, and what a person at its doors can do."""

    client: Client
    bundle: PolicyBundle
    faults: Faults
    store: Store
    clock: DevClock
    doors: TemporalDoors
    crm: SqlCrm
    outbox: SqlOutbox
    inbox: SqlInbox
    ledger: SqlLedger
    wiring: Wiring
    """What its workers run, for workers beside them."""
    started: list[str] = field(default_factory=list)
    """The workflow ids that were started here, children left out."""

    # ------------------------------------------------------------ runs

    async def submit(self, submission: LeadSubmission) -> IntakeRun:
        """Hands a lead in at the real door."""
        started = await self.doors.start_lead(submission)
        self.started.append(started.workflow_id)
        return self.intake(started.lead_id)

    async def taken_in(self, submission: LeadSubmission) -> LeadIntakeResult:
        """Hands a lead in and waits for how its intake ends."""
        return await (await self.submit(submission)).result()

    def intake(self, lead_id: str) -> IntakeRun:
        return self.client.get_workflow_handle_for(LeadIntakeWorkflow.run, intake_workflow_id(lead_id))

    def approval(self, run: Run, round_number: int = 1) -> ApprovalRun:
        approval_id = approval_workflow_id(run.id, round_number)
        return self.client.get_workflow_handle_for(ApprovalWorkflow.run, approval_id)

    def follow_through(self, lead_id: str) -> FollowThroughRun:
        return self.client.get_workflow_handle_for(
            LeadFollowThroughWorkflow.run, follow_through_workflow_id(lead_id)
        )

    # ------------------------------------------------------------ commands

    async def actor(self, person: str, run: Run) -> Actor:
        """The person as a door names them to this run, at the run's own present."""
        at = await self.clock.now(run)
        return Actor(id=person, assertion=sign_assertion(KEY, person, run.id, at + timedelta(minutes=5)))

    async def command(self, run: Run, update: Any, argument: object, *, id: str | None = None) -> Any:
        """Sends an update as it is, and returns what it answers."""
        return await run.execute_update(update, argument, id=id)

    async def amend(self, run: IntakeRun, person: str = "m-eve", **details: Any) -> LeadIntakeStatus:
        amendment = Amendment(actor=await self.actor(person, run), details=ContactAmendment(**details))
        status: LeadIntakeStatus = await self.command(run, LeadIntakeWorkflow.amend_lead, amendment)
        return status

    async def resolve(
        self, run: Run, step: str, answer: ResolutionAnswer, person: str = "m-eve"
    ) -> LeadIntakeStatus:
        resolution = Resolution(answer=answer, step=step, actor=await self.actor(person, run))
        status: LeadIntakeStatus = await self.command(run, "resolve", resolution)
        return status

    async def decision(self, run: ApprovalRun, person: str, verdict: Verdict, **more: Any) -> Decision:
        return Decision(request_id=run.id, verdict=verdict, actor=await self.actor(person, run), **more)

    async def decide(
        self, run: ApprovalRun, person: str, verdict: Verdict = Verdict.APPROVE, **more: Any
    ) -> ApprovalStatus:
        decision = await self.decision(run, person, verdict, **more)
        status: ApprovalStatus = await self.command(run, ApprovalWorkflow.decide, decision)
        return status

    async def acknowledge(self, run: FollowThroughRun, person: str) -> FollowThroughStatus:
        acknowledgement = Acknowledgement(actor=await self.actor(person, run))
        status: FollowThroughStatus = await self.command(
            run, LeadFollowThroughWorkflow.acknowledge, acknowledgement
        )
        return status

    async def report(
        self,
        run: FollowThroughRun,
        outcome: LeadOutcome,
        *,
        person: str = "o-ada",
        reason: str = "",
        report_id: str = "",
        order: OrderDetails | None = None,
    ) -> FollowThroughStatus:
        report = OutcomeReport(
            order=order,
            outcome=outcome,
            actor=await self.actor(person, run),
            reason=reason,
            report_id=report_id or f"r-{next(_NUMBERS)}",
        )
        status: FollowThroughStatus = await self.command(
            run, LeadFollowThroughWorkflow.record_outcome, report
        )
        return status

    # ------------------------------------------------------------ looking

    async def in_state(self, run: Run, *states: str) -> Any:
        """Waits until a run stands in one of the states, and returns its status.

        Looks at the search attributes first, which costs no worker anything. A run that another one is about
        to start is waited for.
        """

        async def look() -> Any:
            try:
                described = await run.describe()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return error.status
            stands = described.typed_search_attributes.get(search_attributes.STAGE) in states
            return await self.status(run) if stands else described.status

        return await eventually(look, lambda seen: getattr(seen, "state", None) in states)

    async def when(self, run: Run, holds: Any, *, patience: timedelta = PATIENCE) -> Any:
        """Waits until something holds of a run's status, and returns it."""
        return await eventually(lambda: self.status(run), holds, patience)

    async def quiet(self, run: Run) -> None:
        """Waits until no worker holds the run."""

        async def held() -> bool:
            seen = (await run.describe()).raw_description
            begun = seen.workflow_execution_info.history_length > FIRST_TASK_EVENTS
            return seen.HasField("pending_workflow_task") or not begun

        await eventually(held, lambda is_held: not is_held)

    async def status(self, run: Run) -> Any:
        """The status of a run of any process."""
        answer: dict[str, type[RunStatus]] = {
            "lead-intake": LeadIntakeStatus,
            "lead-follow-through": FollowThroughStatus,
            "approval": ApprovalStatus,
            "customer-onboarding": OnboardingStatus,
            "access-request": AccessRequestStatus,
        }
        await self.quiet(run)
        raw: dict[str, Any] = await run.query("get_status")
        return answer[raw["process"]].model_validate(raw)

    async def messages(self, *kinds: MessageKind) -> list[OutboxEntry]:
        """What was sent, oldest first; only these kinds where some are named."""
        entries = await self.outbox.entries(limit=1000)
        return [entry for entry in reversed(entries) if not kinds or entry.kind in kinds]

    async def rows(self, table: str) -> int:
        """How many rows a table of the store holds."""
        async with self.store.reading("test") as connection:
            query = select(func.count()).select_from(metadata.tables[table])
            return int((await connection.execute(query)).scalar_one())

    async def records(self) -> dict[str, int]:
        """How many of each record stand in the CRM."""
        return {name: await self.rows(name) for name in ("companies", "contacts", "works", "tasks", "notes")}


NO_RECORDS = {"companies": 0, "contacts": 0, "works": 0, "tasks": 0, "notes": 0}

_NUMBERS = itertools.count(1)


async def eventually(look: Any, holds: Any, patience: timedelta = PATIENCE) -> Any:
    """Looks until what is seen holds, and returns it.

    Raises:
        AssertionError: it never does; says what was seen last.
    """
    deadline = asyncio.get_running_loop().time() + patience.total_seconds()
    while True:
        seen = await look()
        if holds(seen):
            return seen
        assert asyncio.get_running_loop().time() < deadline, f"seen last: {seen}"
        await asyncio.sleep(0.01)


def real_time() -> datetime:
    return datetime.now(UTC)


class HeldDecisions(DecisionActivities):
    """Decisions of which the one that no port takes part in can be held as well."""

    def __init__(self, policies: PolicyLibrary, actors: ActorVerifier, faults: Faults) -> None:
        super().__init__(policies, actors)
        self._faults = faults

    @activity.defn
    async def verify_actor(self, question: VerifyActorInput) -> ActorVerdict:
        verified = super().verify_actor
        return cast(
            "ActorVerdict", await self._faults.made("verify_actor", question, lambda: verified(question))
        )


@asynccontextmanager
async def open_house(
    client: Client,
    store_url: str,
    bundle: PolicyBundle,
    *,
    faults: Faults,
    max_cached_workflows: int = 1000,
    translation: Callable[[FailurePolicy, CircuitBreaker], FailureTranslation] = FailureTranslation,
    workflows: Sequence[type] = WORKFLOWS,
    build: str | None = None,
) -> AsyncIterator[House]:
    """Serves every queue over a store behind faults, until the block ends."""
    async with await Store.open(store_url) as store:
        crm, outbox = SqlCrm(store, real_time), SqlOutbox(store, real_time)
        inbox, ledger = SqlInbox(store, real_time), SqlLedger(store, real_time)
        policies = faulty(
            SqlPolicyLibrary(
                store,
                real_time,
                active=bundle,
                hash_of=bundle_hash,
                to_json=bundle_json,
                from_json=bundle_from_json,
            ),
            faults,
        )
        notifier = faulty(outbox, faults)
        activities = (
            HeldDecisions(policies, HmacActorVerifier([KEY]), faults),
            MatchingActivities(faulty(crm, faults), faulty(SqlArrivals(store), faults), policies),
            CrmActivities(faulty(crm, faults)),
            CrmMappingActivities(faulty(crm, faults), MAPPED_CRM, policies),
            ReadingActivities(
                faulty(LexicalClassifier(), faults), faulty(ExtractiveSummariser(), faults), policies
            ),
            StandInReadingActivities(
                faulty(LexicalClassifier(), faults, {"classify": "classify_by_words"}), policies
            ),
            AllocationActivities(faulty(SqlAllocator(store, real_time, choose_owner), faults), policies),
            LedgerActivities(faulty(ledger, faults), faulty(ledger, faults)),
            NotificationActivities(notifier, notifier, policies),
            CorrespondenceActivities(notifier, policies),
            ApprovalActivities(faulty(inbox, faults)),
            AccountActivities(faulty(SqlAccounts(store, real_time), faults)),
            AgreementActivities(faulty(SqlAgreements(store, real_time), faults)),
            BillingActivities(faulty(SqlBilling(store, real_time), faults)),
            ProvisioningActivities(faulty(SqlProvisioning(store, real_time), faults)),
            SchedulingActivities(faulty(SqlScheduling(store, real_time), faults), policies),
            AccessActivities(faulty(SqlAccess(store, real_time), faults)),
            LimboActivities(
                faulty(TemporalRunWatch(always(client)), faults),
                faulty(SqlLooseEnds(store), faults),
                notifier,
                policies,
            ),
        )
        table = table_of(bundle)
        breaker = CircuitBreaker(SqlCircuits(store), table.systems)
        wiring = Wiring(activities, translation(table, breaker))
        house = House(
            client=client,
            bundle=bundle,
            faults=faults,
            store=store,
            clock=DevClock(client),
            doors=TemporalDoors(client, PATIENCE, SqlAcceptances(store)),
            crm=crm,
            outbox=outbox,
            inbox=inbox,
            ledger=ledger,
            wiring=wiring,
        )
        async with running_workers(
            client,
            wiring,
            max_cached_workflows=max_cached_workflows,
            workflows=workflows,
            build=build,
        ):
            try:
                yield house
            finally:
                faults.release_all()
