"""HubSpot opened: its API as settings say, and both ports of a CRM over it."""

from collections.abc import Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

from connectors.answers import read
from connectors.connections.crm import HubSpotSettings
from connectors.http import ANSWER_WITHIN, Call, HttpSystem
from connectors.hubspot.answers import OwnersPage
from connectors.hubspot.errors import ERRORS
from connectors.hubspot.records import VERSION, HubSpotRecords
from connectors.keyed import RemoteEffects
from connectors.remote_crm.accounts import RemoteAccounts
from connectors.remote_crm.crm import RemoteCrm
from connectors.remote_crm.outside import OpenedRecords, People, there
from connectors.remote_crm.records import SYSTEM
from connectors.remote_crm.translation import Owners, Translation
from connectors.settings import Connections
from contracts.crm_mapping import CrmMapping
from contracts.ports import Clock

_MOST_PAGES = 100
"""Of owners; an answer that always names another page ends here."""


class HubSpot(NamedTuple):
    """Both ports that HubSpot serves."""

    records: RemoteCrm
    accounts: RemoteAccounts


def hubspot_system(settings: HubSpotSettings, within: timedelta = ANSWER_WITHIN) -> HttpSystem:
    """HubSpot's API."""
    headers = {"authorization": f"Bearer {settings.token.get_secret_value()}"}
    return HttpSystem(SYSTEM, settings.url, headers=headers, errors=ERRORS, within=within)


def hubspot_records(system: HttpSystem, mapping: CrmMapping, people: Mapping[str, str]) -> HubSpotRecords:
    """HubSpot's objects as the mapping says; people by their addresses."""

    async def load() -> dict[str, str]:
        return await owner_ids(system)

    return HubSpotRecords(system, Translation(mapping, Owners(people, mapping.owners, load)))


def hubspot(
    system: HttpSystem,
    mapping: CrmMapping,
    people: Mapping[str, str],
    effects: RemoteEffects,
    clock: Clock,
) -> HubSpot:
    """`Crm` and `Accounts` in HubSpot."""
    records = hubspot_records(system, mapping, people)
    return HubSpot(RemoteCrm(records, effects, clock), RemoteAccounts(records, effects))


@asynccontextmanager
async def outside(connections: Connections, mapping: CrmMapping | None, people: People) -> OpenedRecords:
    """HubSpot's objects, outside of a worker."""
    async with hubspot_system(there(connections.hubspot)) as system:
        yield hubspot_records(system, there(mapping), people)


async def owner_ids(system: HttpSystem) -> dict[str, str]:
    """Everybody who can own records, by address in lower case."""
    found, after = dict[str, str](), ""
    for _ in range(_MOST_PAGES):
        query = [("limit", "500"), *([("after", after)] if after else [])]
        page = read(
            await system.call(Call("read owners", "GET", f"/crm/owners/{VERSION}", query=query)), OwnersPage
        )
        found |= {owner.email.lower(): owner.id for owner in page.results if owner.email}
        if page.paging is None or page.paging.next is None:
            break
        after = page.paging.next.after
    return found
