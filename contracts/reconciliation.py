"""Reconciliation: what the store says of each run, what Temporal says of it, and where the two differ."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class DifferenceKind(StrEnum):
    """How the doors, Temporal and the records can disagree about one run."""

    ACCEPTED_WITHOUT_RUN = "accepted_without_run"
    """A door took it; Temporal knows no run of it, and the ledger no end."""
    EXPECTED_WITHOUT_RUN = "expected_without_run"
    """The ledger says that it had to begin (a lead handed over, a deal won); there is no run and no end."""
    RECORDS_WITHOUT_RUN = "records_without_run"
    """Records stand that a run made; there is no such run, and no end of one."""
    EFFECTS_WITHOUT_RUN = "effects_without_run"
    """Other effects were made under a run's id; there is no such run, and no end of one."""
    BROKEN_OFF = "broken_off"
    """The run failed, timed out or was terminated, and the ledger has no end of it."""
    ENDED_UNRECORDED = "ended_unrecorded"
    """The run completed, and the ledger has no end of it."""
    EFFECT_MISSING = "effect_missing"
    """The ledger's record of the end names an effect that does not stand."""


@dataclass(frozen=True)
class Difference:
    """One run about which the doors, Temporal and the records disagree; holds no personal data."""

    kind: DifferenceKind
    workflow_id: str
    detail: str
    at: datetime | None = None
    """When the run was last heard of."""


@dataclass(frozen=True)
class AcceptedItem:
    """Something that a door took, noted before its run was started."""

    workflow_id: str
    accepted_at: datetime


@dataclass(frozen=True)
class BookedRun:
    """What the store knows of one run."""

    workflow_id: str
    accepted_at: datetime | None = None
    expected_by: str = ""
    """Why there must be such a run although no door took it, in plain words."""
    after: str = ""
    """The run that starts it before it closes itself."""
    outcome: str = ""
    """How it ended, by the ledger; empty while it has not."""
    records: tuple[str, ...] = ()
    """Kinds of the records that it made and that stand."""
    effects: int = 0
    """How many effects it made."""
    missing_effects: tuple[str, ...] = ()
    """Keys that the record of its end names and that do not stand."""
    last_at: datetime | None = None
    """When the store last heard of it."""


@dataclass(frozen=True)
class SeenRun:
    """What Temporal knows of one run, by the last execution under its id."""

    workflow_id: str
    status: str
    """Temporal's own word: `running`, `completed`, `failed` ..."""
    closed_at: datetime | None = None
    stage: str = ""
    """The state that it showed last."""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended; one that operators paused counts too."""
        return self.closed_at is None


class Acceptances(Protocol):
    """What doors took, kept beside Temporal: whatever happens to it, nobody forgets that something came."""

    async def accept(self, items: Sequence[AcceptedItem]) -> None:
        """Notes items; one that is noted already keeps its instant."""
        ...


class Books(Protocol):
    """What the store knows of runs, a page at a time."""

    async def page(self, *, since: datetime | None, after: str, limit: int) -> tuple[BookedRun, ...]:
        """Returns runs in the order of their ids, those behind `after`; heard of since then, if so asked."""
        ...

    async def of(self, workflow_ids: Sequence[str]) -> Mapping[str, BookedRun]:
        """Returns what is known of these runs; a run of which nothing is known is left out."""
        ...


class RunIndex(Protocol):
    """What Temporal knows of runs."""

    async def retention(self) -> timedelta:
        """How long closed runs are kept."""
        ...

    async def listed(self, workflow_ids: Sequence[str]) -> Mapping[str, SeenRun]:
        """Returns those of these runs that the list of runs holds; it lags a moment behind."""
        ...

    async def described(self, workflow_id: str) -> SeenRun | None:
        """Asks for one run; never late, and None only if there is no such run."""
        ...

    def ended(self, since: datetime | None) -> AsyncIterator[tuple[SeenRun, ...]]:
        """Returns the runs that have closed, page by page; those closed since then, if so asked."""
        ...
