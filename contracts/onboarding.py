"""The onboarding process: what it takes, how it can end, and what it answers."""

from pydantic import AwareDatetime

from contracts.actors import Actor
from contracts.base import Contract, Key, Line, Slug
from contracts.onboarding_plan import Forecast, PrerequisiteCheck
from contracts.onboarding_states import OnboardingState
from contracts.order import OrderDetails
from contracts.scheduling import CustomersBooking, Slot
from contracts.status import EffectRef, ResolvedStep, RunStatus, UndoLeft, UndoneStep


class OnboardingResult(Contract):
    """How an onboarding run ended."""

    onboarding_id: str
    customer_id: str
    outcome: OnboardingState
    """A terminal state."""
    template: str | None = None
    reasons: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()
    """Who approved, supplied, took over, resolved or cancelled."""
    effects: tuple[EffectRef, ...] = ()
    resolutions: tuple[ResolvedStep, ...] = ()
    undone: tuple[UndoneStep, ...] = ()
    """In the order of undoing: the reverse of their making."""
    left: tuple[UndoLeft, ...] = ()
    irreversible: tuple[str, ...] = ()
    """What was done and cannot be undone, with the reason."""
    finished_at: AwareDatetime


class OnboardingRecord(Contract):
    """An onboarding as the ledger keeps it."""

    key: Key
    onboarding_id: Slug
    workflow_id: Key
    policy_hash: str
    result: OnboardingResult
    at: AwareDatetime


class KickoffOffer(Contract):
    """What the customer can choose from."""

    round: int
    slots: tuple[Slot, ...]
    choose_by: AwareDatetime


class OnboardingStatus(RunStatus):
    """How an onboarding run stands; no personal data."""

    onboarding_id: str
    customer_id: str
    seller_id: str
    template: str | None = None
    prerequisites: tuple[PrerequisiteCheck, ...] = ()
    """As they were last checked."""
    forecast: Forecast | None = None
    approval_id: str | None = None
    """The approval that is being waited for, or was last."""
    kickoff: KickoffOffer | None = None
    """The open offer."""
    kickoff_at: AwareDatetime | None = None
    cancelled_by: str | None = None


class ProvideDetails(Contract):
    """The `provide` update: somebody supplies what is missing, or corrects it."""

    actor: Actor
    details: OrderDetails
    reason: Line = ""


class ContractSigned(Contract):
    """The `contract_signed` signal: the contract came back signed."""

    actor: Actor
    reference: Line
    signed_at: AwareDatetime


class KickoffChoice(Contract):
    """The `choose_kickoff` update: the customer, or one of our people for them, takes one of the slots."""

    actor: Actor
    slot_id: Slug
    booked: CustomersBooking | None = None
    """What the customer has booked themselves, at any time that their page had; `slot_id` is that time's."""


class HandOverAgain(Contract):
    """The `hand_over_again` update: what the success team lacked is mended."""

    actor: Actor
    reason: Line
    """What was mended; the success team is shown it."""


class CancelOnboarding(Contract):
    """The `cancel_onboarding` update: the customer, or one of our people for them, calls it off."""

    actor: Actor
    reason: Line
