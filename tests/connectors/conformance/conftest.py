"""Every implementation of every port. A new one is added to the parameters of its port, and has its suite."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable

import pytest
import pytest_asyncio

from connectors.remote_crm.loose_ends import RemoteLooseEnds
from connectors.store.acceptances import SqlAcceptances
from connectors.store.access import SqlAccess
from connectors.store.agreements import SqlAgreements
from connectors.store.allocator import SqlAllocator
from connectors.store.arrivals import SqlArrivals
from connectors.store.billing import SqlBilling
from connectors.store.books import SqlBooks
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from connectors.store.inbox import SqlInbox
from connectors.store.ledger import SqlLedger
from connectors.store.loose_ends import SqlLooseEnds
from connectors.store.outbox import SqlOutbox
from connectors.store.provisioning import SqlProvisioning
from connectors.store.scheduling import SqlScheduling
from contracts.limbo import LooseEnds
from contracts.onboarding_ports import (
    AccessControl,
    Accounts,
    Agreements,
    Billing,
    Correspondence,
    OnboardingLedger,
    Provisioning,
    Scheduling,
)
from contracts.ports import Allocator, Arrivals, Crm, Drafts, Inbox, Ledger, Notifier, Outbox
from contracts.reconciliation import Acceptances, Books
from contracts.remote_effects import EffectMemory
from contracts.scheduling import Slot
from rules.allocation import choose_owner
from tests.connectors.conformance.crm_worlds import CrmWorld, MakeCrmWorld, embedded
from tests.connectors.conformance.hubspot_world import hubspot_world
from tests.connectors.conformance.onboarding_systems import (
    ProvisioningBounds,
    on_calcom,
    on_google,
    on_stripe,
)
from tests.connectors.conformance.pipedrive_world import pipedrive_world
from tests.connectors.conformance.salesforce_world import salesforce_world
from tests.connectors.conftest import SettableClock
from tests.connectors.strict_calcom import LENGTH


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Runs systems of others over one backend: the memory of their effects has a suite on both."""
    left_out = [item for item in items if _is_doubled(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _is_doubled(item: pytest.Item) -> bool:
    params = getattr(getattr(item, "callspec", None), "params", {})
    named = [params.get(name, "embedded") for name in ("crm_world", "billing_name", "scheduling_name")]
    others = sum(name != "embedded" for name in (*named, getattr(params.get("case"), "on", "embedded")))
    return others > 1 or (others == 1 and params.get("backend") == "postgresql")


CRM_WORLDS: dict[str, MakeCrmWorld] = {
    "embedded": embedded,
    "hubspot": hubspot_world,
    "salesforce": salesforce_world,
    "pipedrive": pipedrive_world,
}


@pytest_asyncio.fixture(params=list(CRM_WORLDS))
async def crm_world(
    request: pytest.FixtureRequest, store: Store, clock: SettableClock
) -> AsyncGenerator[CrmWorld]:
    make = CRM_WORLDS[str(request.param)]
    async with make(store, clock) as world:
        yield world


@pytest.fixture
def crm(crm_world: CrmWorld) -> Crm:
    return crm_world.crm


@pytest.fixture
def effect_memory(store: Store, clock: SettableClock) -> EffectMemory:
    return SqlEffectMemory(store, clock, "acme")


@pytest.fixture
def accepted(store: Store) -> Acceptances:
    return SqlAcceptances(store)


@pytest.fixture
def loose_ends(store: Store, crm_world: CrmWorld) -> LooseEnds:
    own = SqlLooseEnds(store)
    return RemoteLooseEnds(own, crm_world.records) if crm_world.records else own


@pytest.fixture
def books(store: Store) -> Books:
    return SqlBooks(store)


@pytest.fixture
def arrivals(store: Store) -> Arrivals:
    return SqlArrivals(store)


@pytest.fixture
def allocator(store: Store, clock: SettableClock) -> Allocator:
    return SqlAllocator(store, clock, choose_owner)


@pytest.fixture
def notifier(store: Store, clock: SettableClock) -> Notifier:
    return SqlOutbox(store, clock)


@pytest.fixture
def drafts(store: Store, clock: SettableClock) -> Drafts:
    return SqlOutbox(store, clock)


@pytest.fixture
def outbox(store: Store, clock: SettableClock) -> Outbox:
    return SqlOutbox(store, clock)


@pytest.fixture
def inbox(store: Store, clock: SettableClock) -> Inbox:
    return SqlInbox(store, clock)


@pytest.fixture
def ledger(store: Store, clock: SettableClock) -> Ledger:
    return SqlLedger(store, clock)


@pytest.fixture
def accounts(crm_world: CrmWorld) -> Accounts:
    return crm_world.accounts


@pytest.fixture
def billing_name() -> str:
    """Which implementation; the suite of the port has all of them."""
    return "embedded"


@pytest_asyncio.fixture
async def billing(billing_name: str, store: Store, clock: SettableClock) -> AsyncIterator[Billing]:
    if billing_name == "embedded":
        yield SqlBilling(store, clock)
        return
    async with on_stripe(store, clock) as stripe:
        yield stripe.billing


@pytest.fixture
def provisioning(store: Store, clock: SettableClock) -> Provisioning:
    return SqlProvisioning(store, clock)


@pytest.fixture
def bounds() -> ProvisioningBounds:
    return ProvisioningBounds()


@pytest.fixture
def scheduling_name() -> str:
    """Which implementation; the suite of the port has all of them."""
    return "embedded"


@pytest_asyncio.fixture
async def scheduling(scheduling_name: str, store: Store, clock: SettableClock) -> AsyncIterator[Scheduling]:
    if scheduling_name == "embedded":
        yield SqlScheduling(store, clock)
    elif scheduling_name == "google_calendar":
        async with on_google(store, clock) as google:
            yield google.scheduling
    else:
        async with on_calcom(store, clock) as calcom:
            yield calcom.scheduling


@pytest.fixture
def offers(scheduling_name: str) -> Callable[[Slot], bool]:
    """Whether a host can be met then at all: Cal.com knows the times of its event types only."""

    def on_the_grid(slot: Slot) -> bool:
        return slot.ends_at - slot.starts_at == LENGTH and slot.starts_at.minute % 30 == 0

    return on_the_grid if scheduling_name == "calcom" else lambda _: True


@pytest.fixture
def agreements(store: Store, clock: SettableClock) -> Agreements:
    return SqlAgreements(store, clock)


@pytest.fixture
def correspondence(store: Store, clock: SettableClock) -> Correspondence:
    return SqlOutbox(store, clock)


@pytest.fixture
def onboarding_ledger(store: Store, clock: SettableClock) -> OnboardingLedger:
    return SqlLedger(store, clock)


@pytest.fixture
def access(store: Store, clock: SettableClock) -> AccessControl:
    return SqlAccess(store, clock)
