"""Conformance of `ModelSpend`: all workers count together, and none overruns a budget."""

import asyncio
from datetime import date

import pytest

from connectors.store.engine import Store
from connectors.store.model_spend import SqlModelSpend
from contracts.failures import RETRYABLE, FailureCode, ServiceFailure
from contracts.model_spend import DaySpend, ModelSpend, ReserveSpendInput, SettleSpendInput
from tests.connectors.conftest import SettableClock

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def spend(store: Store, clock: SettableClock) -> ModelSpend:
    return SqlModelSpend(store, clock)


def call_of(micros: int, budget: int | None = 1_000, model: str = "acme/one") -> ReserveSpendInput:
    return ReserveSpendInput(model=model, most_micros=micros, budget_micros=budget)


async def test_bill_takes_the_place_of_what_was_set_aside(spend: ModelSpend) -> None:
    hold = await spend.reserve(call_of(400))
    assert await spend.days(TODAY) == (DaySpend(model="acme/one", day=TODAY, held_micros=400),)
    await spend.settle(SettleSpendInput(hold=hold, input_tokens=10, output_tokens=2, cost_micros=150))
    (row,) = await spend.days(TODAY)
    assert row == DaySpend(
        model="acme/one", day=TODAY, calls=1, input_tokens=10, output_tokens=2, cost_micros=150
    )


async def test_call_that_the_budget_does_not_hold_is_not_made_and_is_nobodys_outage(
    spend: ModelSpend,
) -> None:
    await spend.reserve(call_of(600))
    with pytest.raises(ServiceFailure) as refused:
        await spend.reserve(call_of(401))
    assert refused.value.code is FailureCode.FORBIDDEN
    assert refused.value.code not in RETRYABLE
    await spend.reserve(call_of(400))
    (row,) = await spend.days(TODAY)
    assert row.held_micros == 1_000


async def test_call_that_was_not_billed_gives_its_amount_back(spend: ModelSpend) -> None:
    hold = await spend.reserve(call_of(1_000))
    await spend.settle(SettleSpendInput(hold=hold, calls=0))
    await spend.reserve(call_of(1_000))
    (row,) = await spend.days(TODAY)
    assert (row.calls, row.held_micros) == (0, 1_000)


async def test_calls_at_once_do_not_overrun_the_budget(store: Store, clock: SettableClock) -> None:
    workers = [SqlModelSpend(store, clock) for _ in range(10)]
    ended = await asyncio.gather(*(one.reserve(call_of(300)) for one in workers), return_exceptions=True)
    assert sum(isinstance(one, ServiceFailure) for one in ended) == 7
    (row,) = await workers[0].days(TODAY)
    assert row.held_micros == 900


async def test_without_a_budget_calls_are_only_counted(spend: ModelSpend) -> None:
    for _ in range(3):
        hold = await spend.reserve(call_of(10**12, budget=None))
        await spend.settle(SettleSpendInput(hold=hold, cost_micros=10**12))
    (row,) = await spend.days(TODAY)
    assert (row.calls, row.cost_micros) == (3, 3 * 10**12)


async def test_each_model_has_its_own_budget_and_each_day_a_new_one(
    spend: ModelSpend, clock: SettableClock
) -> None:
    late = await spend.reserve(call_of(1_000))
    await spend.reserve(call_of(1_000, model="acme/two"))
    clock.advance(days=1)
    await spend.reserve(call_of(1_000))
    # What a call of yesterday came to is yesterday's.
    await spend.settle(SettleSpendInput(hold=late, cost_micros=900))
    assert [(row.model, row.day, row.cost_micros) for row in await spend.days(TODAY)] == [
        ("acme/one", TOMORROW, 0),
        ("acme/one", TODAY, 900),
        ("acme/two", TODAY, 0),
    ]
    assert [row.day for row in await spend.days(TOMORROW)] == [TOMORROW]
