"""Who may use which system, as long as it was granted for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal, Made
from connectors.store.effects import Effects, new_id
from connectors.store.engine import Store, insert_if_absent
from connectors.store.onboarding_tables import NOT_ENDED, access_grants
from contracts.access_request import AccessGrant, GrantAccessInput
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.ports import Clock

SYSTEM = "access"


class SqlAccess:
    """`AccessControl` over the store. A grant that has run out is held by nobody, revoked or not."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._effects = Effects(store, clock, SYSTEM)

    async def grant(self, request: GrantAccessInput) -> AccessGrant:
        """Gives a person a role in a system. Raises CONFLICT if they have it already."""

        async def make(connection: AsyncConnection) -> Made[AccessGrant]:
            now = self._clock()
            grant = AccessGrant(id=new_id("grant"))
            # What has run out and nobody has revoked yet is not in the way.
            await connection.execute(
                update(access_grants)
                .where(
                    access_grants.c.person_id == request.person_id,
                    access_grants.c.system == request.system,
                    access_grants.c.role == request.role,
                    access_grants.c.until <= now,
                    NOT_ENDED,
                )
                .values(ended_at=access_grants.c.until)
            )
            row = {**request.model_dump(), "id": grant.id, "granted_at": now}
            held = ("person_id", "system", "role")
            if not await insert_if_absent(connection, access_grants, row, *held, where=NOT_ENDED):
                raise ServiceFailure(FailureCode.CONFLICT, SYSTEM, "the person has the role already")
            return Made(grant, {"id": grant.id})

        return (await self._effects.once("access_grant", request, AccessGrant, make)).result

    async def revoke(self, undo: UndoInput) -> UndoResult:
        """Takes a role away; one that has run out keeps the time at which it did."""

        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            await connection.execute(
                update(access_grants)
                .where(access_grants.c.id == journal["id"], NOT_ENDED)
                .values(ended_at=self._clock())
            )
            return ()

        return await self._effects.undo("access_grant", undo, unmake)

    async def held_by(self, person_id: str, at: datetime) -> Sequence[str]:
        """Returns the roles in the order of their names."""
        query = (
            select(access_grants.c.system, access_grants.c.role)
            .where(
                access_grants.c.person_id == person_id,
                access_grants.c.granted_at <= at,
                access_grants.c.until > at,
                or_(access_grants.c.ended_at.is_(None), access_grants.c.ended_at > at),
            )
            .order_by(access_grants.c.system, access_grants.c.role)
        )
        return await self._store.fetch(SYSTEM, query, lambda row: f"{row['system']}:{row['role']}")
