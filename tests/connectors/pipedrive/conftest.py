"""Our connector to Pipedrive over the fake, for what only this connector has to show."""

from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from connectors.store.engine import Store
from contracts.onboarding_ports import Accounts
from contracts.ports import Crm
from tests.connectors.conformance.pipedrive_world import opened
from tests.connectors.conftest import SettableClock
from tests.fakes.pipedrive.routes import FakePipedrive
from tests.fakes.server import served

KEPT = ("persons", "organizations", "deals", "activities", "notes")


@dataclass(frozen=True)
class House:
    """Our connector and the company that it speaks to."""

    fake: FakePipedrive
    crm: Crm
    accounts: Accounts

    def counted(self, *names: str) -> list[int]:
        return [self.fake.count(name) for name in names or KEPT[:3]]


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def fake() -> FakePipedrive:
    return FakePipedrive()


@pytest.fixture
def url(fake: FakePipedrive) -> Generator[str]:
    with served(fake) as at:
        yield at


@pytest_asyncio.fixture
async def house(fake: FakePipedrive, url: str, store: Store, clock: SettableClock) -> AsyncGenerator[House]:
    async with opened(url, store, clock) as world:
        yield House(fake, world.crm, world.accounts)
