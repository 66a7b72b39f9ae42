"""CRMs."""

from pydantic import PositiveInt, SecretStr

from connectors.connections.urls import BaseUrl
from contracts.settings import Connection


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


class PipedriveSettings(Connection):
    """A Pipedrive company, by the API token of one of its users."""

    token: SecretStr
    url: BaseUrl = "https://api.pipedrive.com"
    """Without `/api/v2`, which is one of the two versions that are spoken."""


class SalesforceSettings(Connection):
    """A Salesforce org, by a connected app's client credentials and the user that it runs as."""

    url: BaseUrl
    """Of My Domain, for example `https://acme.my.salesforce.com`."""
    client_id: str
    client_secret: SecretStr
