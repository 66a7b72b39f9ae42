"""Turns among the owners of a pool, taken one at a time by all workers of a deployment."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal, Made
from connectors.store.effects import Effects
from connectors.store.engine import Store, insert_if_absent
from connectors.store.tables import owner_loads, pools
from contracts.crm import UndoInput, UndoResult
from contracts.ports import AllocationRequest, Clock, OwnerChooser
from contracts.routing import Allocation, OwnerLoad

SYSTEM = "allocator"


class _NobodyEligible(Exception):
    """Ends the transaction that claimed the key, so that nothing of it stays."""

    def __init__(self, allocation: Allocation) -> None:
        super().__init__("nobody is eligible")
        self.allocation = allocation


class SqlAllocator:
    """`Allocator` over the store; who is chosen is a rule that it is given."""

    def __init__(self, store: Store, clock: Clock, choose: OwnerChooser) -> None:
        self._effects = Effects(store, clock, SYSTEM)
        self._choose = choose

    async def allocate(self, request: AllocationRequest) -> Allocation:
        """Chooses an owner and remembers the turn.

        That nobody is eligible takes no turn and is not remembered: the key stays free for another pool.
        """

        async def make(connection: AsyncConnection) -> Made[Allocation]:
            before = await _locked_loads(connection, request.pool_name)
            choice = self._choose(request, before)
            if choice.allocation.owner_id is None:
                raise _NobodyEligible(choice.allocation)
            changed = [load for load in choice.loads if load not in before]
            await _save(connection, request.pool_name, changed)
            return Made(choice.allocation, _journal(request.pool_name, before, changed))

        try:
            return (await self._effects.once("allocation", request, Allocation, make)).result
        except _NobodyEligible as refusal:
            return refusal.allocation

    async def release(self, undo: UndoInput) -> UndoResult:
        """Gives the turn back to everybody who took part in it, and the place in the owner's day."""

        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            standing = {load.owner_id: load for load in await _locked_loads(connection, journal["pool"])}
            returned = [
                _given_back(standing[turn["owner_id"]], turn)
                for turn in journal["turns"]
                if turn["owner_id"] in standing
            ]
            await _save(connection, journal["pool"], returned)
            return ()

        return await self._effects.undo("allocation", undo, unmake)


async def _locked_loads(connection: AsyncConnection, pool: str) -> tuple[OwnerLoad, ...]:
    await insert_if_absent(connection, pools, {"name": pool}, "name")
    await connection.execute(select(pools).where(pools.c.name == pool).with_for_update())
    rows = await connection.execute(
        select(owner_loads).where(owner_loads.c.pool == pool).order_by(owner_loads.c.owner_id)
    )
    return tuple(OwnerLoad.model_validate(dict(row)) for row in rows.mappings())


async def _save(connection: AsyncConnection, pool: str, loads: Sequence[OwnerLoad]) -> None:
    if not loads:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(owner_loads).values([{"pool": pool, **load.model_dump()} for load in loads])
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["pool", "owner_id"],
            set_={name: statement.excluded[name] for name in ("credit", "day", "taken")},
        )
    )


def _journal(pool: str, before: Sequence[OwnerLoad], changed: Sequence[OwnerLoad]) -> Journal:
    """What the turn changed, as differences: by the time it is given back, others have had theirs."""
    standing = {load.owner_id: load for load in before}
    turns: list[dict[str, Any]] = []
    for load in changed:
        was = standing.get(load.owner_id, OwnerLoad(owner_id=load.owner_id))
        taken_before = was.taken if was.day == load.day else 0
        turns.append(
            {
                "owner_id": load.owner_id,
                "credit": load.credit - was.credit,
                "day": load.day,
                "taken": load.taken - taken_before,
            }
        )
    return {"pool": pool, "turns": turns}


def _given_back(load: OwnerLoad, turn: dict[str, Any]) -> OwnerLoad:
    same_day = load.day == turn["day"]
    return load.model_copy(
        update={
            "credit": load.credit - turn["credit"],
            "taken": max(0, load.taken - turn["taken"]) if same_day else load.taken,
        }
    )
