"""Every implementation of `Notifier` and `Correspondence`, each with its system to look into."""

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr
from standardwebhooks import Webhook

from connectors.channels import DeliveryChannel
from connectors.connections.channels import SlackSettings
from connectors.email.channel import EmailChannel
from connectors.keyed import RemoteEffects
from connectors.routed import RoutedMessages
from connectors.slack.channel import SlackChannel, slack_system
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from connectors.store.outbox import SqlOutbox
from contracts.delivery import Address, Channel, DeliveryPlan
from contracts.messages import CustomerMessage, Delivery, Message
from tests.connectors.channels.parcels import TOKEN, WEBHOOK_SECRET, email_settings, teams, webhook
from tests.connectors.conftest import SettableClock
from tests.connectors.mail_server import mail_server
from tests.connectors.slack_fake import FakeSlack

STAFF = ("outbox", "slack", "email", "teams", "webhook")
CUSTOMERS = ("outbox", "email", "webhook")


@dataclass
class MessageWorld:
    """One implementation, and what its system holds."""

    port: RoutedMessages | SqlOutbox
    outbox: SqlOutbox
    texts: Callable[[], Collection[str]]
    """What its readers have got, one text for each message."""
    lose_next_answer: Callable[[], None] | None
    """None where acting and answering are one, so that no end is unknown."""
    after_unknown_end: int
    """Messages after one whose end was unknown and its repeat: two where nobody can be asked."""
    addresses: tuple[Address, ...] = ()

    async def send(self, message: Message) -> Delivery:
        return await self.port.send(message.model_copy(update={"plan": self._plan()}))

    async def write(self, message: CustomerMessage) -> Delivery:
        return await self.port.send_to_customer(message.model_copy(update={"plan": self._plan()}))

    def _plan(self) -> DeliveryPlan | None:
        return DeliveryPlan(addresses=self.addresses) if self.addresses else None


@dataclass
class Receiver:
    """The far end of a webhook or a workflow."""

    status: int
    bodies: list[bytes]
    lose: int = 0
    verifier: Webhook | None = None
    ids: set[str] | None = None
    """What was seen before, where the receiver keeps to the standard: it ignores a repeat."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.verifier is not None:
            self.verifier.verify(request.content, dict(request.headers))
        webhook_id = request.headers.get("webhook-id", "")
        if self.ids is None or webhook_id not in self.ids:
            self.bodies.append(request.content)
        if self.ids is not None:
            self.ids.add(webhook_id)
        if self.lose:
            self.lose -= 1
            raise httpx.ReadError("connection lost", request=request)
        return httpx.Response(self.status)

    def lose_one(self) -> None:
        self.lose = 1

    def texts(self) -> Collection[str]:
        return [body.decode() for body in self.bodies]


@asynccontextmanager
async def message_world(name: str, store: Store, clock: SettableClock) -> AsyncGenerator[MessageWorld]:
    outbox = SqlOutbox(store, clock)

    def routed(channel: Channel, made: DeliveryChannel) -> RoutedMessages:
        effects = RemoteEffects(SqlEffectMemory(store, clock, "messages"))
        return RoutedMessages(outbox, effects, {channel: made}, clock)

    async with AsyncExitStack() as stack:
        if name == "outbox":
            kept: list[str] = []
            world = MessageWorld(outbox, outbox, lambda: kept, None, 1)
        elif name == "slack":
            fake = FakeSlack(TOKEN)
            settings = SlackSettings(token=SecretStr(TOKEN))
            system = await stack.enter_async_context(
                slack_system(settings, transport=httpx.MockTransport(fake))
            )
            world = MessageWorld(
                routed(Channel.SLACK, SlackChannel(system, clock)),
                outbox,
                lambda: [_slack_text(one) for one in fake.all_messages()],
                lambda: setattr(fake, "drop_answers", 1),
                1,
                (Address(channel=Channel.SLACK, to="U0SAM"),),
            )
        elif name == "email":
            mailbox = await stack.enter_async_context(mail_server())
            world = MessageWorld(
                routed(Channel.EMAIL, EmailChannel(email_settings(mailbox.port), clock)),
                outbox,
                lambda: [
                    f"{one['Subject']}\n{one.get_content()}".replace("\r\n", "\n")
                    for one in mailbox.letters()
                ],
                lambda: setattr(mailbox, "drop_after_taking", 1),
                2,
                (Address(channel=Channel.EMAIL, to="sam@ours.example"),),
            )
        elif name == "teams":
            far = Receiver(202, [])
            world = MessageWorld(
                routed(Channel.TEAMS, teams(far)),
                outbox,
                far.texts,
                far.lose_one,
                2,
                (Address(channel=Channel.TEAMS),),
            )
        else:
            far = Receiver(204, [], verifier=Webhook(WEBHOOK_SECRET), ids=set())
            world = MessageWorld(
                routed(Channel.WEBHOOK, webhook(far)),
                outbox,
                far.texts,
                far.lose_one,
                1,
                (Address(channel=Channel.WEBHOOK, to="sam"),),
            )
        yield world


def _slack_text(message: dict[str, Any]) -> str:
    return "".join(block["text"]["text"] for block in message["blocks"])
