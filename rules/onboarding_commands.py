"""Which commands an onboarding takes, from whom: each function says why not, in plain words, or None."""

from collections.abc import Collection
from datetime import datetime

from contracts.onboarding import (
    CancelOnboarding,
    ContractSigned,
    HandOverAgain,
    KickoffChoice,
    KickoffOffer,
)
from contracts.onboarding_plan import OnboardingPlan
from contracts.onboarding_states import OnboardingState
from contracts.order import OnboardingOrder

TOO_LATE_TO_CANCEL: frozenset[str] = frozenset(
    {
        OnboardingState.RECORDING,
        OnboardingState.UNDOING,
        OnboardingState.ONBOARDED,
        OnboardingState.WITHOUT_FIRST_VALUE,
        OnboardingState.REJECTED,
        OnboardingState.EXPIRED,
        OnboardingState.CANCELLED,
        OnboardingState.UNDONE,
    }
)
"""Its end is being recorded, or it is being undone already."""

SUPPLYING: frozenset[str] = frozenset(
    {OnboardingState.AWAITING_PREREQUISITES, OnboardingState.PLANNING, OnboardingState.CHECKING}
)
"""Details of the order are taken in these, and checked."""


def entitled(order: OnboardingOrder, plan: OnboardingPlan | None) -> tuple[str, ...]:
    """Who may speak for the customer: themselves, and those of ours who look after them."""
    ours = (order.seller_id, *((plan.success_owner_id, plan.manager_id) if plan else ()))
    return tuple(dict.fromkeys((order.customer_id, *ours)))


def supply_problem(state: str, *, complete: bool = False) -> str | None:
    """Why a run takes no details: nobody would check them.

    Args:
        state: where the run stands.
        complete: whether it has passed the gate at which they are checked; it may stand in `CHECKING` still.
    """
    if complete or state not in SUPPLYING:
        return "nothing is missing: details are taken while prerequisites are awaited"
    return None


def choice_problem(
    choice: KickoffChoice,
    *,
    offer: KickoffOffer | None,
    chosen: bool,
    entitled_ids: Collection[str],
    now: datetime,
) -> str | None:
    """Why a slot cannot be taken."""
    if chosen:
        return "a time has been chosen already, and is being booked"
    if offer is None:
        return "no kickoff is being offered"
    slot = choice.booked or next((slot for slot in offer.slots if slot.id == choice.slot_id), None)
    if slot is None:
        return f"unknown slot {choice.slot_id}; offered are {', '.join(one.id for one in offer.slots)}"
    if slot.starts_at <= now:
        return f"slot {choice.slot_id} has passed; others are offered soon"
    return wrong_person(choice.actor.id, entitled_ids)


def hand_over_problem(again: HandOverAgain, *, state: str) -> str | None:
    """Why the success team is not asked again."""
    if state != OnboardingState.HANDOVER_REFUSED:
        return f"the onboarding is {state}: the success team has refused nothing"
    return None if again.reason.strip() else "say what was mended"


def cancel_problem(request: CancelOnboarding, *, state: str, entitled_ids: Collection[str]) -> str | None:
    """Why an onboarding cannot be called off."""
    if state in TOO_LATE_TO_CANCEL:
        return f"the onboarding is {state}: it is too late to call it off"
    if not request.reason.strip():
        return "calling it off needs a reason"
    return wrong_person(request.actor.id, entitled_ids)


def signature_problem(signed: ContractSigned, reference: str | None) -> str | None:
    """Why a signature is not that of this order's contract."""
    if reference is not None and signed.reference != reference:
        return "the signed contract is another one: its reference is not that of the order"
    return None


def wrong_person(actor_id: str, entitled_ids: Collection[str]) -> str | None:
    """Why somebody may not speak for the customer."""
    if actor_id in entitled_ids:
        return None
    return f"wrong person: {actor_id} may not speak for the customer"
