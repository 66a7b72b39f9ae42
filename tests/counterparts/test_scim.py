"""The SCIM connector on a SCIM server that we did not write, also where every fifth answer is lost."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
import pytest
import pytest_asyncio

from connectors.connections.onboarding import ScimSettings
from connectors.scim.api import ScimApi, scim_system
from connectors.scim.provisioning import ScimProvisioning
from connectors.store.engine import Store
from contracts.crm import UndoInput
from contracts.onboarding_ports import Provisioning
from contracts.order import PartyContact
from runtime.counterparts.arrangements import SCIM_TOKEN
from runtime.counterparts.fault_proxy import Faults
from runtime.counterparts.servers import CounterpartServer
from tests.connectors.conformance.conftest import (  # noqa: F401 - fixtures of the suites
    billing,
    billing_name,
    scheduling,
    scheduling_name,
)
from tests.connectors.conformance.onboarding_systems import ProvisioningBounds, remembered
from tests.connectors.conformance.test_keyed_effects import *  # noqa: F403 - the suite of every keyed step
from tests.connectors.conformance.test_keyed_effects import Case, create_workspace, invite_admin
from tests.connectors.conformance.test_provisioning import *  # noqa: F403 - the suite of the port
from tests.connectors.conftest import SettableClock
from tests.connectors.onboarding_examples import inviting, workspace
from tests.connectors.patience import patient
from tests.counterparts.conftest import Proxied
from tests.counterparts.onboarding_suite import *  # noqa: F403 - its fixtures

TENANTS = count(1)


@pytest.fixture(params=[create_workspace, invite_admin])  # type: ignore[no-redef]
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param, "scim")


@pytest.fixture
def bounds() -> ProvisioningBounds:
    return ProvisioningBounds(region="eu", remembers_deleted=False, knows_use=False)


@pytest.fixture
def tenant() -> str:
    return f"tenant-{next(TENANTS)}"


def settings_of(url: str) -> ScimSettings:
    return ScimSettings.model_validate({"url": url, "token": SCIM_TOKEN, "region": "eu"})


async def resources(url: str, endpoint: str) -> list[dict[str, Any]]:
    """What the server has."""
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {SCIM_TOKEN}"}) as http:
        answer = await http.get(f"{url}/{endpoint}")
    found: list[dict[str, Any]] = answer.raise_for_status().json().get("Resources", [])
    return found


@pytest_asyncio.fixture
async def provisioning(
    scim2_server: CounterpartServer, tenant: str, store: Store, clock: SettableClock
) -> AsyncIterator[Provisioning]:
    settings = settings_of(f"{scim2_server.url()}/{tenant}")
    async with scim_system(settings) as system:
        port = ScimProvisioning(ScimApi(system), remembered(store, clock, "scim"), settings)
        yield patient(port, clock)


async def test_one_effect_per_key_where_every_fifth_answer_is_lost(
    scim2_server: CounterpartServer, proxied: Proxied, tenant: str, store: Store, clock: SettableClock
) -> None:
    way = await proxied(scim2_server.url(), Faults(drop_every=5))
    settings, direct = settings_of(f"{way.url}/{tenant}"), f"{scim2_server.url()}/{tenant}"
    async with scim_system(settings) as system:
        port = patient(ScimProvisioning(ScimApi(system), remembered(store, clock, "scim"), settings), clock)
        for n in range(8):
            made = await port.create_workspace(workspace(key=f"w-{n}", customer_id=f"c-{n}"))
            admin = PartyContact(name="Zoë Nuñez", email=f"zoe-{n}@acme.example")
            await port.invite_admin(inviting(made.id, key=f"a-{n}", admin=admin))
        assert sorted(one["externalId"] for one in await resources(direct, "Groups")) == [
            f"w-{n}" for n in range(8)
        ]
        assert sorted(one["externalId"] for one in await resources(direct, "Users")) == [
            f"a-{n}" for n in range(8)
        ]
        assert all(len(one["members"]) == 1 for one in await resources(direct, "Groups"))
        for n in range(8):
            assert (await port.revoke_invitation(UndoInput(key=f"a-{n}"))).undone
            assert (await port.delete_workspace(UndoInput(key=f"w-{n}"))).undone
    assert await resources(direct, "Groups") == await resources(direct, "Users") == []
    assert (await way.counts())["drop"] > 0
