"""Channels of messages."""

import base64
import binascii
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from connectors.connections.urls import URL, BaseUrl
from contracts.settings import Connection

SECRET_BYTES = range(24, 65)
"""What Standard Webhooks asks of a secret."""


def _secret_url(url: SecretStr) -> SecretStr:
    parsed = URL.validate_python(url.get_secret_value())
    if parsed.username or parsed.password or parsed.fragment:
        raise ValueError("should be a URL without user and fragment")
    return url


def _webhook_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().removeprefix("whsec_")
    try:
        size = len(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if size not in SECRET_BYTES:
        raise ValueError("should be whsec_ and 24 to 64 bytes in base64")
    return secret


def _mail_address(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if not (local and domain and value.isascii()) or set(value) & set(' \t<>,;:"()'):
        raise ValueError("should be a plain e-mail address, such as intake@company.example")
    return value


SecretUrlText = Annotated[SecretStr, AfterValidator(_secret_url)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]


class SlackSettings(Connection):
    """A Slack bot."""

    token: SecretStr
    """The bot token, xoxb-…"""
    url: BaseUrl = "https://slack.com/api"


class EmailSettings(Connection):
    """An SMTP server that mails go out by."""

    host: str
    sender: Annotated[str, AfterValidator(_mail_address)]
    """Who they are from."""
    sender_name: str = "Throughline"
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is secured; `none` is for a relay on the same machine."""
    username: str | None = None
    password: SecretStr | None = None
    within: float = Field(default=10, gt=0, le=30)
    """Seconds for one mail."""

    @property
    def domain(self) -> str:
        """What message ids end in."""
        return self.sender.rpartition("@")[2]

    @model_validator(mode="after")
    def _login_is_whole(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.password is not None and self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("a password is sent over a secured connection only")
        return self


_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class TeamsSettings(Connection):
    """A workflow of Microsoft Teams that posts what it is sent."""

    workflow_url: SecretUrlText
    """A secret: whoever has it may post."""


class WebhookSettings(Connection):
    """An address of the user's own that is told every message."""

    url: SecretUrlText
    secret: WebhookSecret
    """Shared with the receiver: whsec_…"""
    previous_secret: WebhookSecret | None = None
    """Signs too, while the receiver changes over."""
