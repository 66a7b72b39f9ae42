"""What goes wrong, written by a test and read by its worker processes: a SQLite file that outlives them."""

import contextlib
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Self

from contracts.ids import intake_workflow_id, subject_of
from tests.processes import is_alive

SCHEMA = """
create table if not exists steps (
    subject text, activity text, method text, template text, wrote integer,
    primary key (subject, activity, method, template, wrote)
);
create table if not exists faults (
    id integer primary key, subject text, activity text, method text, template text, kind text,
    met integer default 0, awaited integer default 0, pid integer
);
create index if not exists faults_by_step on faults (subject, activity, method, template);
create table if not exists settings (name text primary key, value text);
create table if not exists counts (what text primary key, times integer);
"""


class FaultKind(StrEnum):
    """Where a call of a port can go wrong."""

    BEFORE = "fails before the effect"
    AFTER = "connection breaks after the effect"
    ANSWER_LOST = "answer is lost"
    KILLED_BEFORE = "worker killed before the effect"
    KILLED_AFTER = "worker killed after the effect"
    LATE = "attempt times out, effect lands late"
    STORE_LOCKED = "store is locked"
    SERVER_KILLED = "Temporal server killed after the effect"
    REFUSED = "refused for good"
    """Parks a run; the others are survived without anybody acting."""


KILLS = (FaultKind.KILLED_BEFORE, FaultKind.KILLED_AFTER, FaultKind.SERVER_KILLED)
"""They cost everybody who is there the time until it is noticed."""

GENTLE = tuple(kind for kind in FaultKind if kind not in (*KILLS, FaultKind.REFUSED))


class Step(NamedTuple):
    """A call of a port that belongs to one run: of any of its kind, so without the ids of its subject."""

    activity: str
    method: str
    template: str


class Fault(NamedTuple):
    """One thing that goes wrong, once, at one step of one subject."""

    subject: str
    step: Step
    kind: FaultKind


class Due(NamedTuple):
    """A fault whose call has come."""

    id: int
    kind: FaultKind


_PERSON = re.compile(r"\b[pom]-[a-z]+\b")
_SLOT = re.compile(r"\d{8}T\d{4}Z")
_EXECUTION = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An approval's place in the inbox is that of the execution that asks."""
WORKERS_KILLED = "workers killed"
DRAWN = "drawn: "
"""Before the kind of fault that was drawn."""

RANDOM = "~"
"""Before what makes a key random, so that what was to be one effect can still be told."""


def place_of(request: Any) -> tuple[str, str] | None:
    """The subject that a request is about, and its key as a template; None where it belongs to no run."""
    if key := getattr(request, "key", None):
        return placed(str(key))
    if approval := getattr(request, "request_id", None):
        return placed(f"{approval}#")
    if lead_id := getattr(request, "lead_id", None):
        return placed(f"{intake_workflow_id(lead_id)}#")
    return None


def placed(key: str) -> tuple[str, str] | None:
    """The subject of a key, and the key as a template."""
    logical = key.partition(RANDOM)[0]
    try:
        process, subject = subject_of(logical.partition("#")[0])
    except ValueError:
        return None
    rest = logical.removeprefix(f"{process}/{subject}")
    for what, pattern in (("{person}", _PERSON), ("{slot}", _SLOT), ("{execution}", _EXECUTION)):
        rest = pattern.sub(what, rest)
    return subject, f"{process}{rest}"


