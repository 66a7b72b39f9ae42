"""A deployment for each test: its own namespace, store and faults."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from temporalio.client import Client

from contracts.policy import PolicyBundle
from tests.faults import Faults
from tests.workflows.house import House, open_house
from tests.workflows.policies import house_rules

OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def faults() -> Faults:
    """What goes wrong in this test; nothing, until it is told to."""
    return Faults()


@pytest.fixture
def bundle() -> PolicyBundle:
    """The policy of the house; a module or class overrides it."""
    return house_rules()


@pytest.fixture
def cache_size() -> int:
    """How many runs the workers remember; `both_caches` replaces it."""
    return 1000


@pytest.fixture
async def house(
    client: Client, store_url: str, bundle: PolicyBundle, faults: Faults, cache_size: int
) -> AsyncIterator[House]:
    """A deployment that serves until the test ends."""
    async with open_house(
        client, store_url, bundle, faults=faults, max_cached_workflows=cache_size
    ) as opened:
        yield opened
