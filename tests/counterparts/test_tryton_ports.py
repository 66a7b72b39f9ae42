"""Tryton behind `Crm` and `Accounts`: every test of both ports and of `doctor`, against the real server."""

from collections.abc import AsyncIterator

import pytest

from connectors.remote_crm.loose_ends import RemoteLooseEnds
from connectors.settings import ConnectorSettings
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from connectors.store.ledger import SqlLedger
from connectors.store.loose_ends import SqlLooseEnds
from connectors.store.outbox import SqlOutbox
from contracts.limbo import LooseEnds
from contracts.onboarding_ports import Accounts
from contracts.ports import Crm, Drafts, Ledger, Notifier
from contracts.remote_effects import EffectMemory
from runtime.counterparts.servers import CounterpartServer
from runtime.settings import Settings
from starters.findings import Verdict
from starters.local_checks import mapping_findings
from tests.bundles import small_bundle
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conformance.test_accounts import *  # noqa: F403
from tests.connectors.conformance.test_crm_changes import *  # noqa: F403
from tests.connectors.conformance.test_crm_records import *  # noqa: F403
from tests.connectors.conformance.test_loose_ends import *  # noqa: F403
from tests.connectors.conformance.test_lost_answers import *  # noqa: F403
from tests.connectors.conftest import SettableClock
from tests.counterparts.tryton_world import settings_of, tryton_world


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
def loose_ends(store: Store, crm_world: CrmWorld) -> LooseEnds:
    assert crm_world.records
    return RemoteLooseEnds(SqlLooseEnds(store), crm_world.records)


@pytest.fixture
def effect_memory(store: Store, clock: SettableClock) -> EffectMemory:
    return SqlEffectMemory(store, clock, "crm")


@pytest.fixture
def ledger(store: Store, clock: SettableClock) -> Ledger:
    return SqlLedger(store, clock)


@pytest.fixture
def drafts(store: Store, clock: SettableClock) -> Drafts:
    return SqlOutbox(store, clock)


@pytest.fixture
def notifier(store: Store, clock: SettableClock) -> Notifier:
    return SqlOutbox(store, clock)


@pytest.fixture
def crm(crm_world: CrmWorld) -> Crm:
    return crm_world.crm


@pytest.fixture
def accounts(crm_world: CrmWorld) -> Accounts:
    return crm_world.accounts


async def test_doctor_sees_every_model_and_asks_for_no_mapping(tryton: CounterpartServer) -> None:
    settings = Settings(connectors=ConnectorSettings(crm="tryton"), tryton=settings_of(tryton))
    (finding,) = await mapping_findings(settings, small_bundle())
    assert (finding.check, finding.verdict) == ("crm mapping", Verdict.OK)