class FaultScript:
    """The file. Every process opens it for itself.

    Args:
        file: made where it is not there.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._connection = sqlite3.connect(file, timeout=30, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        # What it holds need not outlive the machine, only the processes.
        self._connection.execute("pragma synchronous = off")
        self._connection.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    # ------------------------------------------------------------ the test's side

    def say(self, **settings: object) -> None:
        """Says how workers behave; they look at every call."""
        rows = [(name, str(value)) for name, value in settings.items()]
        self._connection.executemany("insert or replace into settings values (?, ?)", rows)

    def add(self, faults: Iterable[Fault]) -> None:
        """Lets these happen, from now on."""
        rows = [(fault.subject, *fault.step, fault.kind) for fault in faults]
        with self._transaction():
            self._connection.executemany(
                "insert into faults (subject, activity, method, template, kind) values (?, ?, ?, ?, ?)", rows
            )

    def steps(self, subject: str) -> list[Step]:
        """The calls for a subject that were seen to write to the store, in the order of their first time."""
        query = "select activity, method, template from steps where subject = ? and wrote order by rowid"
        return [Step(*row) for row in self._rows(query, subject)]

    def unmet(self) -> list[Fault]:
        """The faults that have not happened yet, or not to their end; what parks a run is left out."""
        query = "select subject, activity, method, template, kind from faults where not met and kind <> ?"
        return [
            Fault(subject, Step(activity, method, template), FaultKind(kind))
            for subject, activity, method, template, kind in self._rows(query, FaultKind.REFUSED)
        ]

    def forget(self, faults: Iterable[Fault]) -> None:
        """Lets these not happen any more."""
        rows = [(fault.subject, *fault.step, fault.kind) for fault in faults]
        with self._transaction():
            self._connection.executemany(
                "delete from faults where subject = ? and activity = ? and method = ? and template = ?"
                " and kind = ? and not met",
                rows,
            )

    def waiting_for_the_server(self) -> list[int]:
        """The faults whose calls wait, in a process that lives, for the server to be killed."""
        query = "select id, pid from faults where awaited and not met and kind = ?"
        return [fault for fault, pid in self._rows(query, FaultKind.SERVER_KILLED) if is_alive(pid)]

    def holds(self, subject: str) -> bool:
        """Whether a call of the guest stands where its fault is about to happen, in a process that lives."""
        query = "select pid from faults where subject = ? and awaited and not met"
        return any(is_alive(pid) for (pid,) in self._rows(query, subject))

    def counts(self) -> Counter[str]:
        """What the workers counted."""
        return Counter(dict(self._rows("select what, times from counts")))

    # ------------------------------------------------------------ the workers' side

    def setting(self, name: str) -> str:
        """What the test says; empty where it says nothing."""
        found = self._rows("select value from settings where name = ?", name)
        return str(found[0][0]) if found else ""

    def saw(self, subject: str, step: Step, *, wrote: bool) -> None:
        """Remembers a step."""
        row = (subject, *step, int(wrote))
        self._connection.execute("insert or ignore into steps values (?, ?, ?, ?, ?)", row)

    def due(self, subject: str, step: Step) -> Due | None:
        """The fault of this call that has not happened yet, if any; what a dead process held is due again."""
        query = (
            "select id, kind, met, awaited, pid from faults"
            " where subject = ? and activity = ? and method = ? and template = ?"
        )
        for fault, kind, met, awaited, pid in self._rows(query, subject, *step):
            if not met and not (awaited and is_alive(pid)):
                return Due(fault, FaultKind(kind))
        return None

    def await_fault(self, fault: int) -> None:
        """This process holds the call until the fault happens."""
        self._connection.execute("update faults set awaited = 1, pid = ? where id = ?", (os.getpid(), fault))

    def is_met(self, fault: int) -> bool:
        """Whether the fault has happened."""
        return bool(self._rows("select met from faults where id = ?", fault)[0][0])

    def meet(self, *faults: int) -> None:
        """The fault has happened."""
        rows = [(fault,) for fault in faults]
        with self._transaction():
            self._connection.executemany("update faults set met = 1, awaited = 0 where id = ?", rows)

    def give_up(self, fault: int) -> None:
        """The call ended before its fault happened; the next call has it."""
        self._connection.execute("update faults set awaited = 0 where id = ? and not met", (fault,))

    def count(self, what: str) -> None:
        """Counts something, over all processes."""
        self._connection.execute(
            "insert into counts values (?, 1) on conflict (what) do update set times = times + 1", (what,)
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("begin immediate")
        yield
        self._connection.execute("commit")

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()
