"""Secrets and personal data are planted, each channel fails in each way, and what is left is searched."""

import io
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter

from activities.failures import application_error
from connectors.channels import DeliveryChannel
from connectors.email.channel import EmailChannel
from connectors.errors import BY_STATUS
from connectors.keyed import RemoteEffects
from connectors.routed import RoutedMessages
from connectors.slack.errors import ERRORS
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from connectors.store.held_messages import SqlHeldMessages
from connectors.store.outbox import SqlOutbox
from contracts.delivery import Address, Channel, DeliveryPlan, Layout
from contracts.failures import ServiceFailure
from contracts.messages import Message, MessageKind
from runtime.settings import LogLevel, LogSettings
from runtime.structured_logging import CHATTERBOXES, handler_for
from tests.connectors.channels.parcels import TOKEN, WEBHOOK_SECRET, email_settings, slack, teams, webhook
from tests.connectors.conftest import SettableClock
from tests.connectors.mail_server import Mailbox, mail_server
from tests.connectors.odd_answers import ODD_ANSWERS, OddAnswer
from workers.held_messages import HeldMessages

PERSON, PHONE, ADDRESS = "Ann Quillfeather", "+1 202 555 0143", "ann.quillfeather@acme.example"
PLANTED = (
    TOKEN,
    WEBHOOK_SECRET.removeprefix("whsec_"),
    "s3cret",
    "mail-passw0rd",
    PERSON,
    "Quillfeather",
    "quillfeather",
    "555 0143",
    "{{ subject.nothing }}",
)
"""None of these may be read anywhere but in the message itself."""

Network = Callable[[httpx.Request], httpx.Response] | httpx.MockTransport
OVER_HTTP: dict[Channel, Callable[[Network], DeliveryChannel]] = {
    Channel.SLACK: slack,
    Channel.TEAMS: teams,
    Channel.WEBHOOK: webhook,
}
FAILING = [one for one in ODD_ANSWERS if one.status != 200 or one.parts or one.error]
"""Not those whose status is all that Teams and receivers of webhooks say."""

MAIL_FAILURES = [
    ("to_sender", f"550 5.7.1 {ADDRESS} is not you"),
    ("to_recipient", f"550 5.1.1 {ADDRESS}: no such user"),
    ("to_recipient", f"451 4.7.1 {PERSON} is greylisted"),
    ("to_recipient", "drop"),
    ("to_data", f"554 5.7.1 spam of {PERSON}"),
    ("to_data", "drop"),
    ("to_data", "hang"),
]


def echoing(status: int, code: str | None = None) -> Callable[[httpx.Request], httpx.Response]:
    """A server that says in its errors what it was told, as some do."""

    def answer(request: httpx.Request) -> httpx.Response:
        told = {"ok": False, "error": code or PERSON, "you": request.content.decode(), "key": TOKEN}
        headers = {"x-you": request.headers.get("authorization", "")}
        return httpx.Response(status, json=told, headers=headers)

    return answer


@pytest.fixture
def logs() -> Iterator[Callable[[], str]]:
    """Everything that a process writes at its most talkative, in its own form."""
    written = io.StringIO()
    handler = handler_for(LogSettings(level=LogLevel.DEBUG), written)
    levels = {logging.getLogger(): logging.DEBUG}
    levels |= {logging.getLogger(name): logging.WARNING for name in CHATTERBOXES}
    # What the mail server itself writes: it runs in this process, and is none of ours.
    levels[logging.getLogger("mail")] = logging.CRITICAL
    levels[logging.getLogger("mail.log")] = logging.CRITICAL
    before = {logger: logger.level for logger in levels}
    logging.getLogger().addHandler(handler)
    for logger, level in levels.items():
        logger.setLevel(level)
    yield written.getvalue
    for logger, level in before.items():
        logger.setLevel(level)
    logging.getLogger().removeHandler(handler)


@pytest_asyncio.fixture
async def searched(store: Store, clock: SettableClock, logs: Callable[[], str]) -> "AsyncIterator[Searched]":
    yield Searched(store, clock, logs)


