"""One worker at a time at a record: told apart by record, open again unless something may be under way."""

import pytest

from connectors.keyed import SETTLE, SOON
from connectors.store.books import SqlBooks
from connectors.store.engine import Store
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.conformance.onboarding_systems import remembered
from tests.connectors.conftest import SettableClock


async def is_open(store: Store, clock: SettableClock, record: str = "kim") -> bool:
    try:
        async with remembered(store, clock, "acme").alone(record):
            return True
    except ServiceFailure as failure:
        seen = (failure.code, failure.retry_after, failure.asked)
        return seen != (FailureCode.UNAVAILABLE, SOON, False)


async def test_others_wait_for_who_is_at_a_record_and_only_for_that(
    store: Store, clock: SettableClock
) -> None:
    async with remembered(store, clock, "acme").alone("kim"):
        assert not await is_open(store, clock)
        assert await is_open(store, clock, "ali")
    assert await is_open(store, clock)


@pytest.mark.parametrize("code", list(FailureCode))
async def test_record_stays_closed_while_a_change_may_be_under_way(
    store: Store, clock: SettableClock, code: FailureCode
) -> None:
    failure = ServiceFailure(code, "acme", "planted")
    with pytest.raises(ServiceFailure, match="planted"):
        async with remembered(store, clock, "acme").alone("kim"):
            raise failure
    assert await is_open(store, clock) is not failure.outcome_unknown
    clock.advance(seconds=SETTLE.total_seconds())
    assert await is_open(store, clock)


async def test_record_is_nobodys_effect(store: Store, clock: SettableClock) -> None:
    assert await is_open(store, clock)
    assert await SqlBooks(store).page(since=None, after="", limit=9) == ()
