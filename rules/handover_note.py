"""What the success team gets with a customer: what was sold, on which terms, and what is promised."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from contracts.onboarding_plan import OnboardingPlan
from contracts.order import OnboardingOrder

HANDOVER_REASON = "onboarding-handover"
"""The reason code of the approval that asks them."""

_WIDTH = 18


def handover_question(order: OnboardingOrder, plan: OnboardingPlan, *, again: bool) -> str:
    """What the success team is asked, on one line and without personal data."""
    sold = f"plan {order.details.plan or 'not named'}, {order.details.seats or 'no'} seats"
    begin = "Asked again, since what you lacked is said to be mended: will" if again else "Will"
    return f"{begin} you take over customer {order.customer_id} ({plan.template}: {sold})?"


def handover_note(order: OnboardingOrder, plan: OnboardingPlan, kickoff_at: datetime | None) -> str:
    """The note that holds everything which whoever takes over would otherwise have to ask for."""
    lines = ["Handed over by Throughline", ""]
    lines += [f"{name + ':':<{_WIDTH}}{value}" for name, value in _facts(order, plan, kickoff_at)]
    if plan.tasks:
        lines += ["", "Given out as tasks:"]
        lines += [f"- {task.subject} ({task.owner_id})" for task in plan.tasks]
    return "\n".join(lines)


def _facts(
    order: OnboardingOrder, plan: OnboardingPlan, kickoff_at: datetime | None
) -> Iterator[tuple[str, str]]:
    details = order.details
    yield "Customer", f"{details.company or 'not named'} ({order.customer_id})"
    yield "Onboarded as", plan.template
    yield "Sold by", order.seller_id
    yield "Contract", details.contract_reference or "none"
    yield "Plan", f"{details.plan or 'none'}, {details.seats or 'no'} seats"
    if details.value is not None:
        discount = f", {details.discount_percent} % discount" if details.discount_percent else ""
        yield "Value", f"{details.value} {details.currency or ''} a year{discount}"
    yield "Terms", "not our standard ones: read the contract" if details.nonstandard_terms else "standard"
    yield "Data lives in", details.region or "no region is named"
    if details.technical_contact is not None:
        contact = details.technical_contact
        yield "Administrator", f"{contact.name}, {contact.email}"
    if details.billing_contact is not None:
        yield "Invoices go to", f"{details.billing_contact.name}, {details.billing_contact.email}"
    yield "Kickoff", kickoff_at.isoformat() if kickoff_at else "none"
    yield "Success owner", plan.success_owner_id


def withdrawal_note(cancelled_by: str | None, undone: Sequence[str], left: Sequence[str]) -> str:
    """The note that says why an account is back where it was."""
    why = f"{cancelled_by} called it off" if cancelled_by else "a step of it could not be done"
    lines = [f"The onboarding was undone: {why}.", ""]
    lines.append("Taken back: " + (", ".join(undone) or "nothing") + ".")
    if left:
        lines.append("Left as it is, see to it by hand: " + ", ".join(left) + ".")
    return "\n".join(lines)
