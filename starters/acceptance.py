"""Notes what doors take, many items in one write where many come at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from contracts.reconciliation import Acceptances, AcceptedItem
from runtime.settings import Settings


class GatheredAcceptances:
    """`Acceptances` over others: what comes while a write is under way goes into the next one, together."""

    def __init__(self, accepted: Acceptances) -> None:
        self._accepted = accepted
        self._gathered: list[AcceptedItem] = []
        self._next: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def accept(self, items: Sequence[AcceptedItem]) -> None:
        """Returns once these items are noted; raises what the write that they were in raised."""
        self._gathered += items
        if self._next is None:
            self._next = asyncio.create_task(self._write_gathered())
        await asyncio.shield(self._next)

    async def _write_gathered(self) -> None:
        async with self._turn:
            items, self._gathered, self._next = self._gathered, [], None
            await self._accepted.accept(items)


class _StoreOnDemand:
    """`Acceptances` over the store of the settings, opened when something is first taken."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._opened: Acceptances | None = None

    async def accept(self, items: Sequence[AcceptedItem]) -> None:
        """Raises `CommandFailure` where the store does not take them: then nothing may be started."""
        # Late: most commands look at runs and start none, and the store takes half a second to import.
        from connectors.store.acceptances import SqlAcceptances
        from starters.reading import open_store, translated

        if self._opened is None:
            store = await self._stack.enter_async_context(open_store(self._settings))
            self._opened = SqlAcceptances(store)
        with translated("the store"):
            await self._opened.accept(items)


@asynccontextmanager
async def acceptances_of(settings: Settings) -> AsyncGenerator[Acceptances]:
    """Where the doors of a deployment note what they take."""
    async with AsyncExitStack() as stack:
        yield GatheredAcceptances(_StoreOnDemand(settings, stack))
