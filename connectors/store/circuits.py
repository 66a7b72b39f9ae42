"""How systems have been doing, as all workers of a store see it."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.engine import Store, insert_if_absent
from connectors.store.tables import circuits
from contracts.circuits import CircuitState
from contracts.names import System

SYSTEM = "store"

_COLUMNS = (
    circuits.c.system,
    circuits.c.budget_left,
    circuits.c.tries,
    circuits.c.open_until,
    circuits.c.trying_until,
)


class SqlCircuits:
    """`Circuits` over the store: a row per system that has ever failed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, system: System) -> CircuitState | None:
        """Returns what is remembered; None where nothing ever failed."""
        query = select(*_COLUMNS).where(circuits.c.system == system)
        found = await self._store.fetch(SYSTEM, query, CircuitState.model_validate)
        return found[0] if found else None

    async def read_all(self) -> tuple[CircuitState, ...]:
        """Returns what is remembered of every system, by name."""
        query = select(*_COLUMNS).order_by(circuits.c.system)
        return await self._store.fetch(SYSTEM, query, CircuitState.model_validate)

    async def change(
        self, untroubled: CircuitState, change: Callable[[CircuitState], CircuitState]
    ) -> CircuitState:
        """Changes what is remembered, one worker at a time.

        Args:
            untroubled: what is changed where nothing is remembered yet.
            change: returns the next state.
        """

        async def work(connection: AsyncConnection) -> CircuitState:
            await insert_if_absent(connection, circuits, untroubled.model_dump(), "system")
            mine = circuits.c.system == untroubled.system
            row = (await connection.execute(select(*_COLUMNS).where(mine).with_for_update())).mappings().one()
            before = CircuitState.model_validate(row)
            after = change(before)
            if after != before:
                values = after.model_dump(exclude={"system"})
                await connection.execute(circuits.update().where(mine).values(values))
            return after

        return await self._store.write(SYSTEM, work)
