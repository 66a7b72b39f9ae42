"""What does not come to its end is left as it stands, and said to be so."""

import asyncio

import pytest

from contracts.status import ParkedStep
from starters.demo.customer_report import differences, documents
from starters.demo.customers import load_customers
from starters.demo.journey import Travelled
from starters.demo.patience import giving_up_after
from tests.connectors.examples import MONDAY_NINE
from tests.starters.onboarding_standins import onboarding_status


def travelled() -> Travelled:
    return Travelled(load_customers()[0], onboarding_id="o-1")


async def test_what_takes_too_long_is_left() -> None:
    async with giving_up_after(0.01):
        await asyncio.Event().wait()


async def test_time_that_ran_out_for_somebody_else_is_not_taken_for_ours() -> None:
    with pytest.raises(TimeoutError, match="theirs"):
        async with giving_up_after(60):
            raise TimeoutError("theirs")


def test_customer_whose_undo_is_parked_is_told_from_one_who_never_began() -> None:
    parked = ParkedStep(
        step="undo:account",
        code="CONFLICT",
        message="an account may not move to prospect from live",
        who_must_act="whoever administers the CRM",
        since=MONDAY_NINE,
    )
    stuck, absent = travelled(), travelled()
    stuck.status = onboarding_status(state="undoing", parked=(parked,))
    assert differences(stuck) == [
        f"it has not ended: undoing; undo:account is parked: CONFLICT: {parked.message}"
    ]
    assert differences(absent) == ["it has not begun"]
    assert documents([stuck])[0]["outcome"] is None
