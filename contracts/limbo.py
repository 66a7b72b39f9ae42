"""Limbo: work that is left lying, found and told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime

from contracts.base import Contract, Key
from contracts.names import Process
from contracts.states import Lane


class LimboKind(StrEnum):
    """How work can be left lying."""

    NOT_TAKEN_UP = "not_taken_up"
    """A run that no worker has taken up."""
    OVER_BUDGET = "over_budget"
    """A run that is in a state for longer than the state's budget."""
    PARKED_UNATTENDED = "parked_unattended"
    """A parked run that nobody has answered."""
    RECORD_WITHOUT_OWNER = "record_without_owner"
    RECORD_WITHOUT_TASK = "record_without_task"
    DRAFT_UNREVIEWED = "draft_unreviewed"
    TICKET_OVERDUE = "ticket_overdue"
    LEAD_WITHOUT_OUTCOME = "lead_without_outcome"
    MESSAGE_UNDELIVERED = "message_undelivered"
    """A held message that no channel has taken yet, or that was given up."""


RECORD_KINDS: tuple[LimboKind, ...] = (
    LimboKind.RECORD_WITHOUT_OWNER,
    LimboKind.RECORD_WITHOUT_TASK,
    LimboKind.DRAFT_UNREVIEWED,
    LimboKind.MESSAGE_UNDELIVERED,
    LimboKind.TICKET_OVERDUE,
    LimboKind.LEAD_WITHOUT_OUTCOME,
)
"""What is found among records; the other kinds are found in Temporal's list of runs."""

CRM_KINDS: tuple[LimboKind, ...] = (
    LimboKind.RECORD_WITHOUT_OWNER,
    LimboKind.RECORD_WITHOUT_TASK,
    LimboKind.TICKET_OVERDUE,
)
"""What is found in the CRM, whoever's it is; the other records stand in our own store."""

KINDS_OF_PART: Mapping[str, tuple[LimboKind, ...]] = {
    LimboKind.RECORD_WITHOUT_OWNER: (LimboKind.RECORD_WITHOUT_OWNER,),
    LimboKind.RECORD_WITHOUT_TASK: (LimboKind.RECORD_WITHOUT_TASK,),
    LimboKind.DRAFT_UNREVIEWED: (LimboKind.DRAFT_UNREVIEWED, LimboKind.MESSAGE_UNDELIVERED),
    LimboKind.TICKET_OVERDUE: (LimboKind.TICKET_OVERDUE,),
    LimboKind.LEAD_WITHOUT_OUTCOME: (LimboKind.LEAD_WITHOUT_OUTCOME,),
}
"""What is looked for in a part about records. A new kind joins a part: runs that are open count the parts."""

PARTS: tuple[str, ...] = (*Process, *KINDS_OF_PART)
"""What a sweep looks through, one after the other: the runs of each process, then records."""

TELL_LIMBO = "tell_limbo"
"""Stands in the key of a message about what is left lying, where the step of a run would."""


@dataclass(frozen=True)
class OverdueStates:
    """States of one lane and the instant before which a run must have entered them to be overdue."""

    lane: Lane
    states: tuple[str, ...]
    entered_before: datetime


@dataclass(frozen=True)
class RunQuestion:
    """Which open runs of a process are overdue."""

    process: Process
    overdue: tuple[OverdueStates, ...]
    silent_before: datetime
    """A run that was started before and has not shown any state since is overdue too."""
    untaken_before: datetime
    """A run that was started before and that no worker has taken up is."""


@dataclass(frozen=True)
class RunLine:
    """An open run as the list of runs shows it; holds no personal data."""

    workflow_id: str
    process: Process
    lane: Lane | None
    stage: str | None
    since: datetime
    """When it entered that state; when it started, if it does not say."""
    taken_up: bool
    owner_id: str | None = None
    troubled: bool = False
    """Its workflow tasks fail again and again: no worker can carry it on."""


@dataclass(frozen=True)
class RunPage:
    """Some of the runs that were asked for."""

    lines: tuple[RunLine, ...]
    cursor: str = ""
    """Where the next page begins; empty after the last."""


@dataclass(frozen=True)
class LooseEnd:
    """A record that is left lying."""

    workflow_id: str
    """The run that made it."""
    record_id: str
    since: datetime
    owner_id: str | None = None
    detail: str = ""
    """What else there is to say of it; no personal data."""


@dataclass(frozen=True)
class LooseEndPage:
    """Some of the records that were asked for."""

    ends: tuple[LooseEnd, ...]
    cursor: str = ""
    """Where the next page begins; empty after the last."""


@dataclass(frozen=True)
class LimboFinding:
    """One piece of work that is left lying; holds no personal data."""

    kind: LimboKind
    workflow_id: str
    subject: str
    """The run or the record."""
    since: datetime
    reason: str
    state: str = ""
    owner_id: str | None = None


class RunWatch(Protocol):
    """Temporal's list of open runs, a page at a time."""

    async def overdue(self, question: RunQuestion, *, cursor: str, limit: int) -> RunPage: ...


class LooseEnds(Protocol):
    """Records that are left lying, a page at a time, and what was told already."""

    async def found(self, kind: LimboKind, *, before: datetime, cursor: str, limit: int) -> LooseEndPage:
        """Returns records that have been so since before then. A page that holds none may not be the last."""
        ...

    async def told(self, keys: Sequence[str]) -> frozenset[str]:
        """Returns those of these keys under which a message was sent."""
        ...


class LimboSweep(Contract):
    """Start input of `LimboWatchWorkflow`: where it goes on; from the beginning where nothing is said."""

    part: int = 0
    """Index in `PARTS`."""
    cursor: str = ""
    policy_hash: str = ""
    at: AwareDatetime | None = None
    """The instant that all of one sweep judges by."""
    found: int = 0
    told: int = 0
    missed: tuple[str, ...] = ()
    """Parts that could not be looked through, since the CRM did not answer."""


class SweepLimboInput(Contract):
    """Looks through one page of one part, and tells what is found there."""

    part: str
    cursor: str = ""
    policy_hash: str = ""
    """Pins the active policy where it is empty."""
    at: AwareDatetime


class LimboSwept(Contract):
    """What one page held."""

    policy_hash: Key
    cursor: str = ""
    """Where the next page begins; empty after the last."""
    found: int = 0
    told: int = 0
    """Messages that were sent; what was told before is not told again."""


class LimboSweepResult(Contract):
    """What a sweep found."""

    found: int
    told: int
