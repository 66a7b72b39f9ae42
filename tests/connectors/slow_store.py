"""A store whose writes overlap, so that what waits for them can be seen to wait."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.engine import Store, T, Work

LONG_ENOUGH = 0.15


class SlowStore(Store):
    """A store whose writes are done for a moment before they last."""

    async def write(self, system: str, work: Work[T]) -> T:
        async def slowly(connection: AsyncConnection) -> T:
            result = await work(connection)
            await asyncio.sleep(LONG_ENOUGH)
            return result

        return await super().write(system, slowly)
