"""Salesforce opened: the org as settings say, and both ports of a CRM over it."""

from collections.abc import Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from connectors.connections.crm import SalesforceSettings
from connectors.http import ANSWER_WITHIN, HttpSystem
from connectors.keyed import RemoteEffects
from connectors.remote_crm.accounts import RemoteAccounts
from connectors.remote_crm.crm import RemoteCrm
from connectors.remote_crm.outside import OpenedRecords, People, there
from connectors.remote_crm.records import SYSTEM
from connectors.remote_crm.translation import Owners, Translation
from connectors.salesforce.errors import ERRORS
from connectors.salesforce.org import SalesforceOrg
from connectors.salesforce.records import MOST_ROWS, SalesforceRecords
from connectors.settings import Connections
from contracts.crm_mapping import CrmMapping
from contracts.ports import Clock

_OWNERS = f"SELECT Id, Email FROM User WHERE IsActive = true LIMIT {MOST_ROWS}"  # noqa: S608 - SOQL


class Salesforce(NamedTuple):
    """Both ports that Salesforce serves."""

    records: RemoteCrm
    accounts: RemoteAccounts


def salesforce_system(settings: SalesforceSettings, within: timedelta = ANSWER_WITHIN) -> HttpSystem:
    """The org's host."""
    return HttpSystem(SYSTEM, settings.url, errors=ERRORS, within=within)


def salesforce_records(
    system: HttpSystem,
    settings: SalesforceSettings,
    mapping: CrmMapping,
    people: Mapping[str, str],
    clock: Clock,
) -> SalesforceRecords:
    """Salesforce's records as the mapping says; people by their addresses."""
    org = SalesforceOrg(system, settings)

    async def load() -> dict[str, str]:
        (rows,) = await org.query("read users", [_OWNERS])
        return {
            str(row["Email"]).lower(): str(row["Id"]) for row in rows if row.get("Email") and row.get("Id")
        }

    return SalesforceRecords(org, Translation(mapping, Owners(people, mapping.owners, load)), clock)


def salesforce(records: SalesforceRecords, effects: RemoteEffects, clock: Clock) -> Salesforce:
    """`Crm` and `Accounts` in Salesforce."""
    return Salesforce(RemoteCrm(records, effects, clock), RemoteAccounts(records, effects))


@asynccontextmanager
async def outside(connections: Connections, mapping: CrmMapping | None, people: People) -> OpenedRecords:
    """Salesforce's records, outside of a worker."""
    settings = there(connections.salesforce)
    async with salesforce_system(settings) as system:
        yield salesforce_records(system, settings, there(mapping), people, lambda: datetime.now(UTC))
