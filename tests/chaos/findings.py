"""What a run of these tests found, compared with what was made for a guest whom nothing befell."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus

from contracts.ids import subject_of
from contracts.names import Process
from tests.chaos.evidence import Belongings, Made
from tests.chaos.fault_script import placed
from tests.chaos.journeys import Guest, Journey
from workflows import search_attributes

AGAIN = re.compile(r"#book_kickoff#|#message_customer#customer_kickoff_offer-\d+$|#tell_limbo#")
"""Made again where another customer was quicker to take a time, or where somebody is told that a run takes
long; each has a key of its own."""

REMINDER = "#notify_person#acknowledge_reminder-"
"""Sent only while there is time left to acknowledge: whoever learns of a lead too late is not reminded."""

Kinds = Counter[tuple[str, str]]
"""How many of each kind were made for a guest."""


class Shortfall(NamedTuple):
    """Of one guest: what was made twice, what was not made, and what nobody expected."""

    doubled: list[Made]
    lost: list[tuple[str, str]]
    unexpected: list[Made]


def kinds_of(made: Counter[Made]) -> Kinds:
    """How much of each kind somebody has; each key counts once."""
    return Counter(one.kind for one in made)


def compared(made: Counter[Made], expected: Kinds) -> Shortfall:
    """Compares what was made for a guest with what is made for one whom nothing befalls."""
    kinds = kinds_of(made)
    more = kinds - expected
    return Shortfall(
        doubled=[one for one, count in made.items() if count > 1],
        lost=list((expected - kinds).elements()),
        unexpected=[one for one in made if one.kind in more and not AGAIN.search(one.key)],
    )


class Steps(NamedTuple):
    """The keys of the steps of some runs, as their histories have them."""

    taken: set[str]
    called_off: set[str]
    """What a run took back while it was under way."""


async def steps_of(client: Client, runs: Iterable[str]) -> Steps:
    """Reads the histories of these runs."""
    histories = await asyncio.gather(*(client.get_workflow_handle(run).fetch_history() for run in runs))
    steps = Steps(set(), set())
    for history in histories:
        keys: dict[int, str] = {}
        for event in history.events:
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                payloads = event.activity_task_scheduled_event_attributes.input.payloads
                keys[event.event_id] = str(json.loads(payloads[0].data).get("key"))
            elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED:
                asked = event.activity_task_cancel_requested_event_attributes
                steps.called_off.add(keys[asked.scheduled_event_id])
        steps.taken.update(keys.values())
    return steps


class End(NamedTuple):
    """How a run stands at the end."""

    status: WorkflowExecutionStatus | None
    stage: str
    lane: str

    @property
    def is_open(self) -> bool:
        return self.status is WorkflowExecutionStatus.RUNNING


async def ends_of(client: Client) -> dict[str, End]:
    """Every run of a guest, and how it stands; of a run that was reopened, the newest."""
    found: dict[str, End] = {}
    async for run in client.list_workflows(""):
        if not placed(f"{run.id}#"):
            continue  # the watch for work that is left lying
        seen = run.typed_search_attributes
        end = End(run.status, seen.get(search_attributes.STAGE, ""), seen.get(search_attributes.LANE, ""))
        found.setdefault(run.id, end)
    return found


def runs_by_subject(ends: Mapping[str, End]) -> dict[str, list[str]]:
    """The runs of each subject."""
    found: dict[str, list[str]] = {}
    for run in ends:
        found.setdefault(subject_of(run)[1], []).append(run)
    return found


class Findings(NamedTuple):
    """Of all guests together."""

    doubled: dict[str, list[Made]]
    lost: dict[str, list[tuple[str, str]]]
    unexpected: dict[str, list[Made]]
    unended: dict[str, End | None]
    """Runs that stand elsewhere than where their journey ends, parked ones left out."""
    parked: dict[str, str]
    called_off: int
    """Messages that were not sent since the wait that they were about had ended."""
    effects: int

    @property
    def doubles(self) -> int:
        """How many effects were made more than once."""
        return sum(map(len, self.doubled.values()))

    @property
    def losses(self) -> int:
        """How many effects were not made."""
        return sum(map(len, self.lost.values()))


async def findings(
    client: Client, made: Belongings, guests: Iterable[Guest], normal: Mapping[Journey, Kinds]
) -> Findings:
    """Looks at every guest: each has all of what their journey makes, once, and every run has ended."""
    guests = list(guests)
    ends = await ends_of(client)
    runs = runs_by_subject(ends)
    parked = {run: end.stage for run, end in ends.items() if end.is_open and end.lane == "blocked"}
    found = Findings({}, {}, {}, {}, parked, 0, sum(map(_effects, made.values())))
    withdrawn = 0
    for guest in guests:
        at_rest = any(run in parked for run in runs.get(guest.name, ()))
        short = compared(made.get(guest.name, Counter()), normal[guest.journey])
        if short.doubled:
            found.doubled[guest.name] = short.doubled
        unexpected = [one for one in short.unexpected if not _goes_on_meanwhile(guest, one)]
        if unexpected and not at_rest:
            found.unexpected[guest.name] = unexpected
        if short.lost and not at_rest:
            lost = not_withdrawn(short.lost, await steps_of(client, runs.get(guest.name, ())))
            withdrawn += len(short.lost) - len(lost)
            if lost:
                found.lost[guest.name] = lost
        for run, stage in guest.ends.items():
            end = ends.get(run)
            if run not in parked and (end is None or end.is_open or end.stage != stage):
                found.unended[run] = end
    found.unended.update({run: end for run, end in ends.items() if end.is_open and run not in parked})
    return found._replace(called_off=withdrawn)


def _goes_on_meanwhile(guest: Guest, one: Made) -> bool:
    """A lead is followed until its undo has called that off: how far that comes is a matter of time."""
    return guest.journey is Journey.LEAD_UNDONE and one.key.startswith(Process.LEAD_FOLLOW_THROUGH)


def _effects(made: Counter[Made]) -> int:
    return sum(count for one, count in made.items() if one.where.startswith("effect "))


def not_withdrawn(lost: list[tuple[str, str]], steps: Steps) -> list[tuple[str, str]]:
    """What is lost for good: a message that a wait was over for, before or while it was sent, is not."""
    off = Counter(Made("", key).kind[1] for key in steps.called_off)
    taken = {Made("", key).kind[1] for key in steps.taken}
    left: list[tuple[str, str]] = []
    for (where, template), count in Counter(lost).items():
        if REMINDER in template and template not in taken:
            continue
        left += [(where, template)] * max(count - off[template], 0)
    return left
