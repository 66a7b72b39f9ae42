"""Random faults at every port, random kills, guests who keep coming in: the longer, the more is tried."""

import asyncio
import itertools
import time
from collections.abc import Callable
from random import Random

import pytest

from starters.reconciliation import reconcile
from tests.chaos.claims import claims
from tests.chaos.evidence import oddities
from tests.chaos.fault_script import DRAWN, WORKERS_KILLED
from tests.chaos.journeys import Journey, guest
from tests.chaos.killer import EVERYTHING, SERVER, Killer
from tests.chaos.site import Site
from tests.chaos.tally import Tally

GUESTS_A_SECOND = 0.7
SHARE_OF_FAULTS = 0.05
"""Of all attempts of calls."""

JOURNEYS = (*(Journey.LEAD,) * 5, *(Journey.ONBOARDING,) * 3, Journey.ONBOARDING_CALLED_OFF, Journey.ACCESS)
LONGEST_THOUGHT_SECONDS = 3.0


@pytest.mark.timeout(0)
async def test_random_faults_and_kills_lose_nothing_and_double_nothing(
    site: Site, seed: int, tally: Tally, say: Callable[[str], None], pytestconfig: pytest.Config
) -> None:
    seconds, began = float(str(pytestconfig.getoption("--soak-seconds"))), time.monotonic()
    again = f"./throughline test chaos -k random_faults --seed {seed} --soak-seconds {seconds:g}"
    say(f"\nsoak of {seconds:g} s, seed {seed}; to repeat it: {again}")
    tally.seeds.append(again)
    random = Random(seed)
    guests = [guest(random.choice(JOURNEYS), number) for number in range(int(seconds * GUESTS_A_SECOND))]
    people = site.people(random, thought=LONGEST_THOUGHT_SECONDS)
    killer = Killer(
        site.server, site.workers, site.store_file, targets={}, random=Random(seed), seconds=seconds
    )
    site.script.say(draw=f"{seed}:{SHARE_OF_FAULTS}")
    async with asyncio.TaskGroup() as group:
        raging = group.create_task(killer.rage())
        raging.add_done_callback(lambda _: site.script.say(quiet=True))
        group.create_task(people.come_in(guests, within=seconds))
        await people.see_through()

    found = await claims(site.client, site.store, guests)
    counts = site.script.counts()
    drawn = {what.removeprefix(DRAWN): count for what, count in counts.items() if what.startswith(DRAWN)}
    tally.add(found, killer.kills, workers=counts[WORKERS_KILLED], server=(SERVER, EVERYTHING))
    say(
        f"{len(guests)} guests, {found.effects} effects, {sum(drawn.values())} faults drawn {drawn}, kills "
        f"{dict(killer.kills)}: {len(found.doubled)} doubled, {len(found.lost)} lost, "
        f"{len(found.parked)} parked {dict(itertools.islice(found.parked.items(), 5))}; "
        f"ends {dict(found.outcomes)}; {time.monotonic() - began:.0f} s"
    )
    assert found.doubled == []
    assert found.lost == []
    assert found.left == []
    assert found.unended == {}
    assert all(found.parked.values())
    assert await oddities(site.store, undone=True) == {}
    assert await reconcile(site.client, site.store) == []
    assert sum(drawn.values()) > 0
    assert killer.kills.total() > 0
