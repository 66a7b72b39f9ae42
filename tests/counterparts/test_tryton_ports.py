"""Tryton behind `Crm` and `Accounts`: every test of both ports and of `doctor`, against the real server."""

from collections.abc import AsyncIterator

import pytest

from connectors.settings import ConnectorSettings
from contracts.onboarding_ports import Accounts
from contracts.ports import Crm
from runtime.counterparts.servers import CounterpartServer
from runtime.settings import Settings
from starters.findings import Verdict
from starters.local_checks import mapping_findings
from tests.bundles import small_bundle
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conformance.test_accounts import *  # noqa: F403
from tests.connectors.conformance.test_crm_changes import *  # noqa: F403
from tests.connectors.conformance.test_crm_records import *  # noqa: F403
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
def crm(crm_world: CrmWorld) -> Crm:
    return crm_world.crm


@pytest.fixture
def accounts(crm_world: CrmWorld) -> Accounts:
    return crm_world.accounts


async def test_doctor_sees_every_model_and_asks_for_no_mapping(tryton: CounterpartServer) -> None:
    settings = Settings(connectors=ConnectorSettings(crm="tryton"), tryton=settings_of(tryton))
    (finding,) = await mapping_findings(settings, small_bundle())
    assert (finding.check, finding.verdict) == ("crm mapping", Verdict.OK)
