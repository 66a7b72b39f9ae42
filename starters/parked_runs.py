"""Parked runs as the list of runs shows them, and the groups that share a cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from contracts.names import Process
from rules.failures import who_must_act
from rules.parking import parts_of
from starters.runs import ListedRun

EVERYTHING = 20_000
"""Parked runs beyond this number are read by the next call: those that were answered have left the list."""

UNRECORDED = "unrecorded"
"""Stands for the cause of runs that an older release parked: they say it when they are asked."""

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class ParkedFilter:
    """Which parked runs; None means any."""

    cause: str | None = None
    process: Process | None = None
    limit: int | None = None
    """At most so many, what waits longest first."""


@dataclass(frozen=True, kw_only=True)
class ParkedRun(ListedRun):
    """A run with a parked step."""

    cause: str | None
    """Of the step that was parked first; None where an older release parked it."""
    since: datetime | None


@dataclass(frozen=True)
class ParkedGroup:
    """The runs that are parked for one cause."""

    cause: str
    runs: int
    oldest: datetime | None
    processes: tuple[str, ...]
    owners: tuple[str, ...]
    """Whose leads and customers wait; empty where nobody has them yet."""
    who_must_act: str


def oldest_first(runs: Iterable[ParkedRun]) -> tuple[ParkedRun, ...]:
    """The runs in the order of waiting; those that do not say since when come last."""
    return tuple(sorted(runs, key=lambda run: (run.since or _LAST, run.workflow_id)))


def groups_of(runs: Iterable[ParkedRun]) -> tuple[ParkedGroup, ...]:
    """The runs by cause, the largest group first."""
    by_cause = sorted(runs, key=_cause)
    groups = [_group(cause, members) for cause, members in groupby(by_cause, key=_cause)]
    return tuple(sorted(groups, key=lambda group: (-group.runs, group.cause)))


def _cause(run: ParkedRun) -> str:
    return run.cause or UNRECORDED


def _group(cause: str, members: Iterator[ParkedRun]) -> ParkedGroup:
    runs = list(members)
    return ParkedGroup(
        cause=cause,
        runs=len(runs),
        oldest=min((run.since for run in runs if run.since), default=None),
        processes=tuple(sorted({run.process for run in runs})),
        owners=tuple(sorted({run.owner_id for run in runs if run.owner_id})),
        who_must_act="see each run" if cause == UNRECORDED else who_must_act(parts_of(cause).code),
    )
