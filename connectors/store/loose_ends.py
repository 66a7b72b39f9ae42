"""Records that are left lying, each kind by one query a page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, exists, literal, select

from connectors.store.engine import Store
from connectors.store.tables import decisions, effects, outbox, outcomes, tasks, works
from contracts.follow_through import CLOSING_OUTCOMES
from contracts.ids import follow_through_workflow_id, workflow_of_effect
from contracts.lead_intake import IntakeState
from contracts.limbo import LimboKind, LooseEnd
from contracts.matching import WorkKind
from contracts.messages import OutboxStatus

SYSTEM = "loose ends"

Found = Select[Any, Any, Any, Any]
Query = Callable[[datetime, str], Found]


class SqlLooseEnds:
    """`LooseEnds` over the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def found(
        self, kind: LimboKind, *, before: datetime, after: str, limit: int
    ) -> tuple[LooseEnd, ...]:
        """Returns one page of what is left lying.

        Raises:
            KeyError: that kind is not found in the store.
        """
        return await self._store.fetch(SYSTEM, _QUERIES[kind](before, after).limit(limit), _loose_end)

    async def told(self, keys: Sequence[str]) -> frozenset[str]:
        """Returns the keys under which something was done."""
        query = select(effects.c.key).where(effects.c.key.in_(keys))
        return frozenset(await self._store.fetch(SYSTEM, query, lambda row: str(row["key"])))


def _open_work(before: datetime, after: str) -> Found:
    return (
        select(
            works.c.key.label("run"),
            works.c.id.label("record_id"),
            works.c.created_at.label("since"),
            works.c.owner_id.label("owner_id"),
        )
        .where(works.c.is_open, works.c.created_at < before, works.c.id > after)
        .order_by(works.c.id)
    )


def _without_owner(before: datetime, after: str) -> Found:
    return _open_work(before, after).where(works.c.owner_id.is_(None))


def _without_task(before: datetime, after: str) -> Found:
    task = exists().where(tasks.c.work_id == works.c.id, tasks.c.is_open)
    return _open_work(before, after).where(~task)


def _unreviewed(before: datetime, after: str) -> Found:
    return (
        select(
            outbox.c.key.label("run"),
            outbox.c.id.label("record_id"),
            outbox.c.created_at.label("since"),
            outbox.c.author_id.label("owner_id"),
        )
        .where(
            outbox.c.status == OutboxStatus.AWAITING_APPROVAL,
            outbox.c.created_at < before,
            outbox.c.id > after,
        )
        .order_by(outbox.c.id)
    )


def _overdue_tickets(before: datetime, after: str) -> Found:
    return (
        select(
            tasks.c.key.label("run"),
            tasks.c.id.label("record_id"),
            tasks.c.due_at.label("since"),
            works.c.owner_id.label("owner_id"),
        )
        .join_from(tasks, works, works.c.id == tasks.c.work_id)
        .where(
            works.c.kind == WorkKind.TICKET,
            works.c.is_open,
            tasks.c.is_open,
            tasks.c.due_at < before,
            tasks.c.id > after,
        )
        .order_by(tasks.c.id)
    )


def _without_outcome(before: datetime, after: str) -> Found:
    closed = exists().where(
        outcomes.c.lead_id == decisions.c.lead_id, outcomes.c.outcome.in_(tuple(CLOSING_OUTCOMES))
    )
    owner = decisions.c.document[("handover", "owner_id")].as_string()
    return (
        select(
            (literal(follow_through_workflow_id("")) + decisions.c.lead_id).label("run"),
            decisions.c.lead_id.label("record_id"),
            decisions.c.at.label("since"),
            owner.label("owner_id"),
        )
        .where(
            decisions.c.outcome == IntakeState.HANDED_OVER,
            decisions.c.at < before,
            decisions.c.lead_id > after,
            ~closed,
        )
        .order_by(decisions.c.lead_id)
    )


_QUERIES: Mapping[LimboKind, Query] = {
    LimboKind.RECORD_WITHOUT_OWNER: _without_owner,
    LimboKind.RECORD_WITHOUT_TASK: _without_task,
    LimboKind.DRAFT_UNREVIEWED: _unreviewed,
    LimboKind.TICKET_OVERDUE: _overdue_tickets,
    LimboKind.LEAD_WITHOUT_OUTCOME: _without_outcome,
}


def _loose_end(row: RowMapping) -> LooseEnd:
    return LooseEnd(workflow_of_effect(row["run"]), row["record_id"], row["since"], row["owner_id"])
