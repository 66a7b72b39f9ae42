"""The sweep can fail: where keys are worth nothing, it sees effects that were made twice."""

import asyncio
from random import Random

import pytest

from contracts.names import Process
from tests.chaos.evidence import belongings
from tests.chaos.fault_script import Fault, FaultKind, Step
from tests.chaos.journeys import Journey, guest
from tests.chaos.site import Site

REPEATABLE = (
    Step("create_task", "create_task", f"{Process.LEAD_INTAKE}#create_task"),
    Step("create_note", "create_note", f"{Process.LEAD_INTAKE}#create_note"),
    Step("notify_owner", "send", f"{Process.LEAD_INTAKE}#notify_owner"),
    Step("save_follow_up_draft", "save", f"{Process.LEAD_INTAKE}#save_follow_up_draft"),
)
"""Where only the key keeps a repeat from being made again: nothing else about these is unique."""

KINDS = (FaultKind.AFTER, FaultKind.ANSWER_LOST, FaultKind.KILLED_AFTER, FaultKind.LATE)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("without_keys", [True, False], ids=["without-keys", "with-keys"])
async def test_effects_are_doubled_only_where_keys_are_random(
    site: Site, seed: int, *, without_keys: bool
) -> None:
    guests = [guest(Journey.LEAD, number) for number, _ in enumerate(KINDS)]
    site.script.say(without_keys=without_keys)
    site.script.add(
        Fault(one.name, step, kind) for one, kind in zip(guests, KINDS, strict=True) for step in REPEATABLE
    )
    people = site.people(Random(seed))
    await asyncio.gather(people.come_in(guests, within=0.5), people.see_through())

    assert site.script.unmet() == []
    made = await belongings(site.store)
    doubled = {
        (kind, one.kind)
        for befallen, kind in zip(guests, KINDS, strict=True)
        for one, count in made[befallen.name].items()
        if count > 1
    }
    tables = {"create_task": "tasks", "create_note": "notes"}
    seen = {
        (kind, (tables.get(step.activity, "outbox"), step.template)) for kind in KINDS for step in REPEATABLE
    }
    assert doubled >= seen if without_keys else doubled == set()
