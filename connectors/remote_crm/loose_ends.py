"""Records that are left lying in a CRM of others: of the work that was handed over there."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from connectors.remote_crm.records import SYSTEM, WORK_KINDS, Kind, Record, Records
from connectors.store.crm_schema import is_open
from contracts.failures import FailureCode, ServiceFailure
from contracts.limbo import CRM_KINDS, LimboKind, LooseEnd, LooseEndPage, LooseEnds
from contracts.matching import WorkKind

_WORKS_AT_ONCE, _TASKS_AT_ONCE = 25, 100
"""So many that one page of the smallest CRM, of 200 records, holds what they are linked with."""


class OwnLooseEnds(LooseEnds, Protocol):
    """What lies in our own store, and what we know there of work in the CRM."""

    async def in_hand(self, *, before: datetime, cursor: str, limit: int) -> LooseEndPage:
        """Returns work that was handed over before then, and whose lead has no closing outcome yet."""
        ...


class RemoteLooseEnds:
    """`LooseEnds` where the CRM is one of others.

    Our ledger says which work is in hand, a page at a time; the CRM is asked how that stands, by a few reads
    for all of a page: never by its search, which lags, and never about work that people made themselves.

    Args:
        own: our own store.
        records: the CRM's.
    """

    def __init__(self, own: OwnLooseEnds, records: Records) -> None:
        self._own = own
        self._records = records

    async def found(self, kind: LimboKind, *, before: datetime, cursor: str, limit: int) -> LooseEndPage:
        """Looks at a page of work in hand; there may be none left lying on it and some on the next."""
        if kind not in CRM_KINDS:
            return await self._own.found(kind, before=before, cursor=cursor, limit=limit)
        page = await self._own.in_hand(before=before, cursor=cursor, limit=limit)
        open_work = await self._open(page.ends)
        if kind is LimboKind.RECORD_WITHOUT_OWNER:
            ends = [end for end, work in open_work if not work.values.get("owner_id")]
        elif kind is LimboKind.RECORD_WITHOUT_TASK:
            tasks = await self._open_tasks([work for _, work in open_work])
            ends = [end for end, work in open_work if not tasks[work.id]]
        else:
            tickets = [(end, work) for end, work in open_work if work.kind is Kind.TICKET]
            tasks = await self._open_tasks([work for _, work in tickets])
            ends = [
                LooseEnd(end.workflow_id, task.id, due, end.owner_id)
                for end, work in tickets
                for task in tasks[work.id]
                if (due := _due(task)) is not None and due < before
            ]
        return LooseEndPage(tuple(ends), page.cursor)

    async def told(self, keys: Sequence[str]) -> frozenset[str]:
        """Returns those of these keys under which a message was sent."""
        return await self._own.told(keys)

    async def _open(self, ends: Sequence[LooseEnd]) -> list[tuple[LooseEnd, Record]]:
        """The work that stands and is open, with who owns it there now."""
        numbers: dict[Kind, list[str]] = {kind: [] for kind in WORK_KINDS}
        for end in ends:
            kind, _, number = end.record_id.partition("_")
            if kind in WORK_KINDS:
                numbers[Kind(kind)].append(number)
        found = await asyncio.gather(
            *(self._records.get_many(kind, wanted) for kind, wanted in numbers.items() if wanted)
        )
        standing = {work.id: work for of_kind in found for work in of_kind}
        return [
            (LooseEnd(end.workflow_id, end.record_id, end.since, work.values.get("owner_id")), work)
            for end in ends
            if (work := standing.get(end.record_id)) is not None
            and is_open(WorkKind(str(work.kind)), work.values.get("stage") or "")
        ]

    async def _open_tasks(self, works: Sequence[Record]) -> Mapping[str, list[Record]]:
        """The open tasks of each piece of work."""
        linked: dict[str, list[str]] = {work.id: [] for work in works}
        for kind in dict.fromkeys(work.kind for work in works):
            for numbers in _parts([work.number for work in works if work.kind is kind], _WORKS_AT_ONCE):
                of_kind = await self._records.linked(kind, numbers, Kind.TASK)
                linked |= {f"{kind}_{number}": tasks for number, tasks in of_kind.items()}
        wanted = list(dict.fromkeys(number for tasks in linked.values() for number in tasks))
        is_standing = dict[str, Record]()
        for numbers in _parts(wanted, _TASKS_AT_ONCE):
            found = await self._records.get_many(Kind.TASK, numbers)
            is_standing |= {task.number: task for task in found if task.values.get("status") != "done"}
        return {
            work: [is_standing[number] for number in tasks if number in is_standing]
            for work, tasks in linked.items()
        }


def _parts(numbers: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (numbers[start : start + size] for start in range(0, len(numbers), size))


def _due(task: Record) -> datetime | None:
    """When a task is due; where its CRM knows days only, when that day has passed everywhere."""
    text = task.values.get("due_at")
    if not text:
        return None
    try:
        if len(text) == len("2026-11-26"):
            return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(hours=36)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ServiceFailure(FailureCode.MALFORMED, SYSTEM, "task.due_at: is no time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
