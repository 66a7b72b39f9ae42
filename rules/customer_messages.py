"""What customers read: the policy's words, filled with what the run knows."""

from string import Template

from contracts.messages import CustomerMessage, MessageKind
from contracts.notices import MessageCustomerInput
from contracts.onboarding_policy import CustomerMessagesPolicy, CustomerMessageTemplate
from contracts.policy import PolicyBundle
from rules.business_time import is_zone
from rules.onboarding_plan import onboarding_section
from rules.wording import (
    MAX_BODY,
    MAX_LINE,
    code_in_words,
    courteous,
    instant_in_words,
    name_of,
    one_line,
    shortened,
)

CUSTOMER_PLACEHOLDERS = frozenset({"name", "company", "sender", "plan", "slots", "reason"})
"""What a message to a customer may fill in."""

CUSTOMER_KINDS: frozenset[MessageKind] = frozenset(
    {
        MessageKind.CUSTOMER_KICKOFF_OFFER,
        MessageKind.CUSTOMER_INVITATION,
        MessageKind.CUSTOMER_INVITATION_CANCELLED,
        MessageKind.CUSTOMER_WELCOME,
        MessageKind.CUSTOMER_WITHDRAWN,
    }
)
"""What customers are told; a calendar words its invitations itself."""

_UTC = "UTC"


def customer_message(request: MessageCustomerInput, bundle: PolicyBundle) -> CustomerMessage:
    """One message to somebody at a customer.

    A link that stands in a name is not repeated: whoever fills in an order must not write through our mouth.

    Raises:
        ValueError: the bundle says nothing about onboarding, or has no words for this kind.
    """
    template = _template_for(request, onboarding_section(bundle).messages)
    values = {
        "name": courteous(request.recipient.name, "there"),
        "company": courteous(request.company, "your company"),
        "sender": name_of(request.sender_id, bundle),
        "plan": code_in_words(request.plan) if request.plan else "what you have ordered",
        "slots": _slots_in_words(request) or "none at the moment",
        "reason": courteous(request.reason, "we cannot go on with it"),
    }
    return CustomerMessage(
        key=request.key,
        kind=request.kind,
        to_address=request.recipient.email.strip(),
        subject=one_line(Template(template.subject).safe_substitute(values), MAX_LINE),
        body=shortened(Template(template.body).safe_substitute(values), MAX_BODY),
        workflow_id=request.workflow_id,
    )


def _template_for(request: MessageCustomerInput, words: CustomerMessagesPolicy) -> CustomerMessageTemplate:
    if request.kind is MessageKind.CUSTOMER_KICKOFF_OFFER:
        return words.kickoff_offered_again if request.again else words.kickoff_offer
    if request.kind is MessageKind.CUSTOMER_WELCOME:
        return words.welcome
    if request.kind is MessageKind.CUSTOMER_WITHDRAWN:
        return words.withdrawn
    raise ValueError(f"the policy has no words to a customer for {request.kind}")


def _slots_in_words(request: MessageCustomerInput) -> str:
    """A line for each slot: the id by which it is chosen, its time on the customer's clock, and in UTC."""
    zones = dict.fromkeys((request.zone if is_zone(request.zone) else _UTC, _UTC))
    lines = [
        f"  {slot.id}: {' = '.join(instant_in_words(slot.starts_at, there) for there in zones)}"
        for slot in request.slots
    ]
    if request.booking_link:
        lines.append(f"  Or book the time that suits you: {request.booking_link}")
    return "\n".join(lines)
