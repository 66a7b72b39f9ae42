"""Plays the customers: from a won deal or an order to first value, or to an undo that leaves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from temporalio.client import Client

from contracts.access_request import AccessRequestState, AccessRequestStatus
from contracts.actors import Actor
from contracts.approval import ApprovalState, Decision, Verdict
from contracts.follow_through import FollowThroughStatus
from contracts.ids import access_request_workflow_id, follow_through_workflow_id, onboarding_workflow_id
from contracts.lead_intake import LeadIntakeStatus
from contracts.names import Step
from contracts.onboarding import (
    CancelOnboarding,
    ContractSigned,
    HandOverAgain,
    KickoffChoice,
    OnboardingResult,
    OnboardingStatus,
    ProvideDetails,
)
from contracts.status import Resolution, ResolutionAnswer
from runtime.dev_clock import DevClock
from starters.demo.customers import SELLER, Access, Customer, CustomerMove, Deed
from starters.demo.patience import giving_up_after, let_pass, made, patiently
from starters.demo.played import Played
from starters.demo.story import EXAMPLES
from starters.doors import Doors
from starters.identity import prove, vouch
from starters.lead_status import if_found
from starters.record_outcome import Report, record_outcome
from starters.start_onboarding import order_in
from starters.surroundings import Surroundings

PATIENCE_SECONDS = 30.0
REASON = "shown in the demo"


DEEDS = {
    Deed.PROVIDE: "supplies what is missing",
    Deed.SIGN: "says that the contract is signed",
    Deed.APPROVE: "approves",
    Deed.REJECT: "rejects",
    Deed.CHOOSE: "chooses a time for the kickoff",
    Deed.HAND_OVER: "says what was mended, and hands over again",
    Deed.USE: "gets something out of it; a week and more goes by",
    Deed.WAIT: "is not heard of; a week and more goes by",
    Deed.ABANDON: "gives the step up",
    Deed.CANCEL: "calls it off",
}


@dataclass
class Travelled:
    """One customer as it is being played."""

    customer: Customer
    onboarding_id: str = ""
    said: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """What people did, and when; by deed, since one that is repeated is done once."""
    lead: LeadIntakeStatus | None = None
    deal: FollowThroughStatus | None = None
    """The lead that the customer was, and how its deal was won."""
    status: OnboardingStatus | None = None
    result: OnboardingResult | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def workflow_id(self) -> str:
        """Of its onboarding."""
        return onboarding_workflow_id(self.onboarding_id)


class Journey:
    """Plays customers on a running stack.

    Args:
        leads: the example leads, each come to rest.
        around: settings, policy and clock.
        doors: every command to a run goes through them.
        client: waits for runs.
        clock: moves theirs.
        give_up_after: seconds for each of them.
    """

    def __init__(
        self,
        leads: Mapping[str, Played],
        around: Surroundings,
        doors: Doors,
        client: Client,
        *,
        clock: DevClock,
        give_up_after: float,
    ) -> None:
        self._leads = leads
        self._around = around
        self._doors = doors
        self._client = client
        self._clock = clock
        self._give_up_after = give_up_after
        self._settings, self._policy = around.settings(), around.policy()

    async def travelled(self, customer: Customer) -> Travelled:
        """Takes one customer to the end of their story, or gives up waiting for it."""
        seen = Travelled(customer)
        async with giving_up_after(self._give_up_after):
            await self._begin(seen)
            await self._to_the_end(seen)
        if seen.onboarding_id:
            seen.status = await patiently(lambda: self._doors.onboarding.status(seen.onboarding_id))
        return seen

    async def _to_the_end(self, seen: Travelled) -> None:
        run = self._client.get_workflow_handle(seen.workflow_id, result_type=OnboardingResult)
        moves = asyncio.create_task(self._make_moves(seen))
        try:
            seen.result = await run.result()
        finally:
            moves.cancel()
            await asyncio.wait((moves,))
        if not moves.cancelled() and (problem := moves.exception()):
            raise problem

    async def granted(self, access: Access) -> AccessRequestStatus:
        """Takes one access request to its end, or says where it stands when that takes too long."""
        request = access.request.model_copy(update={"requested_at": self._around.now()})
        await patiently(lambda: self._doors.access.request(request))
        workflow_id = access_request_workflow_id(request.request_id)

        async def approved() -> bool:
            status = await self._doors.access.status(request.request_id)
            ready = status.approval_id is not None and status.state == AccessRequestState.IN_APPROVAL
            return ready and await self._decided(
                status.approval_id or "", Verdict.APPROVE, access.approved_by, REASON
            )

        async def ran_out() -> bool:
            status = await self._doors.access.status(request.request_id)
            if status.state != AccessRequestState.GRANTED or status.due_at is None:
                return False
            await self._clock.fast_forward_to(self._client.get_workflow_handle(workflow_id), status.due_at)
            return True

        async with giving_up_after(self._give_up_after):
            await made(approved)
            await made(ran_out)
            await self._client.get_workflow_handle(workflow_id).result()
        return await patiently(lambda: self._doors.access.status(request.request_id))

    async def _begin(self, seen: Travelled) -> None:
        customer, file = seen.customer, str(EXAMPLES / "orders" / seen.customer.order)
        if customer.lead is None:
            started = await patiently(lambda: self._doors.onboarding.start(order_in(self._around, file)))
            seen.onboarding_id = started.id
            return
        lead_id = self._leads[customer.lead].lead_id
        owner = (await patiently(lambda: self._doors.follow_through_status(lead_id))).owner_id
        for outcome in customer.outcomes:
            report = Report(lead_id, outcome, owner, "", f"demo-{outcome}")
            seen.said[outcome] = (self._around.now(), f"{owner} reports {outcome.replace('_', ' ')}")
            await self._reported(report, file if outcome is customer.outcomes[-1] else None)
        await self._client.get_workflow_handle(follow_through_workflow_id(lead_id)).result()
        seen.lead = self._leads[customer.lead].status
        seen.deal = await patiently(lambda: self._doors.follow_through_status(lead_id))
        seen.onboarding_id = lead_id

    async def _make_moves(self, seen: Travelled) -> None:
        for number, move in enumerate(seen.customer.moves):

            async def once(deed: str = f"move {number}", move: CustomerMove = move) -> bool:
                status = await self._doors.onboarding.status(seen.onboarding_id)
                if status.state != move.when:
                    return False
                seen.said[deed] = (self._around.now(), _in_words(move, status))
                return await self._done(move, status)

            if refusal := await made(once):
                seen.problems.append(f"{move.do} was refused: {refusal}")

    async def _reported(self, report: Report, order_file: str | None) -> None:
        await patiently(lambda: record_outcome(self._around, report, order_file, PATIENCE_SECONDS))

    async def _done(self, move: CustomerMove, status: OnboardingStatus) -> bool:
        """Does one deed; says whether the run was ready for it."""
        deeds = {
            Deed.PROVIDE: self._provide,
            Deed.SIGN: self._sign,
            Deed.CHOOSE: self._choose,
            Deed.HAND_OVER: self._hand_over,
            Deed.CANCEL: self._cancel,
            Deed.ABANDON: self._abandon,
        }
        if move.do in (Deed.APPROVE, Deed.REJECT):
            return await self._decided(status.approval_id or "", Verdict(move.do.value), move.by, move.reason)
        if move.do in (Deed.USE, Deed.WAIT):
            return await (self._use if move.do is Deed.USE else self._wait)(status)
        return await deeds[move.do](move, status, self._actor(move, status))

    async def _provide(self, move: CustomerMove, status: OnboardingStatus, actor: Actor) -> bool:
        given = ProvideDetails(actor=actor, details=move.details, reason=move.reason)
        await self._doors.onboarding.provide(status.onboarding_id, given)
        return True

    async def _sign(self, move: CustomerMove, status: OnboardingStatus, actor: Actor) -> bool:
        signed = ContractSigned(actor=actor, reference=move.reference, signed_at=self._around.now())
        await self._doors.onboarding.contract_signed(status.onboarding_id, signed)
        return True

    async def _choose(self, move: CustomerMove, status: OnboardingStatus, actor: Actor) -> bool:
        if status.kickoff is None:
            return False
        choice = KickoffChoice(actor=actor, slot_id=status.kickoff.slots[move.slot].id)
        await self._doors.onboarding.choose_kickoff(status.onboarding_id, choice)
        return True

    async def _hand_over(self, move: CustomerMove, status: OnboardingStatus, actor: Actor) -> bool:
        again = HandOverAgain(actor=actor, reason=move.reason)
        await self._doors.onboarding.hand_over_again(status.onboarding_id, again)
        return True

    async def _cancel(self, move: CustomerMove, status: OnboardingStatus, actor: Actor) -> bool:
        request = CancelOnboarding(actor=actor, reason=move.reason)
        await self._doors.onboarding.cancel(status.onboarding_id, request)
        return True

    async def _abandon(self, move: CustomerMove, status: OnboardingStatus, actor: Actor) -> bool:
        answer = Resolution(
            answer=ResolutionAnswer.ABANDON, step=status.parked[0].step, actor=actor, reason=move.reason
        )
        await self._doors.resolve(status.workflow_id, answer)
        return True

    async def _use(self, status: OnboardingStatus) -> bool:
        """The customer does what they bought it for; then the day comes on which that is looked at."""
        made_by = {effect.step: effect.external_id for effect in status.effects}
        async with self._around.embedded() as embedded:
            await embedded.record_use(made_by[Step.CREATE_WORKSPACE], self._around.now())
        return await self._wait(status)

    async def _wait(self, status: OnboardingStatus) -> bool:
        if status.due_at is not None:
            await let_pass(self._clock, self._client.get_workflow_handle(status.workflow_id), status.due_at)
        after = await self._doors.onboarding.status(status.onboarding_id)
        return after.state != status.state

    async def _decided(self, request_id: str, verdict: Verdict, person: str, reason: str) -> bool:
        approval = await if_found(self._doors.approval_status(request_id))
        if approval is None or approval.state != ApprovalState.AWAITING_DECISION:
            return False
        actor = prove(self._settings, self._policy, person, request_id, self._around.now())
        await self._doors.decide(Decision(request_id=request_id, verdict=verdict, actor=actor, reason=reason))
        return True

    def _actor(self, move: CustomerMove, status: OnboardingStatus) -> Actor:
        now, audience = self._around.now(), status.workflow_id
        if not move.by:
            return vouch(self._settings, status.customer_id, audience, now)
        person = status.seller_id if move.by == SELLER else move.by
        return prove(self._settings, self._policy, person, audience, now)


def _in_words(move: CustomerMove, status: OnboardingStatus) -> str:
    who = {"": "the customer", SELLER: status.seller_id}.get(move.by, move.by)
    why = f": {move.reason}" if move.reason else ""
    return f"{who} {DEEDS[move.do]}{why}"
