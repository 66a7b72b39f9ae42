"""What runs say that they did, compared with what is there."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from temporalio.client import Client, WorkflowExecutionStatus

from connectors.store.engine import Store
from tests.chaos.evidence import PER_LEAD, Belongings, Made, belongings
from tests.chaos.findings import End, ends_of
from tests.chaos.journeys import CONTINUES, Guest, Journey


class Claims(NamedTuple):
    """What does not fit, guest by guest, and what was counted."""

    doubled: list[str]
    """Keys under which more than one row was made."""
    left: list[str]
    """What stands of those who called everything off."""
    lost: list[str]
    """What a run says it made, or what each guest gets, and is not there."""
    unended: dict[str, End | None]
    """Runs that have neither ended, nor wait for a person, nor stand parked."""
    outcomes: Counter[str]
    """How the runs of guests ended."""
    parked: dict[str, str]
    effects: int


WAITS = ("waiting", "escalated")

UNDOABLE = frozenset(
    f"effect done: {kind}"
    for kind in (
        "account",
        "admin_invitation",
        "billing_customer",
        "booking",
        "subscription",
        "task",
        "workspace",
    )
)
"""What stands no longer once an onboarding is called off."""


async def claims(client: Client, store: Store, guests: Iterable[Guest]) -> Claims:
    """Looks at every guest: each run has ended, waits for a person, or is parked with a reason."""
    guests = list(guests)
    made, ends = await belongings(store), await ends_of(client)
    found = Claims([], [], [], {}, Counter(), {}, sum(map(_effects, made.values())))
    found.doubled.extend(
        f"{one.where}: {one.key}" for mine in made.values() for one, count in mine.items() if count > 1
    )
    for run, one_end in ends.items():
        if one_end.is_open and one_end.lane == "blocked":
            found.parked[run] = await _reason(client, run)
        elif one_end.is_open and one_end.lane not in WAITS:
            found.unended[run] = one_end
    for one in guests:
        for run in one.ends:
            end = ends.get(run)
            found.outcomes[f"{one.journey}: {end.stage if end else 'never started'}"] += 1
            if end is None or not (end.is_open or end.status is WorkflowExecutionStatus.COMPLETED):
                found.unended[run] = end
    finished = [one for one in guests if _went_well(one, ends)]
    there = _there(made)
    for one in finished:
        mine = made[one.name]
        if one.journey in CONTINUES:
            found.left.extend(row.key for row in mine if row.where in UNDOABLE)
            continue
        found.lost.extend(key for key in await _claimed(client, one) if key not in there)
        if one.journey is Journey.LEAD:
            kinds = Counter(row.kind for row in mine)
            found.lost.extend(f"{one.name}: {kind}" for kind in PER_LEAD if kinds[kind] != 1)
    return found


def _went_well(one: Guest, ends: dict[str, End]) -> bool:
    return all(
        run in ends and not ends[run].is_open and ends[run].stage == at for run, at in one.ends.items()
    )


async def _claimed(client: Client, one: Guest) -> list[str]:
    """The keys that a run names in its result."""
    results = [await client.get_workflow_handle(run).result() for run in one.ends]
    return [made["key"] for result in results for made in result.get("effects", ())]


async def _reason(client: Client, run: str) -> str:
    status = await client.get_workflow_handle(run).query("get_status")
    return ", ".join(f"{parked['step']}: {parked['code']}" for parked in status["parked"])


def _there(made: Belongings) -> set[str]:
    """The keys of effects that were made, and of access that has run out since."""
    stands = ("effect done", "effect undone: access_grant")
    return {one.key for mine in made.values() for one in mine if one.where.startswith(stands)}


def _effects(made: Counter[Made]) -> int:
    return sum(count for one, count in made.items() if one.where.startswith("effect "))
