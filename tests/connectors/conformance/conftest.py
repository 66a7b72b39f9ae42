"""Every implementation of every port. A new one is added to the parameters of its port, and has its suite."""

import pytest

from connectors.store.allocator import SqlAllocator
from connectors.store.arrivals import SqlArrivals
from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.inbox import SqlInbox
from connectors.store.ledger import SqlLedger
from connectors.store.outbox import SqlOutbox
from contracts.ports import Allocator, Arrivals, Crm, Drafts, Inbox, Ledger, Notifier, Outbox
from rules.allocation import choose_owner
from tests.connectors.conftest import SettableClock


@pytest.fixture
def crm(store: Store, clock: SettableClock) -> Crm:
    return SqlCrm(store, clock)


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
