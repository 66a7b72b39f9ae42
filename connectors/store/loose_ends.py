"""Records that are left lying, each kind by one query a page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, exists, literal, or_, select

from connectors.store.engine import Store
from connectors.store.tables import decisions, effects, outbox, outcomes, tasks, works
from contracts.follow_through import CLOSING_OUTCOMES
from contracts.ids import follow_through_workflow_id, intake_workflow_id, workflow_of_effect
from contracts.lead_intake import IntakeState
from contracts.limbo import TELL_LIMBO, LimboKind, LooseEnd, LooseEndPage
from contracts.matching import WorkKind
from contracts.messages import OutboxStatus

SYSTEM = "loose ends"

SHOWN_FOR = timedelta(days=14)
"""A message that has reached nobody for so long is past mending."""

Found = Select[Any, Any, Any, Any]
Query = Callable[[datetime, str], Found]


class SqlLooseEnds:
    """`LooseEnds` over the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def found(self, kind: LimboKind, *, before: datetime, cursor: str, limit: int) -> LooseEndPage:
        """Returns one page of what is left lying.

        Raises:
            KeyError: that kind is not found in the store.
        """
        query = _QUERIES[kind](before, cursor).limit(limit)
        ends = tuple(await self._store.fetch(SYSTEM, query, _loose_end))
        return LooseEndPage(ends, ends[-1].record_id if len(ends) == limit else "")

    async def in_hand(self, *, before: datetime, cursor: str, limit: int) -> LooseEndPage:
        """Returns work that was handed over before then, and whose lead has no closing outcome yet."""
        query = _in_hand(before, cursor).limit(limit)
        rows = await self._store.fetch(SYSTEM, query, lambda row: (_loose_end(row), str(row["lead_id"])))
        return LooseEndPage(tuple(end for end, _ in rows), rows[-1][1] if len(rows) == limit else "")

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


def _undelivered(before: datetime, after: str) -> Found:
    detail = outbox.c.kind + literal(" by ") + outbox.c.failed_on + literal(", ") + outbox.c.failure
    return (
        select(
            outbox.c.workflow_id.label("run"),
            outbox.c.id.label("record_id"),
            outbox.c.first_send_at.label("since"),
            outbox.c.author_id.label("owner_id"),
        )
        .add_columns(detail.label("detail"))
        .where(
            outbox.c.status.in_((OutboxStatus.HELD, OutboxStatus.UNDELIVERABLE)),
            outbox.c.failure.is_not(None),
            # Those that go out as one fail as one.
            or_(outbox.c.batch.is_(None), outbox.c.batch == outbox.c.id),
            outbox.c.first_send_at < before,
            outbox.c.first_send_at > before - SHOWN_FOR,
            # What tells of such a message may fail for the same reason, and is told of no more.
            ~outbox.c.key.contains(f"#{TELL_LIMBO}#{LimboKind.MESSAGE_UNDELIVERED}-", autoescape=True),
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
    return _handed_over(follow_through_workflow_id(""), decisions.c.lead_id, before, after)


def _in_hand(before: datetime, after: str) -> Found:
    work_id = decisions.c.document[("handover", "work_id")].as_string()
    of_leads = _handed_over(intake_workflow_id(""), work_id, before, after)
    return of_leads.where(work_id.is_not(None)).add_columns(decisions.c.lead_id)


def _handed_over(run_prefix: str, record_id: ColumnElement[str], before: datetime, after: str) -> Found:
    """Leads that were handed over and have no closing outcome, in the order of their ids."""
    closed = exists().where(
        outcomes.c.lead_id == decisions.c.lead_id, outcomes.c.outcome.in_(tuple(CLOSING_OUTCOMES))
    )
    owner = decisions.c.document[("handover", "owner_id")].as_string()
    return (
        select(
            (literal(run_prefix) + decisions.c.lead_id).label("run"),
            record_id.label("record_id"),
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
    LimboKind.MESSAGE_UNDELIVERED: _undelivered,
    LimboKind.TICKET_OVERDUE: _overdue_tickets,
    LimboKind.LEAD_WITHOUT_OUTCOME: _without_outcome,
}


def _loose_end(row: RowMapping) -> LooseEnd:
    return LooseEnd(
        workflow_of_effect(row["run"]),
        row["record_id"],
        row["since"],
        row["owner_id"],
        row.get("detail", ""),
    )
