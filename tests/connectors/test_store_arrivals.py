"""Registrations that overlap in time: whoever comes second waits for the first, and sees it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.store.arrivals import SqlArrivals
from connectors.store.engine import Store
from connectors.store.tables import arrivals
from tests.connectors.examples import MONDAY_NINE, matches
from tests.connectors.slow_store import LONG_ENOUGH, SlowStore


@pytest.mark.parametrize("seconds", [-1, 0, 1])
async def test_lead_waits_for_the_one_that_is_being_registered_and_sees_it(
    store_url: str, seconds: float
) -> None:
    second = matches(
        "lead-0", arrived_at=MONDAY_NINE + timedelta(seconds=seconds), email="Zoe+x@acme.example"
    )
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        first = asyncio.create_task(SqlArrivals(slow).register(matches("lead-1"), 600))
        await asyncio.sleep(LONG_ENOUGH / 2)
        report = await SqlArrivals(fast).register(second, 600)
        assert (await first).in_flight == ()
        again = await SqlArrivals(fast).register(matches("lead-1"), 600)
    assert [one.lead_id for one in report.in_flight] == ["lead-1"]
    assert again.in_flight == ()


async def test_number_of_a_lead_grows_and_stays(store: Store) -> None:
    for lead_id in ("lead-b", "lead-a", "lead-b", "lead-c", "lead-a"):
        await SqlArrivals(store).register(matches(lead_id), 600)
    query = select(arrivals.c.lead_id).order_by(arrivals.c.number)
    assert await store.fetch("test", query, lambda row: row["lead_id"]) == ("lead-b", "lead-a", "lead-c")
