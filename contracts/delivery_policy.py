"""The schema of what a policy says of channels: which one for whom and for what, and when it must wait."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from contracts.delivery import Channel
from contracts.messages import MessageKind
from contracts.policy_terms import Duration, PolicyModel

LONGEST_GROUPING = timedelta(hours=4)


class KindDelivery(PolicyModel):
    """What holds for one kind of message, instead of what holds for all."""

    channels: tuple[Channel, ...] | None = None
    """Tried in this order; empty means the outbox only. Unset means the person's own, or everybody's."""
    urgent: bool = False
    """Goes out at once, in quiet hours too."""
    wait_for_more: Duration = timedelta(0)
    """So long a message waits for others of its kind to the same person; they go out as one."""

    @model_validator(mode="after")
    def _urgent_does_not_wait(self) -> Self:
        if self.urgent and self.wait_for_more:
            raise ValueError("an urgent message does not wait for more")
        if self.wait_for_more > LONGEST_GROUPING:
            raise ValueError("wait_for_more must not be longer than 4h")
        return self


class DeliveryPolicy(PolicyModel):
    """Channels and quiet hours. What is left out sends nothing: every message still stands in the outbox."""

    channels: tuple[Channel, ...] = ()
    """To our people, unless the person or the kind says otherwise; the next one is tried where one fails."""
    quiet_hours: bool = False
    """Whether messages wait outside the hours of the person's calendar, on their own clock."""
    kinds: dict[MessageKind, KindDelivery] = Field(default_factory=dict)
    customers: tuple[Channel, ...] = ()
    """To customers; they are written to by e-mail, and a webhook may be told of it instead."""