class Searched:
    """Sends a message with personal data by a channel that fails, at once and held; searches what is left."""

    def __init__(self, store: Store, clock: SettableClock, logs: Callable[[], str]) -> None:
        self._store, self._clock, self._logs = store, clock, logs

    async def holds_nothing(self, channel: Channel, made: DeliveryChannel, **plan: Any) -> None:
        outbox = SqlOutbox(self._store, self._clock)
        effects = RemoteEffects(SqlEffectMemory(self._store, self._clock, "messages"))
        messages = RoutedMessages(outbox, effects, {channel: made}, self._clock)
        soon = self._clock.now + timedelta(minutes=1)
        with pytest.raises(ServiceFailure) as caught:
            await messages.send(_message("now", channel, **plan))
        await messages.send(_message("held", channel, not_before=soon, **plan))
        self._clock.advance(minutes=2)
        assert await HeldMessages(
            SqlHeldMessages(self._store, self._clock), messages, self._clock
        ).send_next()
        written = self._logs()
        assert "held message" in written
        for text in (written, str(caught.value), repr(caught.value), _in_history(caught.value)):
            assert [one for one in PLANTED if one in text] == []


def _in_history(failure: ServiceFailure) -> str:
    """What Temporal keeps of a failure."""
    kept = Failure()
    converter = DataConverter.default
    converter.failure_converter.to_failure(application_error(failure), converter.payload_converter, kept)
    return str(kept)


def _message(key: str, channel: Channel, **plan: Any) -> Message:
    to = ADDRESS if channel is Channel.EMAIL else "C0PLANTED"
    return Message(
        key=f"lead-intake/lead-1#{key}",
        kind=MessageKind.LEAD_ASSIGNED,
        recipient_id="p-sam",
        subject=f"Call {PERSON}",
        body=f"{PERSON}, {PHONE}, {ADDRESS}",
        workflow_id="lead-intake/lead-1",
        plan=DeliveryPlan(addresses=(Address(channel=channel, to=to),), recipient_name=PERSON, **plan),
    )


@pytest.mark.parametrize("channel", OVER_HTTP)
@pytest.mark.parametrize("status", [row.status for row in BY_STATUS if row.status])
async def test_error_answers_leave_nothing_behind(searched: Searched, channel: Channel, status: int) -> None:
    await searched.holds_nothing(channel, OVER_HTTP[channel](echoing(status)))


@pytest.mark.parametrize("code", [row.code for row in ERRORS.rows])
async def test_noes_of_slack_leave_nothing_behind(searched: Searched, code: str | None) -> None:
    await searched.holds_nothing(Channel.SLACK, slack(echoing(200, code)))


@pytest.mark.parametrize("channel", OVER_HTTP)
@pytest.mark.parametrize(
    "odd", [one for one in ODD_ANSWERS if one.status != 200 or one.parts or one.error], ids=str
)
async def test_odd_answers_leave_nothing_behind(searched: Searched, channel: Channel, odd: OddAnswer) -> None:
    await searched.holds_nothing(channel, OVER_HTTP[channel](odd.transport()))


@pytest_asyncio.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with mail_server(user="intake", password="mail-passw0rd-right") as made:
        yield made


def _email(mailbox: Mailbox, password: str = "mail-passw0rd-right") -> EmailChannel:  # noqa: S107
    settings = email_settings(mailbox.port, username="intake", password=password, within=0.5)
    return EmailChannel(settings, SettableClock())


@pytest.mark.parametrize(("at", "reply"), MAIL_FAILURES)
async def test_replies_of_a_mail_server_leave_nothing_behind(
    searched: Searched, mailbox: Mailbox, at: str, reply: str
) -> None:
    setattr(mailbox, at, reply)
    await searched.holds_nothing(Channel.EMAIL, _email(mailbox))


async def test_refused_login_leaves_nothing_behind(searched: Searched, mailbox: Mailbox) -> None:
    await searched.holds_nothing(Channel.EMAIL, _email(mailbox, "mail-passw0rd-wrong"))


async def test_broken_layout_leaves_nothing_behind(searched: Searched, mailbox: Mailbox) -> None:
    layout = Layout(html="{{ subject.nothing }}")
    await searched.holds_nothing(Channel.EMAIL, _email(mailbox), layout=layout)
