"""What the suites of onboarding need in this folder: a store, and every port but the one in question."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from connectors.store.engine import Store
from tests.connectors.conformance.conftest import (  # noqa: F401 - fixtures of the suites
    access,
    accounts,
    crm,
)
from tests.connectors.conformance.crm_worlds import CrmWorld, embedded
from tests.connectors.conftest import (  # noqa: F401 - fixtures of the suites
    SettableClock,
    clock,
    migrated_file,
    store,
    store_url,
)


@pytest.fixture
def backend() -> str:
    """The suites have shown that the stores are alike; here it is the other system that is in question."""
    return "sqlite"


@pytest_asyncio.fixture
async def crm_world(store: Store, clock: SettableClock) -> AsyncGenerator[CrmWorld]:  # noqa: F811
    async with embedded(store, clock) as world:
        yield world
