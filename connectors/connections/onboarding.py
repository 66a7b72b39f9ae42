"""Billing, provisioning and calendars."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from connectors.connections.urls import BaseUrl
from contracts.base import Slug
from contracts.settings import Connection


class StripeSettings(Connection):
    """A Stripe account."""

    url: BaseUrl = "https://api.stripe.com/v1"
    secret_key: SecretStr
    prices: dict[Slug, str]
    """The id of the yearly price of each plan. A deployment's: test and live accounts have other ids, and the
    plans of a policy bundle stay the same in both."""
    days_until_due: int = Field(default=30, ge=0, le=365)


class ScimSettings(Connection):
    """A product's SCIM 2.0 service."""

    url: BaseUrl
    token: SecretStr
    region: Slug | None = None
    """Where its data lives: workspaces for another region are refused. Unset, its word is taken for all."""
    group_prefix: str = "customer-"
    """What the name of a customer's group begins with; their id follows."""


class CalDavSettings(Connection):
    """A calendar server."""

    url: BaseUrl
    username: str
    password: SecretStr
    calendars: dict[Slug, str]
    """The path of each host's calendar below the URL, by the id of the person in the policies."""


class GoogleCalendarSettings(Connection):
    """Google Calendar, through a service account that may act for our people."""

    url: BaseUrl = "https://www.googleapis.com/calendar/v3"
    token_url: BaseUrl = "https://oauth2.googleapis.com/token"
    account_email: str
    private_key: SecretStr
    """PEM."""
    subject: str | None = None
    """Whom it acts for: without domain-wide delegation it cannot invite anybody."""
    calendars: dict[Slug, str]
    """The calendar id of each host, by the id of the person in the policies."""


class CalComSettings(Connection):
    """Cal.com."""

    url: BaseUrl = "https://api.cal.com/v2"
    api_key: SecretStr
    event_types: dict[Slug, int]
    """The event type in which each host is met, by the id of the person in the policies."""
    booking_pages: dict[Slug, Annotated[BaseUrl, Field(max_length=300)]] = Field(default_factory=dict)
    """The page of that event type, where customers may book a time themselves. Not every host needs one."""
    webhook_secret: SecretStr | None = None
    """What Cal.com signs with when it tells of a booking."""

    @model_validator(mode="after")
    def _pages_are_heard_of(self) -> Self:
        if self.booking_pages and not (self.webhook_secret and self.webhook_secret.get_secret_value()):
            raise ValueError("booking_pages need a webhook_secret: nobody would hear of a booking")
        return self
