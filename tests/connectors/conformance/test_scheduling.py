"""Conformance of `Scheduling`: nobody is in two meetings at once, and a cancelled one frees its time."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.onboarding_ports import Scheduling
from contracts.scheduling import FreeSlotsInput, Slot
from tests.connectors.examples import LONG, Refused
from tests.connectors.onboarding_examples import TEN, meeting, slot

HALF_HOURS = tuple(slot(TEN + timedelta(minutes=30 * n)) for n in range(6))


@pytest.fixture(params=["embedded", "google_calendar", "calcom"])
def scheduling_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def minutes(number: float) -> datetime:
    """That many minutes after ten."""
    return TEN + timedelta(minutes=number)


async def free(scheduling: Scheduling, *candidates: Slot, wanted: int = 99, host: str = "kim") -> list[str]:
    question = FreeSlotsInput(host_id=host, candidates=candidates or HALF_HOURS, wanted=wanted)
    return [one.id for one in await scheduling.free_slots(question)]


async def test_booked_time_is_not_offered_again(scheduling: Scheduling) -> None:
    booked = await scheduling.book(meeting(slot=HALF_HOURS[2]))
    assert booked.id
    assert not booked.taken
    others = [one.id for one in HALF_HOURS if one is not HALF_HOURS[2]]
    assert await free(scheduling) == others
    assert await free(scheduling, wanted=3) == others[:3]
    assert await free(scheduling, host="ali") == [one.id for one in HALF_HOURS]


async def test_slots_are_offered_in_the_order_of_the_question(scheduling: Scheduling) -> None:
    backwards = HALF_HOURS[::-1]
    assert await free(scheduling, *backwards, wanted=4) == [one.id for one in backwards[:4]]


@pytest.mark.parametrize("wanted", [0, -1])
async def test_nothing_wanted_and_nothing_to_choose_from_are_nothing(
    scheduling: Scheduling, wanted: int
) -> None:
    assert await free(scheduling, wanted=wanted) == []
    assert await scheduling.free_slots(FreeSlotsInput(host_id="kim", candidates=(), wanted=3)) == ()


@pytest.mark.parametrize(
    ("begins", "lasts", "is_free"),
    [
        (-30, 30, True),
        (30, 30, True),
        (0, 30, False),
        (0, 60, False),
        (-15, 30, False),
        (-30, 60, False),
        (-10, 50, False),
        (15, 30, False),
        (10, 10, False),
        (29.5, 30, False),
    ],
)
async def test_meetings_may_touch_and_never_overlap(
    scheduling: Scheduling, offers: Callable[[Slot], bool], begins: float, lasts: int, is_free: bool
) -> None:
    await scheduling.book(meeting())
    other = slot(minutes(begins), lasts)
    is_free = is_free and offers(other)
    assert bool(await free(scheduling, other)) is is_free
    assert (await scheduling.book(meeting(key="other", slot=other))).taken is not is_free


async def test_same_instant_in_another_zone_is_the_same_slot(scheduling: Scheduling) -> None:
    await scheduling.book(meeting())
    there = TEN.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert (await scheduling.book(meeting(key="other", slot=slot(there)))).taken


async def test_ten_bookings_of_one_slot_at_once_are_one_and_nine_are_told_that_it_is_taken(
    scheduling: Scheduling,
) -> None:
    made = await asyncio.gather(*(scheduling.book(meeting(key=f"run-{n}")) for n in range(10)))
    assert sum(not one.taken for one in made) == 1
    assert [one.id for one in made if one.taken] == [None] * 9


async def test_ten_overlapping_bookings_at_once_are_one(scheduling: Scheduling) -> None:
    requests = [meeting(key=f"run-{n}", slot=slot(minutes(n))) for n in range(10)]
    made = await asyncio.gather(*map(scheduling.book, requests))
    assert sum(not one.taken for one in made) == 1


async def test_ten_bookings_of_ten_hosts_at_once_are_ten(scheduling: Scheduling) -> None:
    requests = [meeting(key=f"run-{n}", host_id=f"host-{n}") for n in range(10)]
    made = await asyncio.gather(*map(scheduling.book, requests))
    assert len({one.id for one in made if one.id}) == 10


async def test_same_key_returns_the_first_booking_whatever_it_asks(scheduling: Scheduling) -> None:
    first = await scheduling.book(meeting())
    assert await scheduling.book(meeting(slot=HALF_HOURS[3])) == first
    assert HALF_HOURS[3].id in await free(scheduling)


async def test_key_of_a_slot_that_was_taken_serves_for_another_slot(scheduling: Scheduling) -> None:
    await scheduling.book(meeting(key="quicker"))
    assert (await scheduling.book(meeting())).taken
    booked = await scheduling.book(meeting(slot=HALF_HOURS[3]))
    assert not booked.taken
    assert (await scheduling.cancel_booking(UndoInput(key=meeting().key))).undone
    assert HALF_HOURS[3].id in await free(scheduling)


async def test_cancelling_what_was_not_booked_since_the_slot_was_taken_cancels_nothing(
    scheduling: Scheduling,
) -> None:
    await scheduling.book(meeting(key="quicker"))
    await scheduling.book(meeting())
    assert not (await scheduling.cancel_booking(UndoInput(key=meeting().key))).undone
    assert HALF_HOURS[0].id not in await free(scheduling)


async def test_cancelled_booking_frees_its_slot_for_others(scheduling: Scheduling) -> None:
    first = await scheduling.book(meeting())
    await scheduling.cancel_booking(UndoInput(key=meeting().key))
    assert HALF_HOURS[0].id in await free(scheduling)
    again = await scheduling.book(meeting(key="other"))
    assert again.id not in (None, first.id)


@pytest.mark.parametrize("lasts", [0, -30])
async def test_slot_without_length_is_refused(scheduling: Scheduling, lasts: int) -> None:
    with Refused(FailureCode.REJECTED):
        await scheduling.book(meeting(slot=slot(minutes=lasts)))


async def test_long_title_of_any_script_is_taken(scheduling: Scheduling) -> None:
    assert (await scheduling.book(meeting(title="検査" + LONG[:498]))).id
