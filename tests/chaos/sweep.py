"""The plan of the sweep: which guest meets which fault at which step."""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from contracts import names
from tests.chaos.evidence import belongings
from tests.chaos.fault_script import GENTLE, KILLS, Fault, FaultKind, Step
from tests.chaos.findings import Kinds, ends_of, kinds_of
from tests.chaos.gathering import gathered
from tests.chaos.journeys import CONTINUES, Guest, Journey, guest
from tests.chaos.people import People
from tests.chaos.site import Site
from workers.registry import ACTIVITY_CLASSES
from workflows.effects import IRREVERSIBLE, UNDO_OF

OFFERED_AGAIN = re.compile(r"#customer_kickoff_offer-(?!1$)\d+$")
"""A customer who was not quick enough needs more steps than others."""

MOST_FAULTS_OF_A_GUEST = dict.fromkeys(GENTLE, 9) | dict.fromkeys(KILLS, 4)
"""A guest meets one kind of fault, at so many steps that lie far apart; what costs everybody time, at few."""

ONLY_READ = frozenset(
    {
        "answer_failure",
        "assess_lead",
        "check_billing",
        "check_prerequisites",
        "check_provisioning",
        "classify_by_words",
        "classify_lead",
        "compare_crm_mapping",
        "find_slots",
        "judge_access",
        "judge_match",
        "judge_terms",
        "judge_unread",
        "plan_approval",
        "plan_details",
        "plan_follow_through",
        "plan_onboarding",
        "read_agreement",
        "read_deal",
        "read_usage",
        "route_lead",
        "summarise_transcript",
        "verify_actor",
    }
)
"""Activities that change nothing, so that there is nothing to be doubled or lost."""


OF_NO_GUEST: dict[str, str] = {
    "sweep_limbo": "it speaks of what others left lying, and is taken by no run of theirs",
}
"""Activities that change something and belong to no journey, and why."""


class Rehearsal(NamedTuple):
    """What happens to guests whom nothing befalls."""

    normal: dict[Journey, Kinds]
    """What is made for each."""
    steps: dict[Journey, list[Step]]
    """The calls that write, of each journey; what it shares with one that it continues is left out."""


class Plan(NamedTuple):
    """Who comes in, and what befalls them."""

    guests: list[Guest]
    faults: list[Fault]

    @property
    def points(self) -> int:
        """Steps times faults."""
        return sum(fault.kind is not FaultKind.REFUSED for fault in self.faults)


async def rehearse(site: Site, people: People, numbers: Iterable[int]) -> Rehearsal:
    """Takes one guest through each journey, and looks at what was done for them."""
    guests = [guest(journey, number) for journey, number in zip(Journey, numbers, strict=False)]
    site.script.add(itertools.chain.from_iterable(map(doom, guests)))
    await asyncio.gather(people.come_in(guests, within=0.5), people.see_through())
    made, ends = await belongings(site.store), await ends_of(site.client)
    for one in guests:
        for run, stage in one.ends.items():
            assert run in ends, f"{one.journey}: {run} was never started"
            assert ends[run].stage == stage, f"{one.journey}: {run} ended as {ends[run]}"
        again = [row.key for row in made[one.name] if OFFERED_AGAIN.search(row.key)]
        assert not again, f"{one.journey}: the rehearsed are to share no host's calendar: {again}"
    steps: dict[Journey | None, list[Step]] = {one.journey: site.script.steps(one.name) for one in guests}
    return Rehearsal(
        normal={one.journey: kinds_of(made[one.name]) for one in guests},
        steps={
            journey: [step for step in steps[journey] if step not in steps.get(CONTINUES.get(journey), ())]
            for journey in Journey
        },
    )


def doom(one: Guest) -> list[Fault]:
    """What makes a lead end undone: its decision is refused for good, once."""
    if one.journey is not Journey.LEAD_UNDONE:
        return []
    record = Step("record_decision", "record_decision", f"{names.Process.LEAD_INTAKE}#record_decision")
    return [Fault(one.name, record, FaultKind.REFUSED)]


def planned(steps: Mapping[Journey, list[Step]], numbers: Iterable[int], kinds: Iterable[FaultKind]) -> Plan:
    """Every step times each of these kinds of fault, dealt out to guests."""
    numbers = iter(numbers)
    plan = Plan([], [])
    for journey, kind in itertools.product(steps, kinds):
        count = -(-len(steps[journey]) // MOST_FAULTS_OF_A_GUEST[kind])
        for at in range(count):
            one = guest(journey, next(numbers))
            plan.guests.append(one)
            plan.faults.extend(doom(one))
            plan.faults.extend(Fault(one.name, step, kind) for step in steps[journey][at::count])
    return plan


def planned_again(guests: Iterable[Guest], unmet: Iterable[Fault], numbers: Iterable[int]) -> Plan:
    """Another guest for each fault that did not happen."""
    journeys = {one.name: one.journey for one in guests}
    plan = Plan([], [])
    for fault, number in zip(unmet, numbers, strict=False):
        one = guest(journeys[fault.subject], number)
        plan.guests.append(one)
        plan.faults.extend((*doom(one), fault._replace(subject=one.name)))
    return plan


async def kill_server_when_awaited(site: Site, kills: Counter[str]) -> None:
    """Kills the server once calls wait for that, and starts it again; goes on until it is cancelled."""
    while True:
        await asyncio.sleep(0.1)
        if site.script.waiting_for_the_server():
            await gathered(lambda: len(site.script.waiting_for_the_server()))
            waiting = site.script.waiting_for_the_server()
            await site.server.kill()
            kills["server"] += 1
            site.script.meet(*waiting)
            await site.server.start()


def uncovered(steps: Mapping[Journey, Iterable[Step]]) -> list[str]:
    """What changes something and is taken by no journey, with what is to be done about it."""
    taken = {step.activity for journey in steps.values() for step in journey}
    problems = [
        f"step {step} changes another system, and no journey takes it: let one of tests/chaos/journeys.py"
        for step in sorted({*UNDO_OF, *IRREVERSIBLE} - {names.Step(one) for one in taken & set(names.Step)})
    ]
    problems += [
        f"{undoing.by.__name__} takes back step {step}, and no journey has that undone: let one of"
        " tests/chaos/journeys.py"
        for step, undoing in UNDO_OF.items()
        if undoing.by.__name__ not in taken
    ]
    problems += [
        f"activity {name} is neither taken by a journey (tests/chaos/journeys.py) nor said to change nothing"
        " or to be nobody's (ONLY_READ and OF_NO_GUEST in tests/chaos/sweep.py)"
        for name in sorted(registered() - taken - ONLY_READ - set(OF_NO_GUEST))
    ]
    problems += [
        f"activity {name} is in ONLY_READ and wrote to the store" for name in sorted(taken & ONLY_READ)
    ]
    return problems


def registered() -> set[str]:
    """The names of all activities that workers run."""
    return {
        name
        for cls in ACTIVITY_CLASSES
        for name, member in vars(cls).items()
        if hasattr(member, "__temporal_activity_definition")
    }
