"""Gathers what is left lying, for commands: the same questions and the same rules as the sweep's."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from temporalio.client import Client

from connectors.remote_crm.loose_ends import RemoteLooseEnds
from connectors.remote_crm.records import SYSTEM as CRM
from connectors.store.loose_ends import SqlLooseEnds
from contracts.failures import ServiceFailure
from contracts.limbo import RECORD_KINDS, LimboFinding, LimboKind, LooseEnds, RunWatch
from contracts.names import Process
from contracts.policy import PolicyBundle
from rules.limbo import record_finding, record_limit, run_finding, run_question
from runtime.run_watch import TemporalRunWatch, always
from runtime.settings import Settings
from starters.connecting import connected
from starters.crm_outside import crm_card, outside
from starters.reading import open_store

PAGE = 200


@dataclass(frozen=True)
class NotLookedFor:
    """What could not be looked for: the findings say nothing about it."""

    kind: LimboKind
    where: str
    reason: str


@dataclass(frozen=True)
class Gathered:
    """What is left lying as far as could be seen, the oldest first."""

    findings: list[LimboFinding]
    not_looked_for: list[NotLookedFor]


@asynccontextmanager
async def open_limbo(settings: Settings, bundle: PolicyBundle) -> AsyncGenerator[tuple[RunWatch, LooseEnds]]:
    """What a sweep looks through, of the deployment that the settings name.

    Raises:
        CommandFailure: UNREACHABLE or MISCONFIGURED.
    """
    client: Client = await connected(settings)
    crm = settings.connectors.crm
    async with open_store(settings) as store, AsyncExitStack() as opened:
        own = SqlLooseEnds(store)
        ends: LooseEnds = own
        if crm != "embedded":
            people = {person.id: person.email for person in bundle.people}
            records = outside(crm_card(crm), settings, bundle.crm.get(crm), people)
            ends = RemoteLooseEnds(own, await opened.enter_async_context(records))
        yield TemporalRunWatch(always(client)), ends


async def gathered(
    watch: RunWatch,
    loose_ends: LooseEnds,
    bundle: PolicyBundle,
    now: datetime,
    *,
    processes: Collection[Process],
    kinds: Collection[LimboKind],
    limit: int,
) -> Gathered:
    """What is left lying; of each process and each kind of record at most `limit`.

    A CRM that does not answer hides nothing of the rest, and is named.

    Raises:
        ServiceFailure: Temporal or the store does not answer.
    """
    found: list[LimboFinding] = []
    unseen: list[NotLookedFor] = []
    for process in processes:
        found += [one for one in await _runs(watch, process, bundle, now, limit) if one.kind in kinds]
    for kind in (one for one in RECORD_KINDS if one in kinds):
        try:
            found += await _records(loose_ends, kind, bundle, now, limit)
        except ServiceFailure as failure:
            if failure.system != CRM:
                raise
            unseen.append(NotLookedFor(kind, failure.system, f"{failure.code}: {failure.message}"))
    return Gathered(sorted(found, key=lambda one: (one.since, one.workflow_id, one.kind)), unseen)


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
    before, cursor = now - record_limit(kind, bundle.limbo), ""
    found: list[LimboFinding] = []
    while len(found) < limit:
        page = await loose_ends.found(kind, before=before, cursor=cursor, limit=min(PAGE, limit))
        found += [record_finding(kind, end) for end in page.ends]
        if not (cursor := page.cursor):
            break
    return found[:limit]
