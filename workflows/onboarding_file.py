"""Everything that one onboarding run knows about its customer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from temporalio import workflow

from workflows.known import known
from workflows.waiting import InHand

with workflow.unsafe.imports_passed_through():
    from contracts.accounts import CrmAccount
    from contracts.agreements import AgreementState
    from contracts.ids import approval_workflow_id, effect_key, onboarding_workflow_id
    from contracts.names import Step
    from contracts.onboarding import (
        CancelOnboarding,
        ContractSigned,
        HandOverAgain,
        KickoffChoice,
        KickoffOffer,
        OnboardingRecord,
        OnboardingResult,
        ProvideDetails,
    )
    from contracts.onboarding_plan import OnboardingPlan, OnboardingStep, PrerequisiteCheck
    from contracts.onboarding_states import OnboardingState
    from contracts.order import OnboardingOrder, OrderDetails
    from contracts.scheduling import Slot
    from contracts.status import EffectRef, ResolvedStep, UndoLeft, UndoneStep
    from rules.kickoff_slots import slot_at
    from rules.onboarding_checks import provided
    from rules.onboarding_plan import forecast


@dataclass
class OnboardingFile:
    """The order, the plan, what was supplied and decided, and what is made by now."""

    onboarding_id: str
    order: OnboardingOrder
    _plan: OnboardingPlan | None = None
    checks: tuple[PrerequisiteCheck, ...] = ()
    """As they were last made."""
    supplied: int = 0
    """How often somebody supplied something."""
    checked: int = 0
    """How much of that the checks have seen."""
    in_hand: InHand = field(default_factory=InHand)
    """Details of which it is not known yet whether who supplies them may."""
    complete: bool = False
    """Whether the gate is passed at which details are supplied: nobody checks what comes later."""
    agreement: AgreementState = AgreementState.UNKNOWN
    rounds: int = 0
    """How often people were asked for a decision; each round has an approval of its own."""
    account: CrmAccount | None = None
    workspace_id: str | None = None
    offer: KickoffOffer | None = None
    choice: Slot | None = None
    booked_as: str | None = None
    """The customer's own booking of what is chosen."""
    bookings_heard_of: set[str] = field(default_factory=set)
    """Customers' own bookings that were taken, whatever came of them: each is told of more than once."""
    kickoff_at: datetime | None = None
    handed_over_again: str = ""
    """What was mended since the success team refused; empty while nobody says."""
    first_value: bool | None = None
    cancellation: CancelOnboarding | None = None
    begun: dict[OnboardingStep, datetime] = field(default_factory=dict)
    done: dict[OnboardingStep, datetime] = field(default_factory=dict)
    told: dict[str, None] = field(default_factory=dict)
    """Our people who were told of the customer, in the order of telling."""
    customer_told: bool = False
    decided_by: dict[str, None] = field(default_factory=dict)
    left: tuple[UndoLeft, ...] = ()

    @property
    def plan(self) -> OnboardingPlan:
        """The plan as it stands."""
        return known(self._plan, "the onboarding's plan")

    @plan.setter
    def plan(self, plan: OnboardingPlan) -> None:
        self._plan = plan

    @property
    def planned(self) -> OnboardingPlan | None:
        """The plan, if there is one yet."""
        return self._plan

    @property
    def details(self) -> OrderDetails:
        """What is known of the order by now."""
        return self.order.details

    @property
    def missing(self) -> tuple[PrerequisiteCheck, ...]:
        """Prerequisites that are not met, as they were last checked."""
        return tuple(check for check in self.checks if not check.met)

    @property
    def approval_id(self) -> str | None:
        """The approval that is being waited for, or was last."""
        if self.rounds == 0:
            return None
        return approval_workflow_id(onboarding_workflow_id(self.onboarding_id), self.rounds)

    @property
    def settled(self) -> bool:
        """Whether the registry, or whoever told, knows how the contract ended."""
        return self.agreement in (AgreementState.SIGNED, AgreementState.VOID)

    def take(self, details: OrderDetails) -> None:
        """Goes on with these details."""
        self.order = self.order.model_copy(update={"details": details})

    def supply(self, given: ProvideDetails) -> None:
        """Takes what somebody supplied; it is checked by whoever waits for it."""
        self.take(provided(self.details, given.details))
        self.supplied += 1
        self.note_decider(given.actor.id)

    def sign(self, signed: ContractSigned) -> None:
        """Takes the fact that the contract is signed, and its reference where nobody knew that yet."""
        facts = {"contract_reference": signed.reference, "contract_signed_at": signed.signed_at}
        self.take(self.details.model_copy(update=facts))
        self.agreement = AgreementState.SIGNED
        self.supplied += 1
        self.note_decider(signed.actor.id)

    def choose(self, choice: KickoffChoice) -> None:
        """Takes one of the times that are offered, or what the customer has booked themselves; that once."""
        if self.has_heard_of(choice):
            return
        if booked := choice.booked:
            self.choice = slot_at(booked.starts_at, booked.ends_at)
            self.booked_as = booked.id
            self.bookings_heard_of.add(booked.id)
        else:
            slots = known(self.offer, "the offer").slots
            self.choice = next(slot for slot in slots if slot.id == choice.slot_id)
        self.note_decider(choice.actor.id)

    def has_heard_of(self, choice: KickoffChoice) -> bool:
        """Whether it tells of a customer's own booking for a second time."""
        return choice.booked is not None and choice.booked.id in self.bookings_heard_of

    def hand_over_again(self, again: HandOverAgain) -> None:
        """Takes that what the success team lacked is mended."""
        self.handed_over_again = again.reason
        self.note_decider(again.actor.id)

    def cancel(self, request: CancelOnboarding) -> None:
        """Takes that the onboarding is called off."""
        self.cancellation = request
        self.offer = None
        self.note_decider(request.actor.id)

    def note_decider(self, *actor_ids: str) -> None:
        """Remembers who has decided or supplied something; each once."""
        self.decided_by.update(dict.fromkeys(actor_ids))

    def status_fields(self, now: datetime) -> dict[str, Any]:
        """The onboarding's part of a status; no personal data."""
        plan = self._plan
        return {
            "onboarding_id": self.onboarding_id,
            "customer_id": self.order.customer_id,
            "seller_id": self.order.seller_id,
            "template": plan.template if plan else None,
            "prerequisites": self.checks,
            "forecast": forecast(plan.steps, plan.clock, now, self.begun, self.done) if plan else None,
            "approval_id": self.approval_id,
            "kickoff": self.offer,
            "kickoff_at": self.kickoff_at,
            "cancelled_by": self.cancellation.actor.id if self.cancellation else None,
        }

    def result(
        self,
        outcome: OnboardingState,
        *,
        reasons: tuple[str, ...],
        effects: tuple[EffectRef, ...],
        resolutions: tuple[ResolvedStep, ...],
        undone: tuple[UndoneStep, ...],
        at: datetime,
    ) -> OnboardingResult:
        """How the run ends."""
        steps = self._plan.steps if self._plan else ()
        return OnboardingResult(
            onboarding_id=self.onboarding_id,
            customer_id=self.order.customer_id,
            outcome=outcome,
            template=self._plan.template if self._plan else None,
            reasons=reasons,
            decided_by=tuple(self.decided_by),
            effects=effects,
            resolutions=resolutions,
            undone=undone,
            left=self.left,
            irreversible=tuple(
                f"{one.step}: {one.irreversible}"
                for one in steps
                if one.irreversible and one.step in self.begun
            ),
            finished_at=at,
        )

    def record(self, result: OnboardingResult, at: datetime) -> OnboardingRecord:
        """What the ledger keeps."""
        workflow_id = onboarding_workflow_id(self.onboarding_id)
        return OnboardingRecord(
            key=effect_key(workflow_id, Step.RECORD_ONBOARDING),
            onboarding_id=self.onboarding_id,
            workflow_id=workflow_id,
            policy_hash=self._plan.pin.hash if self._plan else "",
            result=result,
            at=at,
        )
