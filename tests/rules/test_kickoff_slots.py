"""Slots lie in the host's office hours, are spread over days, and are never offered twice."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calendars import Calendar, OpeningHours, Weekday
from contracts.policy import Absence, Person
from contracts.scheduling import FindSlotsInput, Slot
from rules.business_time import add_business_time, business_time_between
from rules.kickoff_slots import CANDIDATES_PER_SLOT, FARTHEST, candidate_slots
from tests.bundles import NINE_TO_FIVE, small_bundle
from tests.rules.orders import MONDAY

HOUR = timedelta(hours=1)


def question(**fields: Any) -> FindSlotsInput:
    parts: dict[str, Any] = {
        "policy_hash": "h",
        "host_id": "host",
        "since": MONDAY,
        "first_after": 8 * HOUR,
        "duration": HOUR,
        "wanted": 3,
    }
    return FindSlotsInput(**{**parts, **fields})


def host(**fields: Any) -> Person:
    parts: dict[str, Any] = {
        "id": "host",
        "name": "Ben Host",
        "email": "ben@ours.example",
        "zone": "Europe/Berlin",
        "calendar": "office",
    }
    return Person(**{**parts, **fields})


def slots(asked: FindSlotsInput | None = None, who: Person | None = None, **bundle: Any) -> tuple[Slot, ...]:
    return candidate_slots(asked or question(), small_bundle(people=(who or host(),), **bundle))


def local(found: tuple[Slot, ...], zone: str) -> list[str]:
    return [f"{slot.starts_at.astimezone(ZoneInfo(zone)):%a %d %H:%M}" for slot in found]


def test_slots_are_two_a_day_on_the_hosts_clock_from_the_first_possible_on() -> None:
    found = slots()
    # Offered on Monday when the office opens; a day of eight hours later it is Tuesday.
    assert local(found, "Europe/Berlin")[:6] == [
        "Tue 01 12:00",
        "Tue 01 15:30",
        "Wed 02 10:00",
        "Wed 02 13:30",
        "Thu 03 11:30",
        "Thu 03 15:00",
    ]
    assert len(found) == 3 * CANDIDATES_PER_SLOT


def test_a_slot_is_called_by_its_start_in_utc_whatever_the_zone() -> None:
    found = slots(question(wanted=1))[0]
    assert found == Slot(
        id="20261201T1100Z",
        starts_at=datetime(2026, 12, 1, 11, tzinfo=UTC),
        ends_at=datetime(2026, 12, 1, 12, tzinfo=UTC),
    )
    assert all(slot.id == f"{slot.starts_at:%Y%m%dT%H%MZ}" for slot in slots(who=host(zone="Asia/Kathmandu")))


def test_half_hours_are_those_of_the_hosts_clock() -> None:
    for zone in ("Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"):
        found = slots(who=host(zone=zone))
        minutes = {slot.starts_at.astimezone(ZoneInfo(zone)).minute for slot in found}
        assert minutes <= {0, 30}
        assert found


def test_no_slot_is_offered_on_a_day_off_or_a_holiday() -> None:
    away = host(absences=(Absence(first=date(2026, 12, 1), last=date(2026, 12, 4)),))
    calendar = Calendar(
        hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), NINE_TO_FIVE),
        holidays=frozenset({date(2026, 12, 7)}),
    )
    found = slots(who=away, calendars={"office": calendar})
    assert local(found, "Europe/Berlin")[0].startswith("Tue 08")


def test_a_host_who_is_away_for_long_has_no_slot() -> None:
    gone = host(absences=(Absence(first=date(2026, 11, 1), last=date(2030, 1, 1)),))
    assert slots(who=gone) == ()


def test_slots_that_nobody_chose_are_not_offered_again() -> None:
    first = slots()
    again = slots(question(offered_before=tuple(slot.id for slot in first)))
    assert not {slot.id for slot in first} & {slot.id for slot in again}
    assert len(again) == len(first)
    # The same days are offered, at other times.
    assert local(again, "Europe/Berlin")[0].startswith("Tue 01")


def test_a_meeting_that_no_opening_holds_has_no_slot() -> None:
    assert slots(question(duration=9 * HOUR)) == ()
    whole_day = slots(question(duration=8 * HOUR, wanted=1))
    assert local(whole_day, "Europe/Berlin")[0] == "Tue 01 09:00"
    assert len(whole_day) == CANDIDATES_PER_SLOT


def test_a_host_whom_the_policy_does_not_know_is_named() -> None:
    with pytest.raises(ValueError, match="knows no person 'p-gone'"):
        slots(question(host_id="p-gone"))


def test_a_day_on_which_the_clock_jumps_has_each_instant_once() -> None:
    nights = Calendar(hours={"sun": (OpeningHours(opens=time(0), closes=time(6)),)})
    asked = question(since=datetime(2027, 3, 26, tzinfo=UTC), first_after=timedelta(0), wanted=20)
    found = slots(asked, calendars={"office": nights})
    assert len({slot.starts_at for slot in found}) == len(found)
    assert local(found, "Europe/Berlin")[0].startswith("Sun 28")


ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
DAYS: st.SearchStrategy[tuple[Weekday, ...]] = st.sampled_from(
    [("mon", "tue", "wed", "thu", "fri"), ("sat", "sun"), ("wed",)]
)
WORK = st.builds(
    lambda days, opens, hours: Calendar(
        hours=dict.fromkeys(days, (OpeningHours(opens=time(opens), closes=time(opens + hours)),))
    ),
    DAYS,
    st.integers(0, 14),
    st.integers(1, 9),
)


ASKED = st.builds(
    question,
    since=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    first_after=st.integers(0, 20).map(lambda hours: hours * HOUR),
    duration=st.sampled_from([15, 30, 45, 60, 90]).map(lambda minutes: timedelta(minutes=minutes)),
    wanted=st.integers(0, 6),
)


@given(st.builds(host, zone=ZONES), WORK, ASKED)
def test_every_slot_is_open_late_enough_and_one_of_two_a_day(
    who: Person, calendar: Calendar, asked: FindSlotsInput
) -> None:
    found = slots(asked, who, calendars={"office": calendar})
    assert len(found) <= asked.wanted * CANDIDATES_PER_SLOT
    assert list(found) == sorted(found, key=lambda slot: slot.starts_at)
    days = [slot.starts_at.astimezone(ZoneInfo(who.zone)).date() for slot in found]
    assert all(days.count(day) <= 2 for day in days)
    for slot in found:
        assert slot.ends_at - slot.starts_at == asked.duration
        assert business_time_between(slot.starts_at, slot.ends_at, calendar, who.zone) == asked.duration
        assert business_time_between(asked.since, slot.starts_at, calendar, who.zone) >= asked.first_after
    if asked.duration <= HOUR and len(found) < asked.wanted * CANDIDATES_PER_SLOT:
        # Only the end of the search leaves fewer: in the last week of it there was still a slot.
        earliest = add_business_time(asked.since, asked.first_after, calendar, who.zone)
        assert days[-1] >= earliest.astimezone(ZoneInfo(who.zone)).date() + FARTHEST - timedelta(days=8)
