"""What every channel does, and the messages that are kept beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from contracts.delivery import Parcel, Receipt
from contracts.messages import CustomerMessage, Delivery, Message, OutboxStatus

KeptMessage = Message | CustomerMessage

CALL_WITHIN = timedelta(seconds=10)
"""For one call of a channel: below what an activity that tells people something has for all of it."""


class DeliveryChannel(Protocol):
    """Sends one message to one address. It makes one attempt and remembers nothing."""

    async def deliver(self, parcel: Parcel, to: str) -> Receipt:
        """Sends a message.

        Raises:
            ServiceFailure: by the table of the system.
        """
        ...


@dataclass(frozen=True)
class Batch:
    """Held messages that go out as one; they stay together until they are out."""

    entry_ids: tuple[str, ...]
    messages: tuple[Message, ...]
    attempts: int
    """How often it was tried before."""
    since: datetime
    """When the first of them was to go out at first."""


class KeptMessages(Protocol):
    """The outbox as senders see it."""

    async def standing(self, key: str) -> tuple[str, OutboxStatus] | None:
        """The entry of a key and where it stands; None where there is none."""
        ...

    async def keep(
        self,
        message: KeptMessage,
        status: OutboxStatus,
        *,
        receipt: Receipt | None = None,
        send_at: datetime | None = None,
    ) -> Delivery:
        """Keeps a message, or says anew where one stands that is kept already."""
        ...

    async def earlier(self, message: Message, kinds: Sequence[str]) -> Receipt | None:
        """What the last message of these kinds to the same person about the same run was taken with."""
        ...
