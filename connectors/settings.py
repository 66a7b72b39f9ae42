"""Which connector stands behind which port, and how each system is reached.

Every connector gets its own model and nothing else. Each command loads this file, so it imports no connector.
"""

import base64
import binascii
from datetime import timedelta
from types import NoneType
from typing import Annotated, Literal, Self, cast, get_args

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    Field,
    PositiveInt,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from contracts.base import Slug
from contracts.settings import Area, Connection

CrmName = Literal["embedded", "hubspot", "salesforce", "tryton"]
ClassifierName = Literal["lexical", "openai_compatible", "anthropic"]
SummariserName = Literal["extractive", "openai_compatible", "anthropic"]
BillingName = Literal["embedded", "stripe"]
ProvisioningName = Literal["embedded", "scim"]
SchedulingName = Literal["embedded", "caldav", "google_calendar", "calcom"]

_URL = TypeAdapter(AnyHttpUrl)


def _base_url(value: str) -> str:
    """A URL that paths are added to: without user, query or fragment, and without a slash at its end."""
    url = _URL.validate_python(value)
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("should be a plain URL; credentials have settings of their own")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]


class ConnectorSettings(Area):
    """Which connector stands behind each port."""

    crm: CrmName = "embedded"
    classifier: ClassifierName = "lexical"
    summariser: SummariserName = "extractive"
    billing: BillingName = "embedded"
    provisioning: ProvisioningName = "embedded"
    scheduling: SchedulingName = "embedded"


class HubSpotSettings(Connection):
    """A HubSpot account, by a service key or a private app's token."""

    token: SecretStr
    url: BaseUrl = "https://api.hubapi.com"


class TrytonSettings(Connection):
    """A Tryton database, by the key of a user application of the kind `rest`."""

    url: BaseUrl
    database: str
    key: SecretStr
    company: PositiveInt = 1
    """The number of the company, in Tryton's own list of them."""


Money = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
"""In whatever currency a provider bills; prices and budget of one model are in the same."""


class ModelConnection(Connection):
    """A language model, what it costs, and what it may cost in a day."""

    model: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """As the provider names it."""
    answer_within: Annotated[float, Field(gt=0, le=25)] = 20
    """Seconds; an attempt at reading a text has 27."""
    input_price: Money | None = None
    output_price: Money | None = None
    """For a million tokens."""
    daily_budget: Money | None = None
    """For a day of UTC, all workers together. What comes after it is read by words alone."""

    @property
    def within(self) -> timedelta:
        """How long a call may take."""
        return timedelta(seconds=self.answer_within)

    @model_validator(mode="after")
    def _budget_has_prices(self) -> Self:
        priced = self.input_price is not None and self.output_price is not None
        if self.daily_budget is not None and not priced:
            raise ValueError("daily_budget needs input_price and output_price")
        return self


class OpenAiCompatibleSettings(ModelConnection):
    """Chat completions: OpenAI's, or those of a vLLM, llama.cpp or Ollama of one's own."""

    base_url: BaseUrl = "https://api.openai.com/v1"
    api_key: SecretStr | None = None
    """Unset where the server asks for none."""
    structured_mode: Literal["openai_schema", "json_object_schema", "tool", "plain"] = "openai_schema"
    """How the answer's schema is sent: as OpenAI, vLLM, llama-server and Ollama take it; as llama-cpp-python
    takes it; as the parameters of a tool; or in the prompt alone."""
    token_limit_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    """Servers that do not know the newer name take the older one."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """Not sent where unset: some models refuse any."""


class AnthropicSettings(ModelConnection):
    """Anthropic's messages interface."""

    base_url: BaseUrl = "https://api.anthropic.com"
    api_key: SecretStr


SECRET_BYTES = range(24, 65)
"""What Standard Webhooks asks of a secret."""


def _secret_url(url: SecretStr) -> SecretStr:
    parsed = _URL.validate_python(url.get_secret_value())
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


class SalesforceSettings(Connection):
    """A Salesforce org, by a connected app's client credentials and the user that it runs as."""

    url: BaseUrl
    """Of My Domain, for example `https://acme.my.salesforce.com`."""
    client_id: str
    client_secret: SecretStr


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


class Connections(BaseModel):
    """The area of each system of others. What stays unset is not spoken to."""

    hubspot: HubSpotSettings | None = None
    tryton: TrytonSettings | None = None
    openai_compatible: OpenAiCompatibleSettings | None = None
    anthropic: AnthropicSettings | None = None
    slack: SlackSettings | None = None
    email: EmailSettings | None = None
    teams: TeamsSettings | None = None
    webhook: WebhookSettings | None = None
    salesforce: SalesforceSettings | None = None
    stripe: StripeSettings | None = None
    scim: ScimSettings | None = None
    caldav: CalDavSettings | None = None
    google_calendar: GoogleCalendarSettings | None = None
    calcom: CalComSettings | None = None

    @classmethod
    def area_of(cls, name: str) -> type[Connection] | None:
        """The model of the area that a choice of `ConnectorSettings` needs; None for what is embedded."""
        if (field := cls.model_fields.get(name)) is None:
            return None
        (area,) = (one for one in get_args(field.annotation) if one is not NoneType)
        return cast(type[Connection], area)
