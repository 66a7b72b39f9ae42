"""However often workers die, every customer gets everything, and nothing twice."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from connectors.store.audit import SqlAudit
from connectors.store.engine import Store
from contracts.onboarding import OnboardingResult
from contracts.onboarding_states import OnboardingState
from runtime.dev_server import DevServer
from runtime.settings import PREFIX, PolicySettings, Settings
from starters.demo.stack import Workers
from starters.temporal_doors import open_doors
from tests.chaos.evidence import PER_CUSTOMER, TASKS, oddities, per_customer, recovery
from tests.chaos.killer import Killer
from tests.chaos.long_way import LongWay
from tests.chaos.people import ANSWER_WITHIN, People
from tests.chaos.policies import TASKS_A_CUSTOMER, write_chaos_policies

CUSTOMERS = 50
PROCESSES = 2
FEWEST_KILLS = 10


@pytest.fixture
async def way(dev_server: DevServer) -> AsyncIterator[LongWay]:
    """The workers' way to the server."""
    async with LongWay(dev_server.address) as opened:
        yield opened


@pytest.fixture
def deployment(settings: Settings, way: LongWay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that worker processes find as well, with a way of their own to the server."""
    policies = tmp_path / "policies"
    write_chaos_policies(policies)
    for name, value in {
        "TEMPORAL__ADDRESS": way.address,
        "TEMPORAL__NAMESPACE": settings.temporal.namespace,
        "STORE__URL": settings.store.url.get_secret_value(),
        "STORE__MIGRATE": "false",
        "IDENTITY__KEY_FILE": settings.identity.key_file,
        "POLICIES__DIRECTORY": policies,
        # How soon it is noticed that a worker is gone; the default only makes the test longer.
        "WORKER__STICKY_TIMEOUT": 2,
    }.items():
        monkeypatch.setenv(PREFIX + name, str(value))
    return settings.model_copy(update={"policies": PolicySettings(directory=policies)})


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    """The store that the workers write to."""
    async with await Store.open(settings.store.url.get_secret_value()) as opened:
        yield opened


@pytest.mark.timeout(300)
async def test_workers_killed_during_fifty_onboardings_leave_one_of_everything(
    deployment: Settings, client: Client, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # pytest-randomly seeds this one, so that `--randomly-seed` makes the same kills again.
    seed, began = random.getrandbits(32), time.monotonic()
    async with (
        open_doors(deployment, ANSWER_WITHIN) as doors,
        Workers(PROCESSES, tmp_path / "workers.log") as workers,
    ):
        killer = Killer(workers, tmp_path / "store.db", CUSTOMERS, random.Random(seed))
        people = People(CUSTOMERS, doors, deployment, store, random.Random(seed))
        async with asyncio.TaskGroup() as group:
            rampage = group.create_task(killer.rage())
            ordering = group.create_task(people.order())
            await people.see_through()
            rampage.cancel()
    customers, seconds = ordering.result(), time.monotonic() - began

    met = await recovery(client, store, list(customers))
    counts = await SqlAudit(store).counts()
    with capsys.disabled():
        sys.stdout.write(
            f"\nseed {seed}: {CUSTOMERS} onboardings, {counts['effects']} effects, "
            f"{killer.kills.total()} kills {dict(killer.kills)} in {seconds:.0f} s\n"
            f"{met.steps_retried} steps taken again, {met.found_done} of them found their effect made; "
            f"{met.tasks_lost} workflow tasks lost; commands not taken: {dict(people.repeated)}\n"
        )

    runs = [client.get_workflow_handle(run, result_type=OnboardingResult) for run in customers]
    results = [await run.result() for run in runs]
    assert [result.customer_id for result in results] == list(customers.values())
    assert {result.outcome for result in results} == {OnboardingState.ONBOARDED}
    for what, query in PER_CUSTOMER.items():
        assert await per_customer(store, query) == dict.fromkeys(customers.values(), (1, 1)), what
    tasks = (TASKS_A_CUSTOMER, TASKS_A_CUSTOMER)
    assert await per_customer(store, TASKS) == dict.fromkeys(customers.values(), tasks)
    assert await oddities(store) == {}
    assert await SqlAudit(store).duplicate_effects() == ()
    assert met.stumbles == 0
    assert killer.kills.total() >= FEWEST_KILLS
    assert met.found_done, "no kill came between an effect and its report: nothing was tested"
