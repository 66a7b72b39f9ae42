"""Gathers what is left lying, for commands: the same questions and the same rules as the sweep's."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import datetime

from temporalio.client import Client

from connectors.store.loose_ends import SqlLooseEnds
from contracts.limbo import RECORD_KINDS, LimboFinding, LimboKind, LooseEnds, RunWatch
from contracts.names import Process
from contracts.policy import PolicyBundle
from rules.limbo import record_finding, record_limit, run_finding, run_question
from runtime.run_watch import TemporalRunWatch, always
from runtime.settings import Settings
from starters.connecting import connected
from starters.reading import open_store

PAGE = 200


@asynccontextmanager
async def open_limbo(settings: Settings) -> AsyncGenerator[tuple[RunWatch, LooseEnds]]:
    """What a sweep looks through, of the deployment that the settings name.

    Raises:
        CommandFailure: UNREACHABLE or MISCONFIGURED.
    """
    client: Client = await connected(settings)
    async with open_store(settings) as store:
        yield TemporalRunWatch(always(client)), SqlLooseEnds(store)


async def gathered(
    watch: RunWatch,
    loose_ends: LooseEnds,
    bundle: PolicyBundle,
    now: datetime,
    *,
    processes: Collection[Process],
    kinds: Collection[LimboKind],
    limit: int,
) -> list[LimboFinding]:
    """What is left lying, the oldest first; of each process and each kind of record at most `limit`.

    Raises:
        ServiceFailure: Temporal or the store does not answer.
    """
    found: list[LimboFinding] = []
    for process in processes:
        found += [one for one in await _runs(watch, process, bundle, now, limit) if one.kind in kinds]
    for kind in (one for one in RECORD_KINDS if one in kinds):
        found += await _records(loose_ends, kind, bundle, now, limit)
    return sorted(found, key=lambda one: (one.since, one.workflow_id, one.kind))


async def _runs(
    watch: RunWatch, process: Process, bundle: PolicyBundle, now: datetime, limit: int
) -> list[LimboFinding]:
    question, cursor = run_question(process, bundle.limbo, now), ""
    found: list[LimboFinding] = []
    while len(found) < limit:
        page = await watch.overdue(question, cursor=cursor, limit=min(PAGE, limit))
        found += [one for line in page.lines if (one := run_finding(line, bundle.limbo, now))]
        if not (cursor := page.cursor):
            break
    return found[:limit]


async def _records(
    loose_ends: LooseEnds, kind: LimboKind, bundle: PolicyBundle, now: datetime, limit: int
) -> list[LimboFinding]:
    before, after = now - record_limit(kind, bundle.limbo), ""
    found: list[LimboFinding] = []
    while len(found) < limit:
        ends = await loose_ends.found(kind, before=before, after=after, limit=min(PAGE, limit))
        found += [record_finding(kind, end) for end in ends]
        if len(ends) < min(PAGE, limit):
            break
        after = ends[-1].record_id
    return found[:limit]
