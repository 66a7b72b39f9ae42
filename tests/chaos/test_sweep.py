"""Every step that changes something, times all that can go wrong at it: one effect a key, no run stuck."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from tests.chaos.evidence import belongings, oddities
from tests.chaos.fault_script import GENTLE, KILLS, WORKERS_KILLED
from tests.chaos.findings import findings
from tests.chaos.site import Site
from tests.chaos.sweep import kill_server_when_awaited, planned, planned_again, rehearse, uncovered
from tests.chaos.tally import Tally

FEWEST_STEPS = 60
"""Of all journeys together. Fewer would mean that steps are not seen any more."""

ALL_IN_WITHIN = 10.0
FEW = 15
"""Runs that are left of the first guests when those come in whose faults cost everybody time."""

MOST_GUESTS = 140
"""Then a point that nobody has come to is one that cannot be come to."""


@pytest.mark.timeout(900)
async def test_every_step_makes_its_effect_once_whatever_goes_wrong_at_it(
    site: Site, seed: int, tally: Tally, say: Callable[[str], None], pytestconfig: pytest.Config
) -> None:
    began, numbers = time.monotonic(), itertools.count(1)
    people = site.people(Random(seed), patient=True)
    rehearsal = await rehearse(site, people, numbers)
    assert uncovered(rehearsal.steps) == []
    assert sum(map(len, rehearsal.steps.values())) >= FEWEST_STEPS
    say(
        f"\nrehearsed in {time.monotonic() - began:.0f} s: "
        + ", ".join(f"{len(steps)} steps of {journey}" for journey, steps in rehearsal.steps.items())
    )

    without_keys = pytestconfig.getoption("--without-keys")
    site.script.say(without_keys=without_keys)
    gentle, deadly = (planned(rehearsal.steps, numbers, kinds) for kinds in (GENTLE, KILLS))
    guests, points, kills = [*gentle.guests, *deadly.guests], gentle.points + deadly.points, Counter[str]()
    site.script.add([*gentle.faults, *deadly.faults])
    async with asyncio.TaskGroup() as group:
        killing = group.create_task(kill_server_when_awaited(site, kills))
        group.create_task(people.come_in(gentle.guests, ALL_IN_WITHIN))
        group.create_task(people.expect(deadly.guests, ALL_IN_WITHIN, while_open=FEW))
        await people.see_through()
        while (unmet := site.script.unmet()) and len(guests) < MOST_GUESTS and not without_keys:
            # What others' faults cost may take a run past a step: another guest comes for that.
            say(f"{time.monotonic() - began:.0f} s: nobody has come to {len(unmet)} of {points} points yet")
            again = planned_again(guests, unmet, numbers)
            guests += again.guests
            site.script.forget(unmet)
            site.script.add(again.faults)
            await people.come_in(again.guests, within=1.0)
            await people.see_through()
        killing.cancel()

    found = await findings(site.client, await belongings(site.store), guests, rehearsal.normal)
    kills["workers"] = site.script.counts()[WORKERS_KILLED]
    tally.points += points - len(unmet)
    tally.effects += found.effects
    tally.doubled += found.doubles
    tally.lost += found.losses
    tally.parked += len(found.parked)
    tally.worker_kills += kills["workers"]
    tally.server_kills += kills["server"]
    say(
        f"{points - len(unmet)} points tried on {len(guests)} guests, {found.effects} effects: "
        f"{found.doubles} doubled, {found.losses} lost, {found.called_off} called off, "
        f"{len(found.parked)} parked; kills {dict(kills)}; commands not taken {dict(people.repeated)}; "
        f"{time.monotonic() - began:.0f} s"
    )
    assert found.doubled == {}
    assert found.lost == {}
    assert found.unexpected == {}
    assert found.unended == {}
    assert found.parked == {}
    assert await oddities(site.store, undone=True) == {}
    assert unmet == []
