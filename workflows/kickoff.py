"""Arranging the kickoff: the customer is offered times, chooses one, and it is booked."""

from temporalio import workflow

from workflows import options
from workflows.customer_letters import CustomerLetters
from workflows.effects import Effects
from workflows.known import known
from workflows.onboarding_file import OnboardingFile
from workflows.onboarding_notices import say
from workflows.parallel import Meanwhile
from workflows.progress import Progress
from workflows.steps import Steps
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.scheduling import SchedulingActivities
    from contracts.ids import effect_key, onboarding_workflow_id
    from contracts.messages import MessageKind
    from contracts.names import Step
    from contracts.onboarding import KickoffOffer
    from contracts.onboarding_plan import KickoffPlan
    from contracts.onboarding_states import OnboardingState
    from contracts.scheduling import BookKickoffInput, FindSlotsInput, Slot
    from rules.onboarding_plan import instant_after

CUSTOMERS_OWN = "customers-own"
"""The occasion of a kickoff that the customer books themselves: known before they choose a time."""


class Kickoff:
    """Offers times until one is booked; after so many offers somebody of ours is told, each time anew."""

    def __init__(
        self,
        file: OnboardingFile,
        progress: Progress,
        steps: Steps,
        effects: Effects,
        letters: CustomerLetters,
    ) -> None:
        self._file = file
        self._progress = progress
        self._steps = steps
        self._effects = effects
        self._letters = letters
        self._offered: list[str] = []

    async def arrange(self) -> None:
        """Returns once the kickoff is booked."""
        plan = known(self._file.plan.kickoff, "the kickoff's plan")
        round_number = 0
        while self._file.kickoff_at is None:
            round_number += 1
            try:
                await self._offered_in(plan, round_number)
            finally:
                # Whatever ends a round, nothing of it can be chosen any more.
                self._file.offer = self._file.choice = self._file.booked_as = None

    async def _offered_in(self, plan: KickoffPlan, round_number: int) -> None:
        offer = await self._offer(plan, round_number)
        await self._await_choice(offer, overdue=round_number > plan.rounds or not offer.slots)
        self._progress.advance(OnboardingState.SETTING_UP)
        if self._file.choice is not None:
            await self._book(plan, self._file.choice)

    async def _offer(self, plan: KickoffPlan, round_number: int) -> KickoffOffer:
        now = workflow.now()
        question = FindSlotsInput(
            policy_hash=self._file.plan.pin.hash,
            host_id=plan.host_id,
            since=now,
            first_after=plan.first_after,
            duration=plan.duration,
            wanted=plan.slots,
            offered_before=tuple(self._offered),
            booking_key=effect_key(workflow.info().workflow_id, Step.BOOK_KICKOFF, CUSTOMERS_OWN),
        )
        found = await self._steps.required(
            Step.FIND_SLOTS,
            lambda: workflow.execute_activity_method(
                SchedulingActivities.find_slots,
                question,
                **options.SCHEDULE,
                summary=f"Find times of {plan.host_id}",
            ),
        )
        self._offered += [slot.id for slot in found.slots]
        choose_by = instant_after(self._file.plan.clock, now, plan.choose_within)
        offer = KickoffOffer(round=round_number, slots=found.slots, choose_by=choose_by)
        if offer.slots:
            await self._letters.offer(found, round_number)
            self._file.offer = offer
        return offer

    async def _await_choice(self, offer: KickoffOffer, *, overdue: bool) -> None:
        """Waits for the customer; past the offers that the policy grants, our own people are told as well."""
        owner_id = self._file.plan.success_owner_id
        self._progress.advance(
            OnboardingState.KICKOFF_OVERDUE if overdue else OnboardingState.AWAITING_KICKOFF_CHOICE,
            owner=owner_id if overdue else self._file.order.customer_id,
            waits_for="the customer to choose a time for the kickoff",
            due_at=offer.choose_by,
            commands=("choose_kickoff", "cancel_onboarding"),
        )
        async with Meanwhile() as meanwhile:
            if overdue:
                meanwhile.start(self._escalate(offer.round))
            await until(offer.choose_by, lambda: self._file.choice is not None, "Kickoff choice")

    async def _escalate(self, round_number: int) -> None:
        plan = self._file.plan
        for person in dict.fromkeys((plan.success_owner_id, plan.manager_id)):
            await say(self._file, person, MessageKind.KICKOFF_ESCALATED, {}, str(round_number))

    async def _book(self, plan: KickoffPlan, slot: Slot) -> None:
        """Books what was chosen; where somebody else was quicker, other times are offered.

        What the customer has booked themselves is taken over, so that it is taken back like any other.
        """
        file, details = self._file, self._file.details
        booking = await self._effects.required(
            Step.BOOK_KICKOFF,
            lambda key: workflow.execute_activity_method(
                SchedulingActivities.book_kickoff,
                BookKickoffInput(
                    key=key,
                    policy_hash=file.plan.pin.hash,
                    customer_id=file.order.customer_id,
                    company=known(details.company, "the company"),
                    host_id=plan.host_id,
                    slot=slot,
                    attendee=known(details.technical_contact, "the technical contact"),
                    workflow_id=onboarding_workflow_id(file.onboarding_id),
                    booked_as=file.booked_as,
                ),
                **options.SCHEDULE,
                summary=f"Book the kickoff: {slot.id}",
            ),
            lambda booking: booking.id,
            occasion=slot.id if file.booked_as is None else CUSTOMERS_OWN,
        )
        if booking.id is not None:
            self._file.kickoff_at = slot.starts_at
