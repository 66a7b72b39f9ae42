"""Calendars of others on strict fakes: lost answers, refused tokens, meetings that somebody else moved."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from connectors.google_calendar.scheduling import event_id
from connectors.store.engine import Store
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode
from contracts.scheduling import Slot
from tests.connectors.conformance.onboarding_systems import OnCalCom, OnGoogle, on_calcom, on_google
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import Refused
from tests.connectors.onboarding_examples import TEN, ZOE, meeting, slot

KIM = "kim@ours.example"


def hour(number: int) -> Slot:
    return slot(TEN + timedelta(hours=number))


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest_asyncio.fixture
async def google(store: Store, clock: SettableClock) -> AsyncIterator[OnGoogle]:
    async with on_google(store, clock) as one:
        yield one


@pytest_asyncio.fixture
async def calcom(store: Store, clock: SettableClock) -> AsyncIterator[OnCalCom]:
    async with on_calcom(store, clock) as one:
        yield one


async def test_google_tells_whoever_attends_of_booking_and_cancellation(google: OnGoogle) -> None:
    await google.scheduling.book(meeting())
    await google.scheduling.cancel_booking(UndoInput(key=meeting().key))
    assert google.domain.told == [(ZOE.email, "invited"), (ZOE.email, "cancelled")]


async def test_token_is_asked_for_once_and_again_before_it_ends(
    google: OnGoogle, clock: SettableClock
) -> None:
    await google.scheduling.book(meeting())
    await google.scheduling.book(meeting(key="second", slot=hour(1)))
    assert len(google.domain.tokens) == 1
    clock.advance(minutes=59)
    await google.scheduling.book(meeting(key="third", slot=hour(2)))
    assert len(google.domain.tokens) == 2


async def test_refused_token_is_renewed_within_the_call(google: OnGoogle, clock: SettableClock) -> None:
    await google.scheduling.book(meeting())
    google.domain.tokens = dict.fromkeys(google.domain.tokens, clock.now)
    await google.scheduling.book(meeting(key="second", slot=hour(1)))
    assert len(google.domain.standing(KIM)) == 2


@pytest.mark.parametrize("skew", [-1, 1])
async def test_clocks_that_differ_by_a_minute_still_get_a_token(
    google: OnGoogle, clock: SettableClock, skew: int
) -> None:
    google.domain.clock = lambda: clock.now + timedelta(minutes=skew)
    assert (await google.scheduling.book(meeting())).id == event_id(meeting().key)


async def test_booking_that_its_host_deleted_by_hand_is_cancelled_without_fuss(google: OnGoogle) -> None:
    await google.scheduling.book(meeting())
    google.domain.events[KIM][event_id(meeting().key)]["status"] = "cancelled"
    undone = await google.scheduling.cancel_booking(UndoInput(key=meeting().key))
    assert undone == UndoResult(undone=True)


async def test_event_of_our_id_that_is_not_ours_is_left_alone(google: OnGoogle) -> None:
    name = event_id(meeting().key)
    google.domain.events[KIM][name] = {
        "id": name,
        "status": "confirmed",
        "start": {"dateTime": (TEN + timedelta(days=9)).isoformat()},
        "end": {"dateTime": (TEN + timedelta(days=9, hours=1)).isoformat()},
        "attendees": [],
    }
    with Refused(FailureCode.CONFLICT):
        await google.scheduling.book(meeting())


async def test_one_event_per_key_where_every_second_answer_is_lost(google: OnGoogle) -> None:
    google.domain.lose_every = 2
    for n in range(8):
        booked = await google.scheduling.book(meeting(key=f"m-{n}", slot=hour(n)))
        assert booked.id == event_id(f"m-{n}")
    assert sorted(one["id"] for one in google.domain.standing(KIM)) == sorted(
        event_id(f"m-{n}") for n in range(8)
    )
    assert len(google.domain.told) == 8
    for n in range(8):
        assert (await google.scheduling.cancel_booking(UndoInput(key=f"m-{n}"))).undone
    assert google.domain.standing(KIM) == []


async def test_one_booking_per_key_where_every_second_answer_is_lost(calcom: OnCalCom) -> None:
    calcom.organisation.lose_every = 2
    ids = [(await calcom.scheduling.book(meeting(key=f"m-{n}", slot=hour(n)))).id for n in range(8)]
    assert sorted(one["uid"] for one in calcom.organisation.standing()) == sorted(map(str, ids))
    for n in range(8):
        assert (await calcom.scheduling.cancel_booking(UndoInput(key=f"m-{n}"))).undone
    assert calcom.organisation.standing() == []


def test_ids_of_events_are_as_google_allows_them() -> None:
    for key in ("a", "ä" * 255, meeting().key):
        assert re.fullmatch(r"[a-v0-9]{5,1024}", event_id(key))
