"""Mails over SMTP: one attempt, one recipient, and an honest word on how it ended."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.message import EmailMessage

from aiosmtplib import SMTP, SMTPResponseException
from aiosmtplib.errors import SMTPException, SMTPNotSupported

from connectors.card import ConnectorCard, Operation
from connectors.connections.channels import EmailSettings
from connectors.email.errors import Phase, row_for
from connectors.email.letters import letter_of
from contracts.delivery import Channel, Parcel, Receipt
from contracts.failures import FailureCode, ServiceFailure
from contracts.ports import Clock

CARD = ConnectorCard(
    name="email",
    port="notifier",
    system="any SMTP server (RFC 5321)",
    operations=(
        Operation(
            "send",
            "our memory; the same Message-ID for every attempt, by which a receiver can tell repeats",
            "where the connection is lost after the message's final dot, the server may have taken it and "
            "cannot be asked: the mail goes out again, under the same Message-ID",
        ),
    ),
    rate_limit="the server's; 421, 450, 451 and 452 are tried again after five minutes",
    scopes="an account that may send in the sender's name",
    not_established="What happens after a server has taken a mail: bounces are not read.",
)
CUSTOMER_CARD = replace(CARD, port="correspondence")

GOODBYE_WITHIN = 2.0
"""Seconds."""


class EmailChannel:
    """`DeliveryChannel` over an SMTP server, with a connection for each mail."""

    def __init__(self, settings: EmailSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def deliver(self, parcel: Parcel, to: str) -> Receipt:
        """Sends a mail."""
        letter, envelope_to = letter_of(parcel, to, self._settings, self._clock())
        await self._in_time(lambda session: session.send(letter, self._settings.sender, envelope_to))
        return Receipt(channel=Channel.EMAIL, reference=str(letter["Message-ID"]))

    async def greet(self) -> None:
        """Connects and logs in, and sends nothing."""
        await self._in_time(_nothing)

    async def _in_time(self, work: Callable[["_Session"], Awaitable[None]]) -> None:
        session = _Session(self._settings)
        try:
            async with asyncio.timeout(self._settings.within):
                await session.open()
                await work(session)
        except TimeoutError:
            raise session.failed("gave no answer in time") from None
        finally:
            await session.close()


class _Session:
    """One connection; it knows what was said last."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._phase = Phase.GREETING
        self._server = SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=False,
            timeout=settings.within,
        )

    async def open(self) -> None:
        """Connects, and logs in where the settings say as whom."""
        await self._said(Phase.GREETING, self._server.connect())
        if self._settings.security == "starttls":
            await self._said(Phase.GREETING, self._server.ehlo())
            if not self._server.supports_extension("starttls"):
                raise _lacking("encryption")
            await self._said(Phase.GREETING, self._server.starttls())
        name, password = self._settings.username, self._settings.password
        if name and password:
            await self._said(Phase.LOGIN, self._server.login(name, password.get_secret_value()))

    async def send(self, letter: EmailMessage, sender: str, to: str) -> None:
        """Hands a mail over."""
        await self._said(Phase.SENDER, self._server.mail(sender))
        await self._said(Phase.RECIPIENT, self._server.rcpt(to))
        await self._said(Phase.DATA, self._server.data(letter.as_bytes()))

    async def close(self) -> None:
        """Says goodbye; what was sent stands whatever comes of that."""
        with contextlib.suppress(SMTPException, OSError):
            if self._server.is_connected:
                await self._server.quit(timeout=GOODBYE_WITHIN)
        self._server.close()

    def failed(self, what: str) -> ServiceFailure:
        """A failure without a reply: from the message on, the server may have taken it."""
        unknown = self._phase is Phase.DATA
        code = FailureCode.OUTCOME_UNKNOWN if unknown else FailureCode.UNREACHABLE
        return ServiceFailure(code, "email", f"send mail: the server {what} ({self._phase})")

    async def _said(self, phase: Phase, what: Awaitable[object]) -> None:
        self._phase = phase
        # What the library raises holds addresses, so nothing of it goes on from here.
        try:
            await what
        except SMTPResponseException as reply:
            row = row_for(phase, reply.code)
            raise ServiceFailure(
                row.meaning,
                "email",
                f"send mail: the server answered {reply.code} ({phase})",
                retry_after=row.wait,
            ) from None
        except SMTPNotSupported:
            raise _lacking("this way to log in") from None
        except (SMTPException, OSError):
            raise self.failed("could not be reached, or broke off") from None


def _lacking(what: str) -> ServiceFailure:
    return ServiceFailure(
        FailureCode.FORBIDDEN, "email", f"send mail: the server lacks {what}, which the settings want"
    )


async def _nothing(_: _Session) -> None:
    """Having been let in is enough."""
