"""What the store knows of runs, gathered from the doors' notes, the effects, the ledger and the inbox.

A page costs a handful of queries, however many runs are on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Executable, RowMapping, Select, and_, literal, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.effects import DONE
from connectors.store.engine import Store
from connectors.store.onboarding_tables import onboardings
from connectors.store.tables import acceptances, approval_tasks, decisions, effects, outcomes
from contracts.follow_through import CLOSING_OUTCOMES, LeadOutcome
from contracts.ids import (
    follow_through_workflow_id,
    intake_workflow_id,
    onboarding_workflow_id,
    subject_of,
)
from contracts.lead_intake import IntakeState
from contracts.matching import WorkKind
from contracts.onboarding_states import OnboardingState
from contracts.reconciliation import BookedRun

SYSTEM = "books"

RECORDS = frozenset(
    {
        "lead_records",
        "task",
        "note",
        "account",
        "billing_customer",
        "subscription",
        "workspace",
        "admin_invitation",
        "booking",
        "access_grant",
        "approval_opened",
    }
)
"""Kinds of effects that are records which people rely on; the others tell, allocate or move something."""

_TAKEN_BACK = frozenset({IntakeState.UNDONE.value, OnboardingState.UNDONE.value, OnboardingState.CANCELLED})
"""Ends whose effects are not expected to stand."""

_CLOSED_APPROVAL = "approval_closed"
_FOLLOWED = decisions.c.document[("result", "follow_through_id")].as_string()
_WORK_KIND = decisions.c.document[("handover", "work_kind")].as_string()
_FOLLOW = follow_through_workflow_id("")
_OUTCOMES_OF_WORK = outcomes.join(decisions, decisions.c.lead_id == outcomes.c.lead_id)
_WON_DEAL = and_(outcomes.c.outcome == LeadOutcome.CLOSED_WON, WorkKind.DEAL.value == _WORK_KIND)


class _Effect(NamedTuple):
    key: str
    workflow_id: str
    kind: str
    state: str
    created_at: datetime


class SqlBooks:
    """`Books` over the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, *, since: datetime | None, after: str, limit: int) -> tuple[BookedRun, ...]:
        """Returns the next runs in the order of their ids."""
        known = await self._store.fetch(
            SYSTEM, _ids(since, after, limit), lambda row: str(row["workflow_id"])
        )
        found = await self.of(known)
        return tuple(found[workflow_id] for workflow_id in known if workflow_id in found)

    async def of(self, workflow_ids: Sequence[str]) -> Mapping[str, BookedRun]:
        """Returns what the doors' notes, the effects, the ledger and the inbox say of these runs."""

        async def work(connection: AsyncConnection) -> Mapping[str, BookedRun]:
            page = _Page(workflow_ids)
            await page.read(connection)
            return page.booked()

        return await self._store.read(SYSTEM, work) if workflow_ids else {}


class _Page:
    """A page of runs while it is being put together."""

    def __init__(self, workflow_ids: Sequence[str]) -> None:
        self._ids = tuple(workflow_ids)
        self._effects: dict[str, list[_Effect]] = defaultdict(list)
        self._fields: dict[str, dict[str, Any]] = defaultdict(dict)
        self._named: dict[str, tuple[str, ...]] = {}

    async def read(self, connection: AsyncConnection) -> None:
        """Asks each table once."""
        ids, leads = self._ids, tuple(dict.fromkeys(_leads_of(self._ids)))
        for row in await _rows(connection, select(acceptances).where(acceptances.c.workflow_id.in_(ids))):
            self._note(row["workflow_id"], row["accepted_at"], accepted_at=row["accepted_at"])
        columns = [effects.c[name] for name in _Effect._fields]
        for row in await _rows(connection, select(*columns).where(effects.c.workflow_id.in_(ids))):
            self._take_effect(_Effect(**row))
        for row in await _rows(connection, _decided(leads)):
            self._take_decision(row)
        for row in await _rows(connection, _outcomes(leads)):
            self._take_outcome(row)
        for row in await _rows(connection, _onboarded(ids)):
            self._end(row["workflow_id"], row["at"], row["outcome"], row["named"])
        for row in await _rows(
            connection, select(approval_tasks).where(approval_tasks.c.request_id.in_(ids))
        ):
            self._note(row["request_id"], row["opened_at"])
            if row["status"] != "open":
                self._end(row["request_id"], row["decided_at"] or row["opened_at"], row["status"])

    def booked(self) -> dict[str, BookedRun]:
        """Every run of the page of which something is known."""
        return {
            workflow_id: self._run(workflow_id) for workflow_id in self._ids if workflow_id in self._fields
        }

    def _run(self, workflow_id: str) -> BookedRun:
        made = self._effects[workflow_id]
        standing = {effect.key for effect in made if effect.state == DONE}
        kinds = dict.fromkeys(effect.kind for effect in made if effect.key in standing)
        return BookedRun(
            workflow_id=workflow_id,
            records=tuple(kind for kind in kinds if kind in RECORDS),
            effects=len(standing),
            missing_effects=tuple(key for key in self._named.get(workflow_id, ()) if key not in standing),
            **self._fields[workflow_id],
        )

    def _take_effect(self, effect: _Effect) -> None:
        self._effects[effect.workflow_id].append(effect)
        self._note(effect.workflow_id, effect.created_at)
        if effect.kind == _CLOSED_APPROVAL:
            self._note(effect.workflow_id, effect.created_at, outcome="closed")

    def _take_decision(self, row: RowMapping) -> None:
        self._end(intake_workflow_id(row["lead_id"]), row["at"], row["outcome"], row["named"])
        if row["followed"]:
            expected = f"lead {row['lead_id']} was handed over"
            self._note(follow_through_workflow_id(row["lead_id"]), row["at"], expected_by=expected)

    def _take_outcome(self, row: RowMapping) -> None:
        lead_id, outcome = row["lead_id"], row["outcome"]
        followed = follow_through_workflow_id(lead_id)
        self._note(followed, row["at"])
        if outcome in CLOSING_OUTCOMES:
            self._end(followed, row["at"], outcome)
        if outcome == LeadOutcome.CLOSED_WON and row["work_kind"] == WorkKind.DEAL:
            expected = f"the deal of lead {lead_id} was won"
            self._note(onboarding_workflow_id(lead_id), row["at"], expected_by=expected, after=followed)

    def _end(
        self, workflow_id: str, at: datetime, outcome: str, named: Iterable[Mapping[str, str]] = ()
    ) -> None:
        self._note(workflow_id, at, outcome=outcome)
        if outcome not in _TAKEN_BACK:
            self._named[workflow_id] = tuple(effect["key"] for effect in named or ())

    def _note(self, workflow_id: str, at: datetime, **fields: object) -> None:
        known = self._fields[workflow_id]
        known.update(fields)
        known["last_at"] = max(known.get("last_at", at), at)


