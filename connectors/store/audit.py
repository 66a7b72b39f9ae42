"""Counts over the store, for whoever checks that nothing was lost and nothing happened twice."""

from typing import Any, NamedTuple

from sqlalchemy import func, literal, select, union_all

from connectors.store.effects import DONE
from connectors.store.engine import Store
from connectors.store.tables import effects, metadata

SYSTEM = "audit"
_ONCE_PER_RUN = (
    "lead_records",
    "decision",
    "approval_opened",
    "approval_closed",
    "account",
    "billing_customer",
    "subscription",
    "workspace",
    "admin_invitation",
    "booking",
    "onboarding",
    "access_grant",
)
"""Kinds of effect that one run makes once, whatever its keys look like."""


class EffectLine(NamedTuple):
    """One effect as it stands."""

    key: str
    kind: str
    state: str


class RememberedEffect(NamedTuple):
    """One effect with what it came to."""

    key: str
    kind: str
    state: str
    result: dict[str, Any] | None


class SqlAudit:
    """Reads what the store says about its own effects."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def effects_by_workflow(self, workflow_id: str) -> tuple[EffectLine, ...]:
        """Returns the effects of one run in the order of their making, undone ones too."""
        query = (
            select(effects.c.key, effects.c.kind, effects.c.state)
            .where(effects.c.workflow_id == workflow_id)
            .order_by(effects.c.created_at, effects.c.key)
        )
        return await self._store.fetch(SYSTEM, query, lambda row: EffectLine(**row))

    async def all_effects(self) -> tuple[RememberedEffect, ...]:
        """Returns the effects of all runs in the order of their making, undone ones and open calls too."""
        columns = [effects.c[name] for name in RememberedEffect._fields]
        query = select(*columns).order_by(effects.c.created_at, effects.c.key)
        return await self._store.fetch(SYSTEM, query, lambda row: RememberedEffect(**row))

    async def counts(self) -> dict[str, int]:
        """Returns the number of rows by table."""
        query = union_all(
            *(
                select(literal(table.name).label("name"), func.count().label("rows")).select_from(table)
                for table in metadata.sorted_tables
            )
        )
        return dict(await self._store.fetch(SYSTEM, query, lambda row: (str(row["name"]), int(row["rows"]))))

    async def duplicate_effects(self) -> tuple[tuple[str, str, int], ...]:
        """Returns run, kind and number where a run made more than once what it may make once."""
        query = (
            select(effects.c.workflow_id, effects.c.kind, func.count().label("times"))
            .where(effects.c.state == DONE, effects.c.kind.in_(_ONCE_PER_RUN))
            .group_by(effects.c.workflow_id, effects.c.kind)
            .having(func.count() > 1)
            .order_by(effects.c.workflow_id)
        )
        return await self._store.fetch(
            SYSTEM, query, lambda row: (row["workflow_id"], row["kind"], int(row["times"]))
        )
