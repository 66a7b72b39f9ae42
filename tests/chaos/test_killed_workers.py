"""However often workers die, every customer gets everything, and nothing twice."""

import asyncio
import random
import sys
import time
from pathlib import Path

import pytest
from temporalio.client import Client

from connectors.store.audit import SqlAudit
from connectors.store.engine import Store
from contracts.onboarding import OnboardingResult
from contracts.onboarding_states import OnboardingState
from runtime.settings import PREFIX, PolicySettings, Settings
from starters.demo.stack import Workers
from starters.temporal_doors import open_doors
from tests.chaos.evidence import PER_CUSTOMER, TASKS, oddities, per_customer, recovery
from tests.chaos.killer import Killer
from tests.chaos.people import ANSWER_WITHIN, People
from tests.chaos.policies import TASKS_A_CUSTOMER, write_chaos_policies

CUSTOMERS = 50
PROCESSES = 2
FEWEST_KILLS = 12


@pytest.fixture
def deployment(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that worker processes find as well."""
    policies = tmp_path / "policies"
    write_chaos_policies(policies)
    for name, value in {
        "TEMPORAL__ADDRESS": settings.temporal.address,
        "TEMPORAL__NAMESPACE": settings.temporal.namespace,
        "STORE__URL": settings.store.url.get_secret_value(),
        "STORE__MIGRATE": "false",
        "IDENTITY__KEY_FILE": settings.identity.key_file,
        "POLICIES__DIRECTORY": policies,
    }.items():
        monkeypatch.setenv(PREFIX + name, str(value))
    return settings.model_copy(update={"policies": PolicySettings(directory=policies)})


@pytest.mark.timeout(240)
async def test_workers_killed_during_fifty_onboardings_leave_one_of_everything(
    deployment: Settings, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # pytest-randomly seeds this one, so that `--randomly-seed` makes the same kills again.
    seed, began = random.getrandbits(32), time.monotonic()
    async with (
        await Store.open(deployment.store.url.get_secret_value()) as store,
        open_doors(deployment, ANSWER_WITHIN) as doors,
        Workers(PROCESSES, tmp_path / "workers.log") as workers,
    ):
        killer = Killer(workers, tmp_path / "store.db", random.Random(seed))
        people = People(doors, deployment, store, random.Random(seed))
        async with asyncio.TaskGroup() as group:
            rampage = group.create_task(killer.rage())
            customers = await people.order(CUSTOMERS)
            await people.see_through()
            rampage.cancel()
        seconds = time.monotonic() - began

        runs = list(customers)
        results = [
            await client.get_workflow_handle(run, result_type=OnboardingResult).result() for run in runs
        ]
        met = await recovery(client, store, runs)
        counts = await SqlAudit(store).counts()
        say = [
            f"seed {seed}: {killer.kills.total()} kills ({dict(killer.kills)}) in {seconds:.0f} s",
            f"{CUSTOMERS} onboardings, {counts['effects']} effects",
            f"{met.steps_retried} steps taken again, {met.found_done} of them found their effect made; "
            f"{met.tasks_lost} workflow tasks lost",
            f"commands repeated: {dict(people.repeated)}",
        ]
        with capsys.disabled():
            sys.stdout.write("\nchaos: " + "\nchaos: ".join(say) + "\n")

        everybody = customers.values()
        assert {result.outcome for result in results} == {OnboardingState.ONBOARDED}
        assert sorted(result.customer_id for result in results) == sorted(everybody)
        one_each = dict.fromkeys(everybody, (1, 1))
        for what, query in PER_CUSTOMER.items():
            assert await per_customer(store, query) == one_each, what
        assert await per_customer(store, TASKS) == dict.fromkeys(everybody, (TASKS_A_CUSTOMER,) * 2)
        assert await oddities(store) == {}
        assert await SqlAudit(store).duplicate_effects() == ()
        assert met.stumbles == 0
        assert killer.kills.total() >= FEWEST_KILLS
        assert met.steps_retried, "no kill met a step: nothing was tested"
