"""The envelope: one shape for every inbound item, whatever door it came through."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from contracts.base import Contract, Line, LongText, Slug, Text

MAX_EXTRAS = 50
MAX_EXTRA_VALUE = 500

UNKNOWN_SOURCE = "unknown"
"""The canonical source of a lead that came without one."""

OTHER_SOURCE = "other"
"""The canonical source of a lead whose source the policy does not know; the raw name stands beside it."""


class EntryKind(StrEnum):
    """How an item came in."""

    LANDING_FORM = "landing_form"
    AD_LEAD_FORM = "ad_lead_form"
    SITE_INQUIRY = "site_inquiry"
    WEBHOOK = "webhook"
    BOOKED_CALL = "booked_call"
    SUPPORT_TICKET = "support_ticket"
    INBOUND_EMAIL = "inbound_email"
    CRM_TRIGGER = "crm_trigger"
    CHAT_MESSAGE = "chat_message"
    API_EVENT = "api_event"
    AI_MESSAGE = "ai_message"


class ContactDetails(Contract):
    """Who asks, as they wrote it. Protected data: everywhere else a lead is named by its id."""

    name: Line | None = None
    email: Annotated[Line, Field(max_length=320)] | None = None
    phone: Annotated[Line, Field(max_length=64)] | None = None
    company: Line | None = None
    job_title: Line | None = None
    country: Annotated[Line, Field(max_length=64)] | None = None
    """ISO 3166 alpha-2 code or a name; also the region in which a national phone number is read."""
    website: Line | None = None


class Utm(Contract):
    """Campaign parameters as the landing page received them."""

    source: Line | None = None
    medium: Line | None = None
    campaign: Line | None = None
    term: Line | None = None
    content: Line | None = None


class Consent(Contract):
    """What the person agreed to. Unknown is not the same as no."""

    marketing: bool | None = None
    processing: bool | None = None
    captured_at: AwareDatetime | None = None


class BotSignals(Contract):
    """What a form can say about whether a person filled it in."""

    honeypot: Line | None = None
    """The value of a field that people cannot see; anything in it came from a bot."""
    seconds_to_submit: float | None = Field(default=None, ge=0, le=31_536_000)
    sender: Slug | None = None
    """An opaque token of the sender's address, made by the door; counts arrivals per sender."""


def _bounded_extras(value: dict[str, str]) -> dict[str, str]:
    if len(value) > MAX_EXTRAS:
        raise ValueError(f"at most {MAX_EXTRAS} extra fields")
    return value


class LeadSubmission(Contract):
    """One inbound item. Only `received_at` is required: what is missing is assessed, not refused at doors."""

    received_at: AwareDatetime
    """When a door took it."""
    occurred_at: AwareDatetime | None = None
    """When it happened at the source, with the source's offset kept."""
    event_id: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """The provider's id of the event; without it a hash of the content identifies the item."""
    entry_kind: EntryKind = EntryKind.API_EVENT
    source: Line | None = None
    channel: Line | None = None
    campaign: Line | None = None
    form: Line | None = None
    """The form's or trigger's name."""
    service_interest: Line | None = None
    """What they picked from a list, as they picked it."""
    declared_intent: Line | None = None
    """What they said that they want; kept apart from what a classifier infers."""
    contact: ContactDetails = ContactDetails()
    employees: int | None = Field(default=None, ge=0, le=10_000_000)
    estimated_value: int | None = Field(default=None, ge=0, le=1_000_000_000_000)
    """In whole units of `currency`."""
    currency: Annotated[Line, Field(pattern=r"^[A-Z]{3}$")] | None = None
    message: Text | None = None
    transcript: LongText | None = None
    utm: Utm = Utm()
    consent: Consent = Consent()
    bot_signals: BotSignals = BotSignals()
    extras: Annotated[
        dict[Annotated[Line, Field(max_length=100)], Annotated[Text, Field(max_length=MAX_EXTRA_VALUE)]],
        AfterValidator(_bounded_extras),
    ] = Field(default_factory=dict)
    """Whatever else the source sent: at most 50 fields of at most 500 characters."""


class NormalisedLead(Contract):
    """A submission in canonical values, raw ones kept beside them where they differ."""

    lead_id: Slug
    entry_kind: EntryKind
    source: str
    """Canonical name; `UNKNOWN_SOURCE` where none came, `OTHER_SOURCE` where the policy knows it not."""
    source_raw: str | None = None
    channel: str | None = None
    campaign: str | None = None
    form: str | None = None
    category: str | None = None
    """The allowed service category that the declared interest maps to, if it maps."""
    category_raw: str | None = None
    declared_intent: str | None = None
    name: str | None = None
    email: str | None = None
    """Normalised address; none where it is missing or unusable."""
    email_key: str | None = None
    """What the address is compared by: without plus tag, and without what its provider ignores."""
    email_domain: str | None = None
    free_mail: bool = False
    phone: str | None = None
    """E.164; none where it is missing or unusable."""
    company: str | None = None
    company_domain: str | None = None
    """The company's own domain, from a work address or the website; never a free-mail provider's."""
    job_title: str | None = None
    country: str | None = None
    """ISO 3166 alpha-2."""
    employees: int | None = None
    estimated_value: int | None = None
    currency: str | None = None
    has_message: bool = False
    has_transcript: bool = False
    marketing_consent: bool | None = None
    occurred_at: AwareDatetime
    received_at: AwareDatetime


class ContactAmendment(Contract):
    """What a person supplies or corrects on a lead that is unusable as it came. None leaves a field alone."""

    name: Line | None = None
    email: Annotated[Line, Field(max_length=320)] | None = None
    phone: Annotated[Line, Field(max_length=64)] | None = None
    company: Line | None = None
    country: Annotated[Line, Field(max_length=64)] | None = None
    service_interest: Line | None = None
    source: Line | None = None
    message: Text | None = None
