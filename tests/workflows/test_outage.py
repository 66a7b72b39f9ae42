"""A system that is away is spared by all runs together, and everything goes on once it is back."""

import asyncio
from datetime import timedelta

import pytest

from connectors.store.circuits import SqlCircuits
from contracts.circuits import CircuitState
from contracts.failure_policy import CircuitPolicy
from contracts.failures import FailureCode
from contracts.lead_intake import IntakeState
from contracts.names import System
from contracts.policy import PolicyBundle
from tests.bundles import failure_table
from tests.faults import Faults
from tests.workflows.house import House, eventually
from tests.workflows.leads import a_sales_lead
from tests.workflows.policies import house_rules

FIRST, LATER = 12, 30
"""Leads that find out, and leads that come while it is known."""

CIRCUIT = CircuitPolicy(budget=6, pause=timedelta(seconds=0.5), longest_pause=timedelta(seconds=1))


AWAY = ("register", "create_lead_records")
"""The first call of every step of a lead's that speaks to the CRM: none of them tells that it is back."""


def calls(faults: Faults) -> int:
    return sum(map(faults.count, AWAY))


@pytest.fixture
def bundle() -> PolicyBundle:
    table = failure_table().model_copy(update={"systems": {System.CRM: CIRCUIT}})
    return house_rules(reviews=(), failures=table)


async def test_calls_to_a_system_that_is_away_are_bounded_and_every_lead_gets_its_records(
    house: House, faults: Faults
) -> None:
    for method in AWAY:
        faults.fail(method, FailureCode.UNAVAILABLE)
    circuits = SqlCircuits(house.store)
    runs = [await house.submit(a_sales_lead()) for _ in range(FIRST)]
    state: CircuitState = await eventually(
        lambda: circuits.read(System.CRM), lambda seen: seen is not None and seen.open_until is not None
    )
    found_out, began = calls(faults), asyncio.get_running_loop().time()
    # Every one of the first may have been calling when the last of the budget went.
    assert found_out <= CIRCUIT.budget + FIRST
    runs += [await house.submit(a_sales_lead()) for _ in range(LATER)]
    await eventually(lambda: circuits.read(System.CRM), lambda seen: seen is not None and seen.tries >= 3)
    tries = calls(faults) - found_out
    pauses = (asyncio.get_running_loop().time() - began) / CIRCUIT.pause.total_seconds()
    assert state.budget_left == 0
    assert tries <= FIRST + pauses + 1
    assert tries < LATER, "leads that came while it was known have called as well"
    for method in AWAY:
        faults.heal(method)
    results = await asyncio.gather(*(run.result() for run in runs))
    assert {result.outcome for result in results} == {IntakeState.HANDED_OVER}
    assert (
        len(set(faults.keys("create_lead_records"))) == len(faults.keys("create_lead_records")) == len(runs)
    )
    after = await circuits.read(System.CRM)
    assert after is not None
    assert after.open_until is None
