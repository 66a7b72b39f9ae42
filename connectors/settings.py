"""Which connector stands behind which port, and how each system is reached.

Every connector gets its own model and nothing else. Each command loads this file, so it imports no connector.
"""

from types import NoneType
from typing import Annotated, Literal, cast, get_args

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, SecretStr, TypeAdapter

from contracts.settings import Area, Connection

CrmName = Literal["embedded", "hubspot"]
ClassifierName = Literal["lexical"]
SummariserName = Literal["extractive"]
BillingName = Literal["embedded"]
ProvisioningName = Literal["embedded"]
SchedulingName = Literal["embedded"]

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


class Connections(BaseModel):
    """The area of each system of others. What stays unset is not spoken to."""

    hubspot: HubSpotSettings | None = None

    @classmethod
    def area_of(cls, name: str) -> type[Connection] | None:
        """The model of the area that a choice of `ConnectorSettings` needs; None for what is embedded."""
        if (field := cls.model_fields.get(name)) is None:
            return None
        (area,) = (one for one in get_args(field.annotation) if one is not NoneType)
        return cast(type[Connection], area)
