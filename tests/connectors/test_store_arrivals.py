"""Arrivals that overlap in time: whoever comes second waits for the first, and sees it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.arrivals import SqlArrivals
from connectors.store.engine import Store
from tests.connectors.examples import MONDAY_NINE, matches

LONG_ENOUGH = 0.15


class SlowStore(Store):
    """A store whose writes take a moment before they last."""

    @asynccontextmanager
    async def writing(self, system: str) -> AsyncIterator[AsyncConnection]:
        async with super().writing(system) as connection:
            yield connection
            await asyncio.sleep(LONG_ENOUGH)


async def test_later_lead_waits_for_the_earlier_one_that_is_being_registered(store_url: str) -> None:
    later = matches("lead-2", arrived_at=MONDAY_NINE + timedelta(seconds=1), email="Zoe+x@acme.example")
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        first = asyncio.create_task(SqlArrivals(slow).register(matches("lead-1"), 600))
        await asyncio.sleep(LONG_ENOUGH / 2)
        report = await SqlArrivals(fast).register(later, 600)
        await first
    assert [one.lead_id for one in report.in_flight] == ["lead-1"]
