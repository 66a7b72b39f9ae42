"""What we remember of effects on systems of others, beside those on the store's own records."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.effects import BEGUN, DONE, UNDONE
from connectors.store.engine import Store, insert_if_absent
from connectors.store.tables import effects
from contracts.crm import UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.ids import workflow_of_effect
from contracts.ports import Clock
from contracts.remote_effects import ClaimEffectInput, Document, EffectClaim, StandingEffect


class SqlEffectMemory:
    """`EffectMemory` over the store, for one system.

    Args:
        store: where it is kept.
        clock: holds run out by it.
        system: for failures.
    """

    def __init__(self, store: Store, clock: Clock, system: str) -> None:
        self._store = store
        self._clock = clock
        self._system = system

    async def claim(self, request: ClaimEffectInput) -> EffectClaim:
        """Takes a key for one call."""

        async def work(connection: AsyncConnection) -> EffectClaim:
            if await insert_if_absent(connection, effects, self._row(request, BEGUN), "key"):
                return EffectClaim()
            row = await self._row_of(connection, request)
            if row.state == UNDONE:
                raise self._conflict(f"{request.kind} came too late: its key was undone before")
            if row.state == DONE:
                return EffectClaim(result=row.result)
            await self._hold(connection, request, row)
            return EffectClaim(tried_before=True, journal=row.journal or {})

        return await self._store.write(self._system, work)

    async def note(self, key: str, journal: Document) -> None:
        """Remembers what a write is about to overwrite."""
        await self._change(key, journal=journal)

    async def finish(self, key: str, result: Document, journal: Document) -> None:
        """Remembers what a call came to, and lets the key go."""
        await self._change(key, state=DONE, result=result, journal=journal, held_until=None)

    async def let_go(self, key: str, after: timedelta = timedelta()) -> None:
        """Lets a key go when so much time has passed."""
        await self._change(key, held_until=self._clock() + after if after else None)

    async def claim_undo(self, request: ClaimEffectInput) -> StandingEffect:
        """Takes a key to undo its effect."""
        nothing = UndoResult(undone=False)

        async def work(connection: AsyncConnection) -> StandingEffect:
            mark = self._row(request, UNDONE) | {
                "held_until": None,
                "undone_at": self._clock(),
                "undo_result": nothing.model_dump(mode="json"),
            }
            if await insert_if_absent(connection, effects, mark, "key"):
                return StandingEffect(undo_result=nothing)
            row = await self._row_of(connection, request)
            if row.state == UNDONE:
                return StandingEffect(undo_result=UndoResult.model_validate(row.undo_result))
            await self._hold(connection, request, row)
            return StandingEffect(result=row.result, journal=row.journal or {})

        return await self._store.write(self._system, work)

    async def finish_undo(self, key: str, result: UndoResult) -> None:
        """Remembers that an effect is undone."""
        await self._change(
            key,
            state=UNDONE,
            undone_at=self._clock(),
            undo_result=result.model_dump(mode="json"),
            held_until=None,
        )

    async def _row_of(self, connection: AsyncConnection, request: ClaimEffectInput) -> Any:
        query = select(effects).where(effects.c.key == request.key).with_for_update()
        row = (await connection.execute(query)).one()
        if row.kind != request.kind:
            raise self._conflict(f"the key of this {request.kind} belongs to a {row.kind} already")
        return row

    async def _hold(self, connection: AsyncConnection, request: ClaimEffectInput, row: Any) -> None:
        now = self._clock()
        if row.held_until is not None and row.held_until > now:
            raise ServiceFailure(
                FailureCode.UNAVAILABLE,
                self._system,
                f"another call under the key of this {request.kind} is under way",
                retry_after=row.held_until - now,
                asked=False,
            )
        until = now + timedelta(seconds=request.hold_seconds)
        await connection.execute(update(effects).where(effects.c.key == request.key).values(held_until=until))

    def _row(self, request: ClaimEffectInput, state: str) -> dict[str, Any]:
        now = self._clock()
        return {
            "key": request.key,
            "workflow_id": workflow_of_effect(request.key),
            "kind": request.kind,
            "state": state,
            "request_digest": request.request_digest or None,
            "created_at": now,
            "held_until": now + timedelta(seconds=request.hold_seconds),
        }

    async def _change(self, key: str, **values: Any) -> None:
        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(effects).where(effects.c.key == key).values(**values))

        await self._store.write(self._system, work)

    def _conflict(self, message: str) -> ServiceFailure:
        return ServiceFailure(FailureCode.CONFLICT, self._system, message, asked=False)
