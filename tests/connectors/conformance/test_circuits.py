"""Conformance of `Circuits`: all workers see the same, and one changes it at a time."""

import asyncio
from datetime import UTC, datetime

import pytest

from connectors.store.circuits import SqlCircuits
from connectors.store.engine import Store
from contracts.circuits import CircuitState
from contracts.names import System
from contracts.ports import Circuits

FRESH = CircuitState(system=System.CRM, budget_left=10)
UNTIL = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def circuits(store: Store) -> Circuits:
    return SqlCircuits(store)


def less(state: CircuitState) -> CircuitState:
    return state.model_copy(update={"budget_left": state.budget_left - 0.5})


async def test_nothing_is_remembered_of_a_system_that_never_failed(circuits: Circuits) -> None:
    assert await circuits.read(System.CRM) is None
    assert await circuits.read_all() == ()


async def test_change_starts_from_the_untroubled_state_and_is_seen_by_everybody(
    circuits: Circuits, store: Store
) -> None:
    assert (await circuits.change(FRESH, less)).budget_left == 9.5
    assert await SqlCircuits(store).read(System.CRM) == less(FRESH)
    assert (await circuits.change(FRESH, less)).budget_left == 9


async def test_every_part_of_a_state_is_kept(circuits: Circuits) -> None:
    whole = CircuitState(system=System.CRM, budget_left=0, tries=3, open_until=UNTIL, trying_until=UNTIL)
    await circuits.change(FRESH, lambda _: whole)
    assert await circuits.read(System.CRM) == whole
    await circuits.change(FRESH, lambda _: FRESH)
    assert await circuits.read(System.CRM) == FRESH


async def test_changes_at_once_take_turns(circuits: Circuits) -> None:
    await asyncio.gather(*(circuits.change(FRESH, less) for _ in range(10)))
    state = await circuits.read(System.CRM)
    assert state is not None
    assert state.budget_left == 5


async def test_systems_are_kept_apart_and_listed_by_name(circuits: Circuits) -> None:
    billing = FRESH.model_copy(update={"system": System.BILLING})
    await circuits.change(FRESH, less)
    await circuits.change(billing, less)
    assert await circuits.read_all() == (less(billing), less(FRESH))