def _ids(since: datetime | None, after: str, limit: int) -> Select[Any]:
    """The next runs that anything in the store speaks of.

    Each table is asked for its own next ones, by its index: together they hold the next ones of all.
    """
    sources = (
        (acceptances.c.workflow_id, acceptances.c.accepted_at, "", acceptances, ()),
        (effects.c.workflow_id, effects.c.created_at, "", effects, ()),
        (onboardings.c.workflow_id, onboardings.c.at, "", onboardings, ()),
        (approval_tasks.c.request_id, approval_tasks.c.opened_at, "", approval_tasks, ()),
        (decisions.c.lead_id, decisions.c.at, intake_workflow_id(""), decisions, ()),
        (decisions.c.lead_id, decisions.c.at, _FOLLOW, decisions, (_FOLLOWED.is_not(None),)),
        (outcomes.c.lead_id, outcomes.c.at, _FOLLOW, outcomes, ()),
        (outcomes.c.lead_id, outcomes.c.at, onboarding_workflow_id(""), _OUTCOMES_OF_WORK, (_WON_DEAL,)),
    )
    next_of_each: list[Select[Any]] = []
    for column, at, prefix, table, conditions in sources:
        behind = _behind(prefix, after)
        if behind is None:
            continue
        query = select(column.label("subject")).distinct().select_from(table)
        query = query.where(column > behind, *conditions).order_by(column).limit(limit)
        found = (query if since is None else query.where(at >= since)).subquery()
        next_of_each.append(select((literal(prefix) + found.c.subject).label("workflow_id")))
    marks = union(*next_of_each).subquery()
    return select(marks.c.workflow_id).order_by(marks.c.workflow_id).limit(limit)


def _behind(prefix: str, after: str) -> str | None:
    """Behind which subject to go on where ids are `prefix` and subject; None if all of them lie before."""
    if after.startswith(prefix):
        return after.removeprefix(prefix)
    return "" if after < prefix else None


def _decided(leads: Sequence[str]) -> Executable:
    return select(
        decisions.c.lead_id,
        decisions.c.outcome,
        decisions.c.at,
        _FOLLOWED.label("followed"),
        decisions.c.document[("result", "effects")].label("named"),
    ).where(decisions.c.lead_id.in_(leads))


def _outcomes(leads: Sequence[str]) -> Executable:
    return (
        select(outcomes.c.lead_id, outcomes.c.outcome, outcomes.c.at, _WORK_KIND.label("work_kind"))
        .outerjoin_from(outcomes, decisions, decisions.c.lead_id == outcomes.c.lead_id)
        .where(outcomes.c.lead_id.in_(leads))
        .order_by(outcomes.c.at, outcomes.c.key)
    )


def _onboarded(workflow_ids: Sequence[str]) -> Executable:
    return select(
        onboardings.c.workflow_id,
        onboardings.c.outcome,
        onboardings.c.at,
        onboardings.c.document[("result", "effects")].label("named"),
    ).where(onboardings.c.workflow_id.in_(workflow_ids))


async def _rows(connection: AsyncConnection, query: Executable) -> Sequence[RowMapping]:
    found: Sequence[RowMapping] = (await connection.execute(query)).mappings().all()
    return found


def _leads_of(workflow_ids: Iterable[str]) -> Iterable[str]:
    for workflow_id in workflow_ids:
        try:
            yield subject_of(workflow_id)[1]
        except ValueError:
            continue
