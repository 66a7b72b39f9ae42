"""How a message reaches somebody: by which channels, in which order, and from when on."""

from enum import StrEnum

from pydantic import AwareDatetime

from contracts.base import Contract, Line


class Channel(StrEnum):
    """By what a message can go out. The outbox is no channel: it keeps every message."""

    SLACK = "slack"
    EMAIL = "email"
    TEAMS = "teams"
    WEBHOOK = "webhook"


class Address(Contract):
    """Where somebody is reached on one channel."""

    channel: Channel
    to: Line = ""
    """A Slack member or conversation, an e-mail address; empty where the channel has one end only."""


class Layout(Contract):
    """What the words of a mail stand in: Jinja2 templates of the policy that the run is pinned to."""

    html: str | None = None
    text: str | None = None


class DeliveryPlan(Contract):
    """What the policy says of one message. Without addresses it goes into the outbox and nowhere else."""

    addresses: tuple[Address, ...] = ()
    """In the order in which they are tried."""
    recipient_name: Line = ""
    not_before: AwareDatetime | None = None
    """Quiet hours, or a wait for others of its kind; unset means now."""
    grouped: bool = False
    """What waits for the same person and is of the same kind goes out as one message."""
    corrects: tuple[str, ...] = ()
    """Kinds of message, to the same person about the same run, whose place this one takes where it can."""
    layout: Layout | None = None


class Receipt(Contract):
    """What a channel said of a message that it took."""

    channel: Channel
    reference: str = ""
    """What the system knows the message by; empty where it does not say."""
    place: str = ""
    """The conversation that it stands in, where there is such a thing."""


class Parcel(Contract):
    """A message as a channel gets it."""

    key: str
    kind: str
    subject: str
    body: str
    workflow_id: str
    recipient_name: str = ""
    due_at: AwareDatetime | None = None
    layout: Layout | None = None
    tried_before: bool = False
    """An earlier call ended without us knowing how: look before sending again, where that is possible."""
    earlier: Receipt | None = None
    """What this message takes the place of."""
