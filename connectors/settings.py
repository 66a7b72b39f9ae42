"""Which connector stands behind which port, and the areas of the systems that are spoken to.

Every connector gets its own model and nothing else. Each command loads this file, so it imports no connector.
"""

from types import NoneType
from typing import Literal, cast, get_args

from pydantic import BaseModel

from connectors.connections.channels import EmailSettings, SlackSettings, TeamsSettings, WebhookSettings
from connectors.connections.crm import HubSpotSettings, PipedriveSettings, SalesforceSettings, TrytonSettings
from connectors.connections.models import AnthropicSettings, OpenAiCompatibleSettings
from connectors.connections.onboarding import (
    CalComSettings,
    CalDavSettings,
    GoogleCalendarSettings,
    ScimSettings,
    StripeSettings,
)
from contracts.settings import Area, Connection

CrmName = Literal["embedded", "hubspot", "salesforce", "tryton", "pipedrive"]
ClassifierName = Literal["lexical", "openai_compatible", "anthropic"]
SummariserName = Literal["extractive", "openai_compatible", "anthropic"]
BillingName = Literal["embedded", "stripe"]
ProvisioningName = Literal["embedded", "scim"]
SchedulingName = Literal["embedded", "caldav", "google_calendar", "calcom"]


class ConnectorSettings(Area):
    """Which connector stands behind each port."""

    crm: CrmName = "embedded"
    classifier: ClassifierName = "lexical"
    summariser: SummariserName = "extractive"
    billing: BillingName = "embedded"
    provisioning: ProvisioningName = "embedded"
    scheduling: SchedulingName = "embedded"


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
    pipedrive: PipedriveSettings | None = None
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
