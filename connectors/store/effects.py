"""One effect per key: claimed, made and remembered in one transaction, and undone at most once."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal, Keyed, Made, Once, R, digest_of
from connectors.store.engine import Store, insert_if_absent
from connectors.store.tables import effects
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.ids import workflow_of_effect
from contracts.ports import Clock

_FINISH = update(effects).where(effects.c.key == bindparam("its_key"))

BEGUN = "begun"
"""A call to a system of others is under way, or ended without us knowing how."""
DONE = "done"
UNDONE = "undone"


class Effects:
    """Makes and undoes the effects of one system, each under its key."""

    def __init__(self, store: Store, clock: Clock, system: str) -> None:
        self._store = store
        self._clock = clock
        self._system = system

    async def once(
        self,
        kind: str,
        request: Keyed,
        result_type: type[R],
        make: Callable[[AsyncConnection], Awaitable[Made[R]]],
    ) -> Once[R]:
        """Calls `make` unless the key has a result already, which is returned then whatever is asked now.

        Raises:
            ServiceFailure: CONFLICT if the key was undone, or belongs to another kind of effect.
        """

        async def claim_and_make(connection: AsyncConnection) -> Once[R]:
            if not await self._claim(connection, request.key, kind, digest=digest_of(request)):
                first = await self._first_result(connection, request.key, kind, result_type)
                return Once(first, repeated=True)
            made = await make(connection)
            outcome = {"result": made.result.model_dump(mode="json"), "journal": made.journal}
            await connection.execute(_FINISH, {"its_key": request.key, **outcome})
            return Once(made.result, repeated=False)

        return await self._store.write(self._system, claim_and_make)

    async def undo(
        self,
        kind: str,
        undo: UndoInput,
        unmake: Callable[[AsyncConnection, Journal], Awaitable[tuple[str, ...]]],
    ) -> UndoResult:
        """Calls `unmake`, which returns what it left alone, if the key's effect stands; once.

        An undo that comes before its step leaves a mark, and the step is refused when it arrives.
        """

        async def unmake_once(connection: AsyncConnection) -> UndoResult:
            nothing = UndoResult(undone=False)
            if await self._claim(connection, undo.key, kind, undone=nothing):
                return nothing
            row = await self._row(connection, undo.key, kind)
            if row.state == UNDONE:
                return UndoResult.model_validate(row.undo_result)
            result = UndoResult(undone=True, kept=await unmake(connection, row.journal))
            await connection.execute(
                update(effects)
                .where(effects.c.key == undo.key)
                .values(state=UNDONE, undone_at=self._clock(), undo_result=result.model_dump(mode="json"))
            )
            return result

        return await self._store.write(self._system, unmake_once)

    async def bar(self, connection: AsyncConnection, kind: str, key: str) -> None:
        """Refuses a step from now on if it has not happened yet."""
        await self._claim(connection, key, kind, undone=UndoResult(undone=False))

    async def _claim(
        self,
        connection: AsyncConnection,
        key: str,
        kind: str,
        *,
        digest: str | None = None,
        undone: UndoResult | None = None,
    ) -> bool:
        """Takes a key, for a step or for the undo that came before it; returns whether it was free."""
        now = self._clock()
        row = {
            "key": key,
            "workflow_id": workflow_of_effect(key),
            "kind": kind,
            "state": UNDONE if undone else DONE,
            "request_digest": digest,
            "created_at": now,
            "undone_at": now if undone else None,
            "undo_result": undone.model_dump(mode="json") if undone else None,
        }
        return await insert_if_absent(connection, effects, row, "key")

    async def _first_result(
        self, connection: AsyncConnection, key: str, kind: str, result_type: type[R]
    ) -> R:
        row = await self._row(connection, key, kind)
        if row.state == UNDONE:
            raise ServiceFailure(
                FailureCode.CONFLICT, self._system, f"{kind} came too late: its key was undone before"
            )
        return result_type.model_validate(row.result)

    async def _row(self, connection: AsyncConnection, key: str, kind: str) -> Any:
        row = (await connection.execute(select(effects).where(effects.c.key == key).with_for_update())).one()
        if row.kind != kind:
            raise ServiceFailure(
                FailureCode.CONFLICT, self._system, f"the key of this {kind} belongs to a {row.kind} already"
            )
        return row


def new_id(prefix: str) -> str:
    """An opaque id that nobody can guess and that says only what kind of record it is."""
    return f"{prefix}_{uuid4().hex[:24]}"
