"""Arrivals that overlap in time: whoever comes second waits for the first, and sees it."""

import asyncio
from datetime import timedelta

from connectors.store.arrivals import SqlArrivals
from connectors.store.engine import Store
from tests.connectors.examples import MONDAY_NINE, matches
from tests.connectors.slow_store import LONG_ENOUGH, SlowStore


async def test_later_lead_waits_for_the_earlier_one_that_is_being_registered(store_url: str) -> None:
    later = matches("lead-2", arrived_at=MONDAY_NINE + timedelta(seconds=1), email="Zoe+x@acme.example")
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        first = asyncio.create_task(SqlArrivals(slow).register(matches("lead-1"), 600))
        await asyncio.sleep(LONG_ENOUGH / 2)
        report = await SqlArrivals(fast).register(later, 600)
        await first
    assert [one.lead_id for one in report.in_flight] == ["lead-1"]
