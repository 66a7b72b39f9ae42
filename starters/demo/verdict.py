"""Compares how each lead ended with what is expected, and the store with what must stand in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from connectors.store.audit import EffectLine, SqlAudit
from connectors.store.engine import Store
from contracts.ids import approval_workflow_id, follow_through_workflow_id
from contracts.ledger import DecisionRecord
from contracts.names import Step
from starters.demo.played import Played
from starters.demo.story import Expected, OwnerOf, Story
from starters.lead_status import if_found
from starters.reading import Readings

DONE = "done"
DELIVERED = "delivery"

COUNTED = ("companies", "contacts", "works", "tasks", "notes", "outbox", "approval_tasks", "decisions")
"""Tables whose rows people would notice if one were there twice."""

TOLD = frozenset({Step.NOTIFY_PERSON.value, "outbox"})
"""Counts of messages that a quick decision can spare somebody."""


@dataclass(frozen=True)
class Verdict:
    """What became of one lead, and how that differs from what was expected."""

    lead: Played
    decision: DecisionRecord | None
    effects: tuple[EffectLine, ...]
    differences: tuple[str, ...]

    @property
    def as_expected(self) -> bool:
        """Whether nothing differs; a lead that somebody decided by hand may end as they wished."""
        return not self.differences or self.lead.decided_by_hand


@dataclass(frozen=True)
class StoreVerdict:
    """What stands in the store."""

    rows: Mapping[str, int]
    effects: int
    keys: int
    doubled: tuple[str, ...]
    """What a run made twice."""
    differences: tuple[str, ...]


async def judge(
    leads: Mapping[str, Played], story: Story, readings: Readings, store: Store
) -> tuple[tuple[Verdict, ...], StoreVerdict]:
    """Judges every lead, and the store as a whole."""
    audit = SqlAudit(store)
    verdicts = tuple([await _judge_lead(lead, leads, story, readings, audit) for lead in leads.values()])
    keys = Counter(effect.key for verdict in verdicts for effect in verdict.effects)
    rows = {table: count for table, count in (await audit.counts()).items() if table in COUNTED}
    by_hand = any(verdict.lead.decided_by_hand for verdict in verdicts)
    differences = () if by_hand else tuple(_differing(story.outcome.store, rows, "rows of "))
    doubled = [f"{run}: {count} x {kind}" for run, kind, count in await audit.duplicate_effects()]
    doubled += [f"{key}: {count} x" for key, count in keys.items() if count > 1]
    return verdicts, StoreVerdict(rows, keys.total(), len(keys), tuple(doubled), differences)


async def _judge_lead(
    lead: Played, leads: Mapping[str, Played], story: Story, readings: Readings, audit: SqlAudit
) -> Verdict:
    runs = (
        lead.workflow_id,
        approval_workflow_id(lead.workflow_id),
        follow_through_workflow_id(lead.lead_id),
    )
    lines = [line for run in runs for line in await audit.effects_by_workflow(run)]
    # That a message went out by a channel is remembered beside the message itself.
    effects = tuple(line for line in lines if line.kind != DELIVERED)
    decision = await if_found(readings.decision(lead.lead_id))
    expected = story.outcome.leads[lead.name]
    differences = tuple(_differences(lead, expected, decision, effects, leads))
    return Verdict(lead, decision, effects, differences)


def _differences(
    lead: Played,
    expected: Expected,
    decision: DecisionRecord | None,
    effects: Sequence[EffectLine],
    leads: Mapping[str, Played],
) -> list[str]:
    status = lead.status
    if status is None:
        return [f"it has not ended: {lead.lane} {lead.state}"]
    review = decision.route.review if decision and decision.route else None
    pool = decision.allocation.pool if decision and decision.allocation else None
    seen: dict[str, object] = {
        "state": status.state,
        "lane": status.lane,
        "path": status.path,
        "rule": status.rule,
        "review": review.reason if review else None,
        "category": status.category,
        "priority": status.priority,
        "match": status.match,
        "disqualified": status.disqualify_reason,
        "pool": pool,
        "decided_by": decision.decided_by if decision else (),
        "visits": tuple(visit.state for visit in status.visits),
    }
    wanted = {name: getattr(expected, name) for name in seen}
    differences = _differing(wanted, seen)
    if problem := _owner_problem(expected, status.owner_id, leads):
        differences.append(problem)
    if problem := _merge_problem(expected, status.merged_into, leads):
        differences.append(problem)
    made = Counter(step_of(effect.key) for effect in effects if effect.state == DONE)
    undone = Counter(step_of(effect.key) for effect in effects if effect.state != DONE)
    return [
        *differences,
        *_differing(expected.effects, made, "effects of "),
        *_differing(expected.undone, undone, "undone effects of "),
    ]


def step_of(key: str) -> str:
    """The step that an effect belongs to, from its key."""
    return key.split("#")[1]


def _differing(wanted: Mapping[str, object], seen: Mapping[str, object], what: str = "") -> list[str]:
    return [
        f"{what}{name}: {_word(seen.get(name))}, expected {_word(wanted.get(name))}"
        for name in dict.fromkeys((*wanted, *seen))
        if not _fits(name, wanted.get(name), seen.get(name))
    ]


def _fits(name: str, wanted: object, seen: object) -> bool:
    """Whether what is seen is what is wanted.

    Once somebody has decided, whoever has not been told yet is not told any more: of messages, fewer will do.
    """
    if name in TOLD and isinstance(wanted, int) and isinstance(seen, int):
        return 0 < seen <= wanted
    return (seen or None) == (wanted or None)


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return " > ".join(map(str, cast("tuple[object, ...]", value))) or "none"
    return "none" if value in (None, 0) else str(value)


def _owner_problem(expected: Expected, owner: str | None, leads: Mapping[str, Played]) -> str | None:
    wanted = expected.owner
    if isinstance(wanted, OwnerOf):
        other = leads[wanted.same_as].status
        wanted = other.owner_id if other else None
    allowed = wanted if isinstance(wanted, tuple) else (wanted,)
    return None if owner in allowed else f"owner: {owner}, expected {' or '.join(map(str, allowed))}"


def _merge_problem(expected: Expected, merged_into: str | None, leads: Mapping[str, Played]) -> str | None:
    if expected.merged_into is None:
        return f"merged into {merged_into}, expected not to be" if merged_into else None
    other = leads[expected.merged_into]
    known = {other.lead_id, *(_works_of(other))}
    return None if merged_into in known else f"merged into {merged_into}, expected {expected.merged_into}"


def _works_of(lead: Played) -> set[str]:
    effects = lead.status.effects if lead.status else ()
    return {effect.external_id for effect in effects if effect.step == Step.CREATE_LEAD_RECORDS}
