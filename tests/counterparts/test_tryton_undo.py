"""Tryton where the answer to any one write is lost: an undo leaves what was there."""

from collections.abc import AsyncIterator

import pytest

from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from contracts.remote_effects import EffectMemory
from runtime.counterparts.servers import CounterpartServer
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conformance.test_lost_answers import *  # noqa: F403
from tests.connectors.conftest import SettableClock
from tests.counterparts.tryton_world import tryton_world


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def crm_world(
    tryton: CounterpartServer, store_url: str, clock: SettableClock
) -> AsyncIterator[CrmWorld]:
    async with tryton_world(tryton, store_url, clock) as world:
        yield world


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with await Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def effect_memory(store: Store, clock: SettableClock) -> EffectMemory:
    return SqlEffectMemory(store, clock, "crm")
