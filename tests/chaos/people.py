"""Everybody outside of the workers: guests who come in, and our people, who do their part come what may."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from temporalio.client import Client
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from connectors.store.engine import Store
from connectors.store.provisioning import SqlProvisioning
from contracts.actors import Actor
from contracts.approval import ApprovalState, Decision, Verdict
from contracts.failures import ServiceFailure
from contracts.follow_through import FollowThroughState, LeadOutcome, OutcomeReport
from contracts.ids import APPROVAL_SUFFIX, subject_of
from contracts.messages import MessageKind
from contracts.names import Process, Step
from contracts.onboarding import CancelOnboarding, KickoffChoice
from contracts.onboarding_states import OnboardingState
from contracts.states import Lane
from contracts.status import Resolution, ResolutionAnswer
from runtime.settings import Settings
from starters.console import CommandFailure
from starters.doors import Doors
from starters.exit_codes import ExitCode
from starters.identity import vouch
from tests.chaos.journeys import Guest, Journey
from workflows import search_attributes
from workflows.lead_follow_through import LeadFollowThroughWorkflow

ANSWER_WITHIN = timedelta(seconds=8)
"""Then a command is given up and repeated: a worker that was killed may have taken it along."""

LOOK_EVERY_SECONDS = 0.5
LONGEST_PATIENCE_SECONDS = 60.0
"""Then people act although somebody has not been told: what is lost is found later."""

QUIET_LOOKS = 4
"""So often nobody may be seen open until all are believed to have ended: the list lags behind the runs."""

REPEATED = (ExitCode.NO_ANSWER, ExitCode.REFUSED_BY_RUN, ExitCode.NOT_FOUND, ExitCode.UNREACHABLE)
"""Nobody answers, it was taken already, or nobody has been asked yet: whoever wants it says it again."""

ASKING = (ApprovalState.AWAITING_DECISION, ApprovalState.ESCALATED)
CHOOSING = (OnboardingState.AWAITING_KICKOFF_CHOICE, OnboardingState.KICKOFF_OVERDUE)
FOLLOWED = (FollowThroughState.AWAITING_ACKNOWLEDGEMENT, FollowThroughState.UNACKNOWLEDGED)
"""Patient people wait for the last of these before they say what became of a lead."""


class OpenRun(NamedTuple):
    """A run that has not ended, as the list of runs shows it."""

    id: str
    process: Process
    subject: str
    stage: str
    lane: str

    @property
    def is_approval(self) -> bool:
        """Whether it asks for a decision; it belongs to the process of who asks."""
        return APPROVAL_SUFFIX in self.id


class People:
    """They use the doors, and repeat what was not taken.

    Args:
        client: of the runs' namespace.
        doors: of the deployment.
        settings: say by which key they prove who they are.
        store: the product, which customers use, writes there.
        random: what is drawn from.
        held: says whether a call of a guest is held where its fault is about to happen.
        thought: seconds that somebody may take at most before they act, so that kills meet runs everywhere.
        patient: they act only once everybody concerned has been told, and let a lead go all the way.
        together: nobody is handed over before all have come in: that many are open at a time.
    """

    def __init__(
        self,
        client: Client,
        doors: Doors,
        settings: Settings,
        store: Store,
        random: Random,
        *,
        held: Callable[[str], bool],
        thought: float = 0.0,
        patient: bool = False,
        together: bool = False,
    ) -> None:
        self._client = client
        self._doors = doors
        self._settings = settings
        self._store = store
        self._product = SqlProvisioning(store, lambda: datetime.now(UTC))
        self._random = random
        self._held = held
        self._thought = thought
        self._patient = patient
        self._together = together
        self._guests: dict[str, Guest] = {}
        self._coming = 0
        self._seen_at: dict[str, float] = {}
        self._all_in = asyncio.Event()
        self.repeated: Counter[str] = Counter()
        """Commands that were not taken, by reason."""
        self.open = 0
        """How many runs had not ended when somebody looked last."""
        self.parked: dict[str, str] = {}
        """Runs that stand parked, and at what."""

    async def come_in(self, guests: Sequence[Guest], within: float) -> None:
        """All come in, some time soon.

        Args:
            guests: whom nobody has seen before.
            within: seconds.
        """
        self._guests |= {guest.name: guest for guest in guests}
        self._coming += len(guests)
        async with asyncio.TaskGroup() as group:
            for guest in guests:
                group.create_task(self._come_in(guest, self._random.uniform(0, within)))

    async def expect(self, guests: Sequence[Guest], within: float, *, while_open: int) -> None:
        """Lets these come in once all others are in, and no more runs than that are open."""
        self._coming += len(guests)
        while self._coming > len(guests) or self.open > while_open:  # noqa: ASYNC110 - the list of runs only tells who asks
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        self._coming -= len(guests)
        await self.come_in(guests, within)

    async def see_through(self) -> None:
        """Does what people do until every run has ended, or stands parked and is nobody's to resolve."""
        busy: dict[str, asyncio.Task[None]] = {}
        quiet = 0
        async with asyncio.TaskGroup() as group:
            while quiet < QUIET_LOOKS:
                await asyncio.sleep(LOOK_EVERY_SECONDS)
                busy = {run: task for run, task in busy.items() if not task.done()}
                try:
                    runs = await self._open_runs()
                except RPCError:
                    continue
                self.open = len(runs)
                self.parked = {run.id: run.stage for run in runs if self._stays_parked(run)}
                for run in runs:
                    if run.id not in busy and (part := self._part_in(run)):
                        busy[run.id] = group.create_task(self._taken(part))
                finished = not self._coming and len(runs) == len(self.parked)
                quiet = quiet + 1 if finished else 0
            for task in busy.values():
                task.cancel()

    async def _come_in(self, guest: Guest, after: float) -> None:
        await asyncio.sleep(after)
        while True:
            try:
                await guest.come_in(self._doors)
                break
            except CommandFailure as failure:
                if failure.code not in REPEATED:
                    raise
                self.repeated[failure.code.name] += 1
        self._coming -= 1
        if not self._coming:
            self._all_in.set()

    async def _open_runs(self) -> list[OpenRun]:
        found: list[OpenRun] = []
        async for run in self._client.list_workflows('ExecutionStatus = "Running"'):
            try:
                process, subject = subject_of(run.id)
            except ValueError:
                continue  # not a guest's: the watch for work that is left lying
            seen = run.typed_search_attributes
            stage = seen.get(search_attributes.STAGE, "")
            found.append(OpenRun(run.id, process, subject, stage, seen.get(search_attributes.LANE, "")))
        return found

    def _journey(self, run: OpenRun) -> Journey | None:
        guest = self._guests.get(run.subject)
        return guest.journey if guest else None

    def _stays_parked(self, run: OpenRun) -> bool:
        return run.lane == Lane.BLOCKED and self._journey(run) is not Journey.LEAD_UNDONE

    def _part_in(self, run: OpenRun) -> Coroutine[Any, Any, None] | None:
        """What somebody does about a run; None where it is nobody's turn."""
        part: Callable[[OpenRun], Coroutine[Any, Any, None]] | None = None
        if run.is_approval:
            part = self._decide if run.stage in ASKING else None
        elif run.lane == Lane.BLOCKED:
            part = None if self._stays_parked(run) else self._give_up
        elif run.process is Process.LEAD_FOLLOW_THROUGH:
            turn = FOLLOWED[-1:] if self._patient else FOLLOWED
            part = self._close if run.stage in turn else None
        elif run.process is Process.CUSTOMER_ONBOARDING:
            part = self._part_in_onboarding(run)
        return part(run) if part else None

    def _part_in_onboarding(self, run: OpenRun) -> Callable[[OpenRun], Coroutine[Any, Any, None]] | None:
        if run.stage in CHOOSING:
            return self._choose
        called_off = self._journey(run) is Journey.ONBOARDING_CALLED_OFF
        return self._call_off if called_off and run.stage == OnboardingState.AWAITING_FIRST_VALUE else None

    async def _taken(self, part: Coroutine[Any, Any, None]) -> None:
        try:
            await asyncio.sleep(self._random.uniform(0, self._thought))
        except asyncio.CancelledError:
            part.close()
            raise
        try:
            async with asyncio.timeout(2 * ANSWER_WITHIN.total_seconds()):
                await part
        except CommandFailure as failure:
            if failure.code not in REPEATED:
                raise
            self.repeated[failure.code.name] += 1
        except (TemporalError, ServiceFailure, TimeoutError) as error:
            self.repeated[type(error).__name__] += 1

    def _actor(self, person: str, run: OpenRun) -> Actor:
        return vouch(self._settings, person, run.id, datetime.now(UTC))

    async def _all_told(self, run: OpenRun, kind: MessageKind, people: int = 1) -> bool:
        """Whether patient people may act: whoever was to be told has been, or too much time has passed."""
        since = self._seen_at.setdefault(run.id, time.monotonic())
        if not self._patient or time.monotonic() > since + LONGEST_PATIENCE_SECONDS:
            return True
        query = "select count(*) from outbox where workflow_id = ? and kind = ?"
        async with self._store.reading("test") as connection:
            found = await connection.exec_driver_sql(query, (run.id, kind.value))
            # Whoever acts now has a held message called off with the wait that it is about: no fault happens.
            return int(found.scalar_one()) >= people and not self._held(run.subject)

    async def _decide(self, run: OpenRun) -> None:
        status = await self._doors.approval_status(run.id)
        if not await self._all_told(run, MessageKind.APPROVAL_WANTED, len(status.approvers)):
            return
        if run.process is Process.CUSTOMER_ONBOARDING:
            if self._together:
                await self._all_in.wait()
            await self._use_the_product(run)
        entitled = [person for person in status.approvers if person != status.request.requested_by]
        actor = self._actor(self._random.choice(entitled), run)
        await self._doors.decide(Decision(request_id=run.id, verdict=Verdict.APPROVE, actor=actor))

    async def _use_the_product(self, run: OpenRun) -> None:
        status = await self._doors.onboarding.status(run.subject)
        for made in status.effects:
            if made.step == Step.CREATE_WORKSPACE:
                await self._product.record_use(made.external_id, datetime.now(UTC))

    async def _give_up(self, run: OpenRun) -> None:
        if not await self._all_told(run, MessageKind.STEP_PARKED):
            return
        status = await self._doors.intake_status(run.subject)
        for parked in status.parked:
            answer = Resolution(
                answer=ResolutionAnswer.ABANDON, step=parked.step, actor=self._actor("p-maya", run)
            )
            await self._doors.resolve(run.id, answer)

    async def _close(self, run: OpenRun) -> None:
        if not await self._all_told(run, MessageKind.LEAD_ESCALATED):
            return
        report = OutcomeReport(
            outcome=LeadOutcome.DISQUALIFIED,
            actor=self._actor("p-maya", run),
            reason="no budget",
            report_id="report-1",
        )
        handle: Any = self._client.get_workflow_handle(run.id)
        await handle.execute_update(LeadFollowThroughWorkflow.record_outcome, report)

    async def _choose(self, run: OpenRun) -> None:
        status = await self._doors.onboarding.status(run.subject)
        if status.kickoff is not None:
            slot = self._random.choice(status.kickoff.slots)
            choice = KickoffChoice(actor=self._actor(status.customer_id, run), slot_id=slot.id)
            await self._doors.onboarding.choose_kickoff(run.subject, choice)

    async def _call_off(self, run: OpenRun) -> None:
        status = await self._doors.onboarding.status(run.subject)
        request = CancelOnboarding(actor=self._actor(status.customer_id, run), reason="changed our minds")
        await self._doors.onboarding.cancel(run.subject, request)
