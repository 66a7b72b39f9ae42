"""A real SMTP server in this process, which keeps what it takes and misbehaves where a test asks it to."""

import asyncio
import contextlib
import warnings
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


@dataclass
class Mailbox:
    """What a server took, and how it behaves."""

    taken: list[Envelope] = field(default_factory=list[Envelope])
    to_sender: str = ""
    """A reply instead of 250, for example `550 5.7.1 no`; `hang` says nothing, `drop` breaks off."""
    to_recipient: str = ""
    to_data: str = ""
    drop_after_taking: int = 0
    """So many times it takes a message and breaks off before it says so."""
    port: int = 0

    def letters(self) -> list[EmailMessage]:
        """The mails as their readers see them."""
        read: list[EmailMessage] = []
        for envelope in self.taken:
            letter = message_from_bytes(_bytes(envelope.content), policy=default)
            assert isinstance(letter, EmailMessage)
            read.append(letter)
        return read

    async def handle_MAIL(  # noqa: N802  (as the server calls it)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._answer(server, self.to_sender)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(  # noqa: N802  (as the server calls it)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._answer(server, self.to_recipient)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802  (as the server calls it)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.to_data:
            return await self._answer(server, self.to_data)
        self.taken.append(envelope)
        if self.drop_after_taking:
            self.drop_after_taking -= 1
            return await self._answer(server, "drop")
        return "250 taken"

    async def _answer(self, server: SMTP, what: str) -> str:
        if what == "hang":
            await asyncio.sleep(60)
        if what == "drop":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return what or "250 OK"


def _bytes(content: bytes | str | None) -> bytes:
    assert isinstance(content, bytes)
    return content


@contextlib.asynccontextmanager
async def mail_server(user: str = "", password: str = "") -> AsyncGenerator[Mailbox]:
    """Runs a server on a port of its own; with a user, only they may send."""
    mailbox = Mailbox()

    def authenticated(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data == (user.encode(), password.encode()), handled=False)

    options: dict[str, Any] = {}
    if user:
        options = {"authenticator": authenticated, "auth_required": True, "auth_require_tls": False}
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            # It warns of passwords without TLS, which is what is tested here.
            warnings.simplefilter("ignore")
            return SMTP(mailbox, hostname=HOST, loop=loop, **options)

    server = await loop.create_server(protocol, HOST, 0)
    try:
        mailbox.port = server.sockets[0].getsockname()[1]
        yield mailbox
    finally:
        server.close()
        await server.wait_closed()
