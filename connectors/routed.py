"""Messages by the channels that their plan names, one after the other, each message once."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256

from connectors.channels import DeliveryChannel, KeptMessage, KeptMessages
from connectors.keyed import Attempt, Made, RemoteEffects
from contracts.delivery import Channel, DeliveryPlan, Parcel, Receipt
from contracts.failures import FailureCode, ServiceFailure
from contracts.ids import workflow_of_effect
from contracts.messages import CustomerMessage, Delivery, Message, OutboxStatus
from contracts.ports import Clock

HOLD = timedelta(seconds=60)
"""How long a key is held for a message: longer than anybody who sends one waits for all of its channels."""

LONGEST_HEAD = 200


class RoutedMessages:
    """`Notifier` and `Correspondence` over channels; the outbox keeps every message.

    Which channel took a message is remembered under the message's key, so a repeat sends nothing. A message
    whose end is unknown is looked for first, where the channel can be read.

    Args:
        kept: the outbox.
        effects: what was delivered.
        channels: those that the settings have; a plan may name others.
        clock: for messages that must wait.
    """

    def __init__(
        self,
        kept: KeptMessages,
        effects: RemoteEffects,
        channels: Mapping[Channel, DeliveryChannel],
        clock: Clock,
    ) -> None:
        self._kept = kept
        self._effects = effects
        self._channels = channels
        self._clock = clock

    async def send(self, message: Message) -> Delivery:
        """Sends a message to one of our people, or puts it by until it may go out."""
        return await self._once(message)

    async def send_to_customer(self, message: CustomerMessage) -> Delivery:
        """Sends a message to somebody at a customer."""
        return await self._once(message)

    async def deliver(self, message: KeptMessage) -> tuple[Receipt, bool]:
        """Sends a message by the first channel that takes it; says whether it was out already.

        Raises:
            ServiceFailure: no channel took it. Of several failures the one that time may mend is told.
        """
        request = message.model_copy(update={"key": delivery_key(message.key)})

        async def make(attempt: Attempt) -> Made[Receipt]:
            return Made(await self._by_some_channel(message, tried_before=attempt.tried_before))

        once = await self._effects.once("delivery", request, Receipt, make)
        return once.result, once.repeated

    async def _once(self, message: KeptMessage) -> Delivery:
        plan = message.plan
        if plan is None or not plan.addresses:
            return await self._kept.keep(message, OutboxStatus.SENT)
        standing = await self._kept.standing(message.key)
        if standing is not None and standing[1] is not OutboxStatus.UNDELIVERABLE:
            return await self._kept.keep(message, standing[1])
        if plan.not_before is not None and plan.not_before > self._clock():
            return await self._kept.keep(message, OutboxStatus.HELD, send_at=plan.not_before)
        try:
            receipt, repeated = await self.deliver(message)
        except ServiceFailure as failure:
            if not failure.retryable:
                await self._kept.keep(message, OutboxStatus.UNDELIVERABLE)
            raise
        kept = await self._kept.keep(message, OutboxStatus.SENT, receipt=receipt)
        return kept.model_copy(update={"duplicate": repeated})

    async def _by_some_channel(self, message: KeptMessage, *, tried_before: bool) -> Receipt:
        plan = message.plan or DeliveryPlan()
        failures: list[ServiceFailure] = []
        for address in plan.addresses:
            try:
                return await self._channel(address.channel).deliver(
                    await self._parcel(message, plan, address.channel, tried_before=tried_before), address.to
                )
            except ServiceFailure as failure:
                failures.append(failure)
                # It may stand there already: another channel would tell it a second time.
                if failure.outcome_unknown or (tried_before and failure.retryable):
                    raise
        raise next((one for one in failures if one.retryable), failures[0])

    async def _parcel(
        self, message: KeptMessage, plan: DeliveryPlan, channel: Channel, *, tried_before: bool
    ) -> Parcel:
        earlier = None
        if plan.corrects and isinstance(message, Message):
            earlier = await self._kept.earlier(message, plan.corrects)
        return Parcel(
            key=message.key,
            kind=message.kind,
            subject=message.subject,
            body=message.body,
            workflow_id=message.workflow_id,
            recipient_name=plan.recipient_name,
            due_at=message.due_at if isinstance(message, Message) else None,
            layout=plan.layout,
            tried_before=tried_before,
            earlier=earlier if earlier and earlier.channel is channel else None,
        )

    def _channel(self, channel: Channel) -> DeliveryChannel:
        if channel in self._channels:
            return self._channels[channel]
        raise ServiceFailure(
            FailureCode.FORBIDDEN,
            channel,
            "the policy names this channel, and no settings say how to reach it",
            asked=False,
        )


def delivery_key(key: str) -> str:
    """The key under which a message's delivery is remembered, beside that of its place in the outbox."""
    return f"{workflow_of_effect(key)[:LONGEST_HEAD]}#delivery#{sha256(key.encode()).hexdigest()[:32]}"
