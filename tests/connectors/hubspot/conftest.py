"""Our connector to HubSpot, and the account that it speaks to."""

from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from pydantic import SecretStr

from connectors.connections.crm import HubSpotSettings
from connectors.hubspot.opening import hubspot, hubspot_system
from connectors.keyed import RemoteEffects
from connectors.remote_crm.accounts import RemoteAccounts
from connectors.remote_crm.crm import RemoteCrm
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from tests.connectors.conformance.hubspot_world import PEOPLE, shipped_mapping
from tests.connectors.conftest import SettableClock
from tests.fakes.hubspot.routes import TOKEN, FakeHubSpot
from tests.fakes.server import served

MAPPING = shipped_mapping("hubspot")


@dataclass(frozen=True)
class House:
    """Our connector and the account that it speaks to."""

    fake: FakeHubSpot
    crm: RemoteCrm
    accounts: RemoteAccounts


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def fake() -> FakeHubSpot:
    return FakeHubSpot()


@pytest.fixture
def url(fake: FakeHubSpot) -> Generator[str]:
    with served(fake) as at:
        yield at


@pytest_asyncio.fixture
async def house(fake: FakeHubSpot, url: str, store: Store, clock: SettableClock) -> AsyncGenerator[House]:
    effects = RemoteEffects(SqlEffectMemory(store, clock, "crm"))
    async with hubspot_system(HubSpotSettings(token=SecretStr(TOKEN), url=url)) as system:
        crm, accounts = hubspot(system, MAPPING, PEOPLE, effects, clock)
        yield House(fake, crm, accounts)
