"""Tryton opened: its REST interface as settings say, and both ports of a CRM over it."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from connectors.connections.crm import TrytonSettings
from connectors.http import HttpSystem, quoted
from connectors.keyed import RemoteEffects
from connectors.remote_crm.accounts import RemoteAccounts
from connectors.remote_crm.crm import RemoteCrm
from connectors.remote_crm.outside import OpenedRecords, People, there
from connectors.remote_crm.records import SYSTEM
from connectors.settings import Connections
from connectors.tryton.errors import ERRORS
from connectors.tryton.models import TrytonModels
from connectors.tryton.people import TrytonPeople
from connectors.tryton.records import TrytonRecords
from contracts.crm_mapping import CrmMapping
from contracts.ports import Clock


class Tryton(NamedTuple):
    """Both ports that Tryton serves."""

    records: RemoteCrm
    accounts: RemoteAccounts


def tryton_system(settings: TrytonSettings) -> HttpSystem:
    """The REST interface of one database."""
    context = urlsafe_b64encode(json.dumps({"company": settings.company}).encode()).decode()
    headers = {
        "authorization": f"Bearer {settings.key.get_secret_value()}",
        "x-tryton-context": context,
        # Refusals are told apart by their text.
        "accept-language": "en",
    }
    return HttpSystem(
        SYSTEM, f"{settings.url}/{quoted(settings.database)}/rest", headers=headers, errors=ERRORS
    )


def tryton_records(system: HttpSystem, company: int, people: Mapping[str, str]) -> TrytonRecords:
    """Tryton's records; people by their addresses."""
    models = TrytonModels(system)
    return TrytonRecords(models, TrytonPeople(models, company, people))


def tryton(
    system: HttpSystem, company: int, people: Mapping[str, str], effects: RemoteEffects, clock: Clock
) -> Tryton:
    """`Crm` and `Accounts` in Tryton."""
    records = tryton_records(system, company, people)
    return Tryton(RemoteCrm(records, effects, clock), RemoteAccounts(records, effects))


@asynccontextmanager
async def outside(connections: Connections, _: CrmMapping | None, people: People) -> OpenedRecords:
    """Tryton's records, outside of a worker."""
    settings = there(connections.tryton)
    async with tryton_system(settings) as system:
        yield tryton_records(system, settings.company, people)
