"""Plays the story: submits the leads in waves, and does what people do about them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from temporalio.client import Client, WorkflowFailureError

from contracts.actors import Actor
from contracts.approval import ApprovalState, ApprovalStatus, Decision, Verdict
from contracts.lead_intake import Amendment, IntakeState, LeadIntakeStatus
from contracts.names import Process
from contracts.states import Lane
from contracts.status import Resolution, ResolutionAnswer
from runtime.dev_clock import DevClock
from starters.console import CommandFailure
from starters.demo.patience import let_pass, made, patiently
from starters.demo.played import Played
from starters.demo.story import Action, Move, Story
from starters.doors import Doors, LeadFilter
from starters.identity import prove
from starters.lead_status import if_found
from starters.surroundings import Surroundings

LOOK_EVERY_SECONDS = 0.4
"""Between two looks at the list of runs; the runs themselves are not disturbed by that."""

GIVE_UP_AFTER_SECONDS = 240.0
"""Workers that are killed and come back cost seconds; a run that is not through by then is stuck."""

STILL_ASKED = (Lane.WAITING, Lane.ESCALATED)

Ask = Callable[[Move, ApprovalStatus], Awaitable[Verdict]]


class Play:
    """Plays one story to its end.

    Args:
        story: what to play.
        leads: its leads, by name; the caller watches them change.
        around: settings, policy and clock.
        doors: every command to a run goes through them.
        client: waits for runs.
        clock: moves theirs.
        ask: puts an approval to whoever sits at the terminal; None decides by script.
        give_up_after: seconds for all of it; who is asked at the terminal may take their time.
    """

    def __init__(
        self,
        story: Story,
        leads: Mapping[str, Played],
        around: Surroundings,
        doors: Doors,
        client: Client,
        *,
        clock: DevClock,
        ask: Ask | None = None,
        give_up_after: float = GIVE_UP_AFTER_SECONDS,
    ) -> None:
        self._story = story
        self._leads = leads
        self._around = around
        self._doors = doors
        self._client = client
        self._ask = ask
        self._give_up_after = give_up_after
        self._clock = clock
        self._settings, self._policy = around.settings(), around.policy()
        self.problems: list[str] = []
        """Moves that could not be made, in words."""

    async def to_the_end(self) -> None:
        """Returns when every lead has ended, or when it is clear that some do not."""
        watch = asyncio.create_task(self._watch())
        try:
            async with asyncio.timeout(self._give_up_after if self._ask is None else None):
                async with asyncio.TaskGroup() as group:
                    for lead in self._leads.values():
                        group.create_task(self._take(lead))
        except TimeoutError:
            self.problems.append(f"gave up after {self._give_up_after:.0f} s")
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _watch(self) -> None:
        by_id = {lead.lead_id: lead for lead in self._leads.values()}
        wanted = LeadFilter(process=Process.LEAD_INTAKE, limit=2 * len(by_id))
        while True:
            with contextlib.suppress(CommandFailure):
                for run in await self._doors.list_leads(wanted):
                    if lead := by_id.get(run.lead_id):
                        lead.saw(run)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _take(self, lead: Played) -> None:
        for other in self._story.outcome.leads[lead.name].after:
            await self._come_to_rest(self._leads[other])
        # Of two leads that repeat each other the later one gives way: each gets the time of its submission.
        submission = lead.submission.model_copy(update={"received_at": datetime.now(UTC)})
        lead.submitted_at = asyncio.get_running_loop().time()
        lead.show(Lane.RUNNING, IntakeState.RECEIVED, None, None)
        await patiently(lambda: self._doors.start_lead(submission))
        moves = asyncio.create_task(self._make_moves(lead))
        try:
            await self._ended(lead)
        finally:
            moves.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await moves

    async def _ended(self, lead: Played) -> None:
        run = self._client.get_workflow_handle(lead.workflow_id)
        with contextlib.suppress(WorkflowFailureError):
            await run.result()
        lead.seconds = asyncio.get_running_loop().time() - lead.submitted_at
        status = await patiently(lambda: self._doors.intake_status(lead.lead_id))
        lead.stands(status)
        lead.status = status
        lead.at_rest.set()

    async def _make_moves(self, lead: Played) -> None:
        for move in self._story.moves_of(lead.name):
            for other in (lead.name, *move.after):
                await self._leads[other].at_rest.wait()
            await self._make(lead, move)

    async def _make(self, lead: Played, move: Move) -> None:
        """Makes one move as soon as the run is ready for it, also where workers die while it is made."""
        makers = {
            Action.APPROVE: self._decide,
            Action.REJECT: self._decide,
            Action.AMEND: self._amend,
            Action.EXPIRE: self._expire,
        }
        make = makers.get(move.do, self._resolve)

        async def once() -> bool:
            status = await self._doors.intake_status(lead.lead_id)
            lead.stands(status)
            return await make(lead, move, status)

        if refusal := await made(once):
            self.problems.append(f"{lead.name}: {move.do} was refused: {refusal}")

    async def _decide(self, lead: Played, move: Move, status: LeadIntakeStatus) -> bool:
        if status.approval_id is None or status.state != IntakeState.IN_REVIEW:
            return False
        approval = await if_found(self._doors.approval_status(status.approval_id))
        if approval is None or approval.state not in (
            ApprovalState.AWAITING_DECISION,
            ApprovalState.ESCALATED,
        ):
            return False
        await self._settle(status.approval_id)
        verdict = Verdict(move.do.value)
        if move.ask and self._ask is not None:
            verdict = await self._ask(move, approval)
            lead.decided_by_hand = True
        await self._doors.decide(
            Decision(
                request_id=status.approval_id,
                verdict=verdict,
                actor=self._actor(move, status.approval_id),
                reason=move.reason,
                corrected_category=move.category,
                same_person=move.same_person,
            )
        )
        return True

    async def _amend(self, lead: Played, move: Move, status: LeadIntakeStatus) -> bool:
        if status.state not in (IntakeState.AWAITING_DETAILS, IntakeState.PARKED):
            return False
        await self._settle(lead.workflow_id)
        actor = self._actor(move, lead.workflow_id)
        await self._doors.amend(
            lead.lead_id, Amendment(actor=actor, details=move.details, reason=move.reason)
        )
        return True

    async def _resolve(self, lead: Played, move: Move, status: LeadIntakeStatus) -> bool:
        if not status.parked:
            return False
        await self._settle(lead.workflow_id)
        await self._doors.resolve(
            lead.workflow_id,
            Resolution(
                answer=ResolutionAnswer(move.do.value),
                step=status.parked[0].step,
                actor=self._actor(move, lead.workflow_id),
                reason=move.reason,
            ),
        )
        return True

    async def _expire(self, _: Played, __: Move, status: LeadIntakeStatus) -> bool:
        """Lets the time pass that somebody would have had; says whether it is over."""
        waiting = await self._waiting(status)
        if waiting is None or waiting.due_at is None or waiting.lane not in STILL_ASKED:
            return False
        # What is still to be tried again would be tried in no time, and time out.
        await self._settle(waiting.workflow_id)
        await let_pass(self._clock, self._client.get_workflow_handle(waiting.workflow_id), waiting.due_at)
        after = await self._waiting(await self._doors.intake_status(status.lead_id))
        return after is None or after.lane not in STILL_ASKED

    async def _waiting(self, status: LeadIntakeStatus) -> LeadIntakeStatus | ApprovalStatus | None:
        """What somebody is asked for: the approval that the lead waits for, or its own details."""
        if status.approval_id is None:
            return status
        return await if_found(self._doors.approval_status(status.approval_id))

    async def _come_to_rest(self, lead: Played) -> None:
        await lead.at_rest.wait()
        while True:
            with contextlib.suppress(TimeoutError):
                return await self._settle(lead.workflow_id)

    async def _settle(self, workflow_id: str) -> None:
        """Lets a run do all that it can do by itself: who is quicker than a message makes it superfluous."""
        await self._clock.settle(self._client.get_workflow_handle(workflow_id), retries=True)

    def _actor(self, move: Move, audience: str) -> Actor:
        return prove(self._settings, self._policy, move.by, audience, self._around.now())
