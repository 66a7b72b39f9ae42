"""By which channels a message goes out and when: what the policy says for its kind and its reader."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from contracts.delivery import Address, Channel, DeliveryPlan, Layout
from contracts.delivery_policy import KindDelivery
from contracts.messages import CustomerMessage, Message, MessageKind
from contracts.policy import Person, PolicyBundle
from rules.business_time import next_opening
from rules.policy_findings import Finding

STAFF, CUSTOMER = "staff", "customer"
HTML, TEXT = ".html.j2", ".txt.j2"
LAYOUTS = frozenset(f"{reader}{suffix}" for reader in (STAFF, CUSTOMER) for suffix in (HTML, TEXT))
"""The templates that a bundle may have in its folder `messages/`."""

CORRECTS: Mapping[MessageKind, tuple[MessageKind, ...]] = {
    MessageKind.LEAD_WITHDRAWN: (MessageKind.LEAD_ASSIGNED,),
    MessageKind.APPROVAL_EXPIRED: (
        MessageKind.APPROVAL_WANTED,
        MessageKind.APPROVAL_REMINDER,
        MessageKind.APPROVAL_ESCALATED,
    ),
    MessageKind.ONBOARDING_WITHDRAWN: (MessageKind.PREREQUISITE_WANTED, MessageKind.CONTRACT_WANTED),
}
"""What takes the place of what: nobody should act on a message that does not hold any more."""

_OF_THE_CHANNEL = frozenset({Channel.TEAMS, Channel.WEBHOOK})
"""Channels with one end for everybody; where that is stands in the settings."""
_CUSTOMER_CHANNELS = (Channel.EMAIL, Channel.WEBHOOK)


def addressed(message: Message, bundle: PolicyBundle, at: datetime) -> Message:
    """The message with its plan, made at that time; whom the policy does not know has the outbox only."""
    person = next((one for one in bundle.people if one.id == message.recipient_id), None)
    if person is None:
        return message
    kind = bundle.delivery.kinds.get(message.kind, KindDelivery())
    addresses = tuple(_addresses(person, _channels(person, kind, bundle)))
    if not addresses:
        return message
    plan = DeliveryPlan(
        addresses=addresses,
        recipient_name=person.name,
        not_before=_not_before(message, person, kind, bundle, at),
        grouped=bool(kind.wait_for_more),
        corrects=CORRECTS.get(message.kind, ()),
        layout=_layout(STAFF, bundle),
    )
    return message.model_copy(update={"plan": plan})


def addressed_to_customer(message: CustomerMessage, bundle: PolicyBundle) -> CustomerMessage:
    """The message with its plan. A customer's letters never wait: a run goes on when they are out."""
    addresses = tuple(
        Address(channel=channel, to=message.to_address) for channel in bundle.delivery.customers
    )
    if not addresses:
        return message
    plan = DeliveryPlan(addresses=addresses, layout=_layout(CUSTOMER, bundle))
    return message.model_copy(update={"plan": plan})


def channels_of(bundle: PolicyBundle) -> frozenset[Channel]:
    """Every channel that a policy names, for whomever and whatever."""
    delivery = bundle.delivery
    named = {*delivery.channels, *delivery.customers}
    named.update(*(person.channels or () for person in bundle.people))
    named.update(*(kind.channels or () for kind in delivery.kinds.values()))
    return frozenset(named)


def delivery_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    """Yields people who cannot be reached as the policy wants, and channels that customers do not have."""
    for position, channel in enumerate(bundle.delivery.customers):
        if channel not in _CUSTOMER_CHANNELS:
            yield ("delivery", "customers", position), f"customers are not reached by {channel}"
    for position, person in enumerate(bundle.people):
        wanted = _channels(person, KindDelivery(), bundle)
        if wanted and not any(_addresses(person, wanted)):
            yield (
                ("people", position, "addresses"),
                f"has no address on {', '.join(wanted)}, so no message reaches them",
            )
    for kind, one in bundle.delivery.kinds.items():
        if kind.startswith("customer_"):
            yield ("delivery", "kinds", kind), "is for customers; `customers` says by what they are told"
        elif one.channels and not any(any(_addresses(person, one.channels)) for person in bundle.people):
            yield ("delivery", "kinds", kind, "channels"), "nobody has an address on any of them"


def _channels(person: Person, kind: KindDelivery, bundle: PolicyBundle) -> tuple[Channel, ...]:
    if kind.channels is not None:
        return kind.channels
    return bundle.delivery.channels if person.channels is None else person.channels


def _addresses(person: Person, channels: tuple[Channel, ...]) -> Iterator[Address]:
    for channel in dict.fromkeys(channels):
        if channel in _OF_THE_CHANNEL:
            yield Address(channel=channel, to=person.addresses.get(channel, person.id))
        elif to := person.addresses.get(channel) or (person.email if channel is Channel.EMAIL else ""):
            yield Address(channel=channel, to=to)


def _not_before(
    message: Message, person: Person, kind: KindDelivery, bundle: PolicyBundle, at: datetime
) -> datetime | None:
    if kind.urgent:
        return None
    earliest = at + kind.wait_for_more
    if bundle.delivery.quiet_hours:
        # Days of leave are not waited for: a message that comes weeks late is one that got lost.
        earliest = next_opening(earliest, bundle.calendars[person.calendar], person.zone)
    if earliest <= at or (message.due_at is not None and message.due_at <= earliest):
        return None
    return earliest


def _layout(reader: str, bundle: PolicyBundle) -> Layout | None:
    html, text = bundle.layouts.get(reader + HTML), bundle.layouts.get(reader + TEXT)
    return Layout(html=html, text=text) if html or text else None
