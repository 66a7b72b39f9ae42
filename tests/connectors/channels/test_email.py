"""Mails against a real SMTP server: what arrives, and what each way to fail means."""

import socket
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import pytest_asyncio

from connectors.email.channel import EmailChannel
from connectors.email.errors import ROWS, Phase, row_for
from connectors.email.letters import message_id
from contracts.delivery import Layout
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.channels.parcels import NOW, email_settings, parcel
from tests.connectors.mail_server import Mailbox, mail_server

TO = "zoe@acme.example"


@pytest_asyncio.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with mail_server() as made:
        yield made


def channel(mailbox: Mailbox, **changed: Any) -> EmailChannel:
    return EmailChannel(email_settings(mailbox.port, **changed), lambda: NOW)


async def failure(made: EmailChannel, to: str = TO, **changed: Any) -> ServiceFailure:
    with pytest.raises(ServiceFailure) as caught:
        await made.deliver(parcel(**changed), to)
    assert TO not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


async def test_mail_arrives_as_it_was_meant(mailbox: Mailbox) -> None:
    layout = Layout(html="<p>{{ body }}</p>", text="{{ body }} - {{ workflow_id }}")
    body = "Größe & <b>检查</b>\n.\n..\n" + "x" * 5_000
    receipt = await channel(mailbox).deliver(parcel(body=body, layout=layout, recipient_name="Zoë, Dr."), TO)
    (letter,) = mailbox.letters()
    (envelope,) = mailbox.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("intake@ours.example", [TO])
    assert letter["Message-ID"] == receipt.reference == message_id(parcel().key, "ours.example")
    assert letter["Subject"] == parcel().subject
    assert letter["To"].addresses[0].display_name == "Zoë, Dr."
    assert parsedate_to_datetime(letter["Date"]) == NOW
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n").rstrip() == f"{body} - lead-intake/lead-1"
    assert "Größe &amp; &lt;b&gt;检查&lt;/b&gt;" in html.get_content()


async def test_mail_without_a_layout_is_plain_text(mailbox: Mailbox) -> None:
    await channel(mailbox).deliver(parcel(), TO)
    (letter,) = mailbox.letters()
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().replace("\r\n", "\n").rstrip() == parcel().body


async def test_address_of_a_domain_beyond_ascii_is_reached(mailbox: Mailbox) -> None:
    await channel(mailbox).deliver(parcel(), "zoe@größe.example")
    assert mailbox.taken[0].rcpt_tos == ["zoe@xn--gre-6ka8i.example"]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "zoe",
        "zoe@",
        "@acme.example",
        "a b@acme.example",
        "zoë@acme.example",
        "a@b.example, c@d.example",
        "<a@b.example>",
        "a@" + "x" * 80 + ".example",
    ],
)
async def test_what_is_no_address_is_rejected_before_anything_is_sent(mailbox: Mailbox, to: str) -> None:
    assert (await failure(channel(mailbox), to)).code is FailureCode.REJECTED
    assert mailbox.taken == []


@pytest.mark.parametrize(
    ("at", "reply", "code"),
    [
        ("to_sender", "451 4.3.0 later", FailureCode.UNAVAILABLE),
        ("to_sender", "550 5.7.1 not you", FailureCode.FORBIDDEN),
        ("to_sender", "530 5.7.0 log in", FailureCode.FORBIDDEN),
        ("to_recipient", "450 4.2.1 greylisted", FailureCode.UNAVAILABLE),
        ("to_recipient", "451 4.7.1 greylisted", FailureCode.UNAVAILABLE),
        ("to_recipient", "452 4.5.3 too many", FailureCode.RATE_LIMITED),
        ("to_recipient", "550 5.1.1 no such user", FailureCode.NOT_FOUND),
        ("to_recipient", "551 5.1.6 moved", FailureCode.NOT_FOUND),
        ("to_recipient", "554 5.7.1 no relay", FailureCode.REJECTED),
        ("to_data", "452 4.3.1 full", FailureCode.UNAVAILABLE),
        ("to_data", "552 5.3.4 too big", FailureCode.REJECTED),
        ("to_data", "554 5.7.1 spam", FailureCode.REJECTED),
        ("to_sender", "drop", FailureCode.UNREACHABLE),
        ("to_recipient", "drop", FailureCode.UNREACHABLE),
        ("to_sender", "hang", FailureCode.UNREACHABLE),
        ("to_recipient", "hang", FailureCode.UNREACHABLE),
        ("to_data", "drop", FailureCode.OUTCOME_UNKNOWN),
        ("to_data", "hang", FailureCode.OUTCOME_UNKNOWN),
    ],
)
async def test_each_way_to_fail_has_its_name(
    mailbox: Mailbox, at: str, reply: str, code: FailureCode
) -> None:
    setattr(mailbox, at, reply)
    found = await failure(channel(mailbox, within=0.5))
    assert found.code is code
    assert mailbox.taken == []


async def test_connection_lost_after_the_final_dot_is_unknown_and_the_repeat_has_the_same_id(
    mailbox: Mailbox,
) -> None:
    mailbox.drop_after_taking = 1
    assert (await failure(channel(mailbox))).code is FailureCode.OUTCOME_UNKNOWN
    await channel(mailbox).deliver(parcel(tried_before=True), TO)
    first, second = mailbox.letters()
    assert first["Message-ID"] == second["Message-ID"]


async def test_nobody_at_the_port_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        found = await failure(EmailChannel(email_settings(port), lambda: NOW))
    assert found.code is FailureCode.UNREACHABLE


async def test_server_that_offers_no_encryption_gets_nothing(mailbox: Mailbox) -> None:
    assert (await failure(channel(mailbox, security="starttls"))).code is FailureCode.FORBIDDEN
    assert mailbox.taken == []


async def test_login_is_taken_or_refused() -> None:
    async with mail_server(user="intake", password="right") as mailbox:
        await channel(mailbox, username="intake", password="right").deliver(parcel(), TO)
        wrong = channel(mailbox, username="intake", password="s3cret-but-wrong")
        found = await failure(wrong)
        assert found.code is FailureCode.FORBIDDEN
        assert "s3cret" not in str(found)
        assert (await failure(channel(mailbox))).code is FailureCode.FORBIDDEN
        await channel(mailbox, username="intake", password="right").greet()
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.status} {row.code}")
def test_each_row_is_reached_by_its_reply(row: Any) -> None:
    phase = Phase(row.code) if row.code else Phase.RECIPIENT
    assert row_for(phase, row.status or 599).meaning is row.meaning


@pytest.mark.parametrize("phase", Phase)
def test_unlisted_replies_go_by_their_first_digit(phase: Phase) -> None:
    if phase is not Phase.LOGIN:
        assert row_for(phase, 498).meaning is FailureCode.UNAVAILABLE
        assert row_for(phase, 598).meaning is FailureCode.REJECTED
