"""However often server and workers die, every guest gets everything, and nothing twice."""

import asyncio
import time
from collections.abc import Callable
from random import Random

import pytest

from connectors.store.audit import SqlAudit
from contracts.follow_through import FollowThroughState
from contracts.ids import approval_workflow_id, onboarding_workflow_id
from contracts.lead_intake import IntakeState
from contracts.onboarding import OnboardingResult
from contracts.onboarding_states import OnboardingState
from contracts.order import OnboardingOrder
from starters.reconciliation import reconcile
from tests.chaos.claims import claims
from tests.chaos.evidence import PER_CUSTOMER, TASKS, oddities, per_customer, recovery
from tests.chaos.journeys import Journey, guest
from tests.chaos.killer import EVERYTHING, SERVER, Killer
from tests.chaos.policies import TASKS_A_CUSTOMER
from tests.chaos.site import Site
from tests.chaos.tally import Tally

LEADS = 300
CUSTOMERS = 50

SECONDS_A_KILL = 15.0
"""How long a kill takes at most on a crowded machine, with the pause before it: fewer kills test nothing."""

LONGEST_THOUGHT_SECONDS = 5.0
"""People take their time, so that kills meet runs at every step."""

TARGETS = {
    "works": LEADS,
    "subscriptions": CUSTOMERS,
    "workspaces": CUSTOMERS,
    "outbox where kind = 'customer_welcome'": CUSTOMERS,
    "bookings": CUSTOMERS,
}
"""What each guest gets once, in the order in which most is made."""


@pytest.mark.timeout(0)
async def test_server_and_workers_killed_under_a_crowd_leave_one_of_everything(
    site: Site, seed: int, tally: Tally, say: Callable[[str], None], pytestconfig: pytest.Config
) -> None:
    seconds, began = float(str(pytestconfig.getoption("--rampage-seconds"))), time.monotonic()
    again = f"./throughline test chaos -k crowd --seed {seed} --rampage-seconds {seconds:g}"
    say(f"\nrampage of {seconds:g} s, seed {seed}; to repeat it: {again}")
    tally.seeds.append(again)
    customers = [guest(Journey.ONBOARDING, number) for number in range(CUSTOMERS)]
    leads = [guest(Journey.LEAD, number) for number in range(CUSTOMERS, CUSTOMERS + LEADS)]
    people = site.people(Random(seed), thought=LONGEST_THOUGHT_SECONDS, together=True)
    killer = Killer(
        site.server, site.workers, site.store_file, targets=TARGETS, random=Random(seed), seconds=seconds
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(killer.rage())
        group.create_task(people.come_in([*customers, *leads], within=seconds / 2))
        await people.see_through()

    runs = [onboarding_workflow_id(one.name) for one in customers]
    theirs = [*runs, *map(approval_workflow_id, runs), *(run for one in leads for run in one.ends)]
    met = await recovery(site.client, site.store, theirs)
    found = await claims(site.client, site.store, [*customers, *leads])
    tally.add(found, killer.kills, server=(SERVER, EVERYTHING))
    say(
        f"{LEADS} leads and {CUSTOMERS} onboardings, {found.effects} effects, {killer.kills.total()} kills "
        f"{dict(killer.kills)} in {time.monotonic() - began:.0f} s: {len(found.doubled)} doubled, "
        f"{len(found.lost)} lost, {len(found.parked)} parked\n"
        f"{met.steps_retried} steps taken again, {met.found_done} of them found their effect made; "
        f"{met.tasks_lost} workflow tasks lost; commands not taken: {dict(people.repeated)}"
    )
    assert found.doubled == []
    assert found.lost == []
    assert found.unended == {}
    assert found.parked == {}
    assert found.outcomes == {
        f"{Journey.LEAD}: {IntakeState.HANDED_OVER}": LEADS,
        f"{Journey.LEAD}: {FollowThroughState.CLOSED}": LEADS,
        f"{Journey.ONBOARDING}: {OnboardingState.ONBOARDED}": CUSTOMERS,
    }
    ordered = [one.asks.customer_id for one in customers if isinstance(one.asks, OnboardingOrder)]
    handles = [site.client.get_workflow_handle(run, result_type=OnboardingResult) for run in runs]
    results = [await handle.result() for handle in handles]
    assert [result.customer_id for result in results] == ordered
    assert {result.outcome for result in results} == {OnboardingState.ONBOARDED}
    for what, query in PER_CUSTOMER.items():
        assert await per_customer(site.store, query) == dict.fromkeys(ordered, (1, 1)), what
    tasks = (TASKS_A_CUSTOMER, TASKS_A_CUSTOMER)
    assert await per_customer(site.store, TASKS) == dict.fromkeys(ordered, tasks)
    assert await oddities(site.store) == {}
    assert await SqlAudit(site.store).duplicate_effects() == ()
    assert met.stumbles == 0
    assert await reconcile(site.client, site.store) == []
    assert killer.kills.total() >= seconds / SECONDS_A_KILL
    assert met.found_done, "no kill came between an effect and its report: nothing was tested"
