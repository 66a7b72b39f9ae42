"""Business time by known answers (weekends, holidays, clock changes) and by its laws."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.policy import Absence, Calendar, OpeningHours
from rules.business_time import (
    WEEKDAYS,
    add_business_time,
    business_time_between,
    is_away,
    is_open,
    next_opening,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEW_YORK, BERLIN, KOLKATA = "America/New_York", "Europe/Berlin", "Asia/Kolkata"


def hours(*spans: tuple[str, str]) -> tuple[OpeningHours, ...]:
    return tuple(
        OpeningHours(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
        for opens, closes in spans
    )


def calendar(
    *spans: tuple[str, str], days: Sequence[str] = WEEKDAYS[:5], off: Sequence[str] = ()
) -> Calendar:
    return Calendar.model_validate(
        {"hours": dict.fromkeys(days, hours(*spans)), "holidays": {date.fromisoformat(day) for day in off}}
    )


OFFICE = calendar(("09:00", "17:30"), off=("2026-12-24", "2026-12-25", "2027-01-01"))
ALWAYS = calendar(("00:00", "00:00"), days=WEEKDAYS)
SHIFTS = calendar(("06:00", "12:00"), ("13:00", "22:00"), days=WEEKDAYS)
NIGHTS = calendar(("00:00", "06:00"), ("22:00", "00:00"), days=WEEKDAYS)


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# ---------------------------------------------------------------- known answers


@pytest.mark.parametrize(
    ("start", "wait", "zone", "end"),
    [
        # Inside one day.
        ("2026-11-23 10:00", 2 * HOUR, BERLIN, "2026-11-23 12:00"),
        # Before the office opens; it begins to count when it does.
        ("2026-11-23 06:00", 2 * HOUR, BERLIN, "2026-11-23 11:00"),
        # Over night.
        ("2026-11-23 16:30", 2 * HOUR, KOLKATA, "2026-11-24 10:00"),
        # Used up exactly at closing time: nobody could act before the next opening.
        ("2026-11-23 15:30", 2 * HOUR, BERLIN, "2026-11-24 09:00"),
        # Over a weekend, from a Friday afternoon and from inside the weekend.
        ("2026-11-27 17:00", HOUR, NEW_YORK, "2026-11-30 09:30"),
        ("2026-11-28 12:00", HOUR, NEW_YORK, "2026-11-30 10:00"),
        # Two holidays and a weekend: Wednesday evening to Monday.
        ("2026-12-23 17:00", HOUR, BERLIN, "2026-12-28 09:30"),
        # More than a week: 8.5 hours a day.
        ("2026-11-23 09:00", 6 * timedelta(hours=8.5) + MINUTE, KOLKATA, "2026-12-01 09:01"),
        # A new year's day in the way.
        ("2026-12-31 17:00", HOUR, NEW_YORK, "2027-01-04 09:30"),
        # Nothing to wait for, but the office is shut.
        ("2026-11-28 12:00", timedelta(0), BERLIN, "2026-11-30 09:00"),
        ("2026-11-23 12:00", timedelta(0), BERLIN, "2026-11-23 12:00"),
    ],
)
def test_office_time_is_added_on_the_wall_clock_of_the_zone(
    start: str, wait: timedelta, zone: str, end: str
) -> None:
    result = add_business_time(local(start, zone), wait, OFFICE, zone)
    assert result == local(end, zone)
    assert result.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "wait", "zone", "end"),
    [
        # Clocks go forward on 2027-03-14 in New York and 2027-03-28 in Berlin: an hour is missing.
        ("2027-03-13 23:00", 4 * HOUR, NEW_YORK, "2027-03-14 04:00"),
        ("2027-03-27 23:00", 4 * HOUR, BERLIN, "2027-03-28 04:00"),
        # They go back on 2026-11-01 in New York and 2026-10-25 in Berlin: an hour comes twice.
        ("2026-10-31 23:00", 4 * HOUR, NEW_YORK, "2026-11-01 02:00"),
        ("2026-10-24 23:00", 5 * HOUR, BERLIN, "2026-10-25 03:00"),
        # Kolkata changes nothing, ever.
        ("2027-03-27 23:00", 4 * HOUR, KOLKATA, "2027-03-28 03:00"),
        ("2026-10-24 23:00", 5 * HOUR, KOLKATA, "2026-10-25 04:00"),
    ],
)
def test_elapsed_time_is_real_when_the_clock_changes(
    start: str, wait: timedelta, zone: str, end: str
) -> None:
    assert add_business_time(local(start, zone), wait, ALWAYS, zone) == local(end, zone)


@pytest.mark.parametrize(
    ("friday", "zone", "offset_before", "offset_after"),
    [
        ("2027-03-12", NEW_YORK, -5, -4),
        ("2026-10-30", NEW_YORK, -4, -5),
        ("2027-03-26", BERLIN, 1, 2),
        ("2026-10-23", BERLIN, 2, 1),
        ("2027-03-26", KOLKATA, 5.5, 5.5),
    ],
)
def test_an_office_opens_at_nine_by_the_clock_on_both_sides_of_a_change(
    friday: str, zone: str, offset_before: float, offset_after: float
) -> None:
    late_friday = datetime.fromisoformat(f"{friday} 17:00").replace(tzinfo=UTC) - offset_before * HOUR
    monday = add_business_time(late_friday, HOUR, OFFICE, zone)
    expected = datetime.fromisoformat(f"{friday} 09:30").replace(tzinfo=UTC) + 3 * DAY - offset_after * HOUR
    assert monday == expected


def test_an_opening_in_the_missing_hour_begins_when_the_clock_jumps() -> None:
    early = calendar(("02:30", "05:00"), days=WEEKDAYS)
    opening = next_opening(local("2027-03-14 00:30", NEW_YORK), early, NEW_YORK)
    assert opening == local("2027-03-14 03:00", NEW_YORK)
    assert business_time_between(opening, opening + 12 * HOUR, early, NEW_YORK) == 2 * HOUR


def test_an_opening_that_ends_in_the_repeated_hour_ends_the_first_time() -> None:
    early = calendar(("00:00", "01:30"), days=WEEKDAYS)
    midnight = local("2026-11-01 00:00", NEW_YORK)
    assert business_time_between(midnight, midnight + 12 * HOUR, early, NEW_YORK) == 1.5 * HOUR


def test_a_local_day_that_the_zone_skipped_has_no_openings() -> None:
    # Samoa went from Thursday 29 to Saturday 31 December 2011.
    zone = "Pacific/Apia"
    thursday = local("2011-12-29 17:00", zone)
    assert add_business_time(thursday, HOUR, OFFICE, zone) == local("2012-01-02 09:30", zone)
    assert business_time_between(thursday, thursday + DAY, ALWAYS, zone) == DAY


def test_an_opening_may_end_at_midnight_and_go_on_the_next_day() -> None:
    start = local("2026-11-23 21:00", BERLIN)
    assert next_opening(start, NIGHTS, BERLIN) == local("2026-11-23 22:00", BERLIN)
    assert add_business_time(start, 3 * HOUR, NIGHTS, BERLIN) == local("2026-11-24 01:00", BERLIN)


def test_absences_take_out_whole_local_days() -> None:
    away = (Absence(first=date(2026, 11, 24), last=date(2026, 11, 25)),)
    start = local("2026-11-23 17:00", KOLKATA)
    assert add_business_time(start, HOUR, OFFICE, KOLKATA, away) == local("2026-11-26 09:30", KOLKATA)
    assert not is_open(local("2026-11-25 12:00", KOLKATA), OFFICE, KOLKATA, away)
    assert is_open(local("2026-11-25 12:00", KOLKATA), OFFICE, KOLKATA)
    assert [is_away(date(2026, 11, day), away) for day in (23, 24, 25, 26)] == [False, True, True, False]


def test_an_absence_is_of_the_persons_day_not_of_the_days_of_utc() -> None:
    away = (Absence(first=date(2026, 11, 24), last=date(2026, 11, 24)),)
    # 20:00 UTC on the 23rd is 01:30 on the 24th in Kolkata.
    assert not is_open(datetime(2026, 11, 23, 20, tzinfo=UTC), ALWAYS, KOLKATA, away)
    assert is_open(datetime(2026, 11, 23, 20, tzinfo=UTC), ALWAYS, NEW_YORK, away)


@pytest.mark.parametrize(
    ("at", "expected"),
    [("08:59:59", False), ("09:00", True), ("17:29:59", True), ("17:30", False), ("23:00", False)],
)
def test_openings_are_half_open(at: str, expected: bool) -> None:
    assert is_open(local(f"2026-11-23 {at}", BERLIN), OFFICE, BERLIN) is expected


# ---------------------------------------------------------------- refusals


NEVER = Calendar(hours={})
LONG_LEAVE = (Absence(first=date(2026, 1, 1), last=date(2030, 12, 31)),)


@pytest.mark.parametrize(("shut", "absences"), [(NEVER, ()), (OFFICE, LONG_LEAVE)])
def test_a_calendar_that_stays_shut_for_years_is_an_error_and_no_endless_loop(
    shut: Calendar, absences: tuple[Absence, ...]
) -> None:
    start = datetime(2026, 11, 21, tzinfo=UTC)
    with pytest.raises(ValueError, match="does not open"):
        add_business_time(start, HOUR, shut, BERLIN, absences)
    with pytest.raises(ValueError, match="does not open"):
        next_opening(start, shut, BERLIN, absences)
    assert not is_open(start, shut, BERLIN, absences)
    assert business_time_between(start, start + 800 * DAY, shut, BERLIN, absences) == timedelta(0)


def test_a_leave_of_less_than_two_years_is_waited_out() -> None:
    away = (Absence(first=date(2026, 1, 1), last=date(2027, 11, 1)),)
    start = datetime(2026, 1, 2, tzinfo=UTC)
    assert next_opening(start, OFFICE, BERLIN, away) == local("2027-11-02 09:00", BERLIN)


@pytest.mark.parametrize(
    ("start", "wait", "zone", "problem"),
    [
        (datetime(2026, 11, 23), HOUR, BERLIN, "with a zone"),  # noqa: DTZ001
        (datetime(2026, 11, 23, tzinfo=UTC), -HOUR, BERLIN, "not be negative"),
        (datetime(2026, 11, 23, tzinfo=UTC), HOUR, "Mars/Olympus", "unknown zone"),
        (datetime(2026, 11, 23, tzinfo=UTC), HOUR, "../etc/passwd", "unknown zone"),
        (datetime(2026, 11, 23, tzinfo=UTC), HOUR, "", "unknown zone"),
    ],
)
def test_what_cannot_be_counted_is_refused(start: datetime, wait: timedelta, zone: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        add_business_time(start, wait, OFFICE, zone)


# ---------------------------------------------------------------- laws


def away_for(first: date, days: int) -> Absence:
    return Absence(first=first, last=first + days * DAY)


# Among them a zone with half an hour of summer time, and ones whose clocks change at midnight.
ZONES = st.sampled_from(
    (
        *(NEW_YORK, BERLIN, KOLKATA, "UTC", "Australia/Lord_Howe", "America/Havana", "America/Sao_Paulo"),
        *("Africa/Cairo", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu"),
    )
)
CALENDARS = st.sampled_from((OFFICE, ALWAYS, SHIFTS, NIGHTS))
INSTANTS = st.datetimes(datetime(2009, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
WAITS = st.timedeltas(timedelta(0), timedelta(hours=120))
ABSENCES = st.lists(
    st.builds(away_for, st.dates(date(2009, 1, 1), date(2031, 1, 1)), st.integers(0, 30)),
    max_size=3,
).map(tuple)


@given(INSTANTS, WAITS, CALENDARS, ZONES, ABSENCES)
def test_the_end_is_never_in_closed_time(
    start: datetime, wait: timedelta, cal: Calendar, zone: str, off: tuple[Absence, ...]
) -> None:
    end = add_business_time(start, wait, cal, zone, off)
    assert end >= start
    assert is_open(end, cal, zone, off)


@given(INSTANTS, WAITS, CALENDARS, ZONES, ABSENCES)
def test_between_is_the_inverse_of_add(
    start: datetime, wait: timedelta, cal: Calendar, zone: str, off: tuple[Absence, ...]
) -> None:
    end = add_business_time(start, wait, cal, zone, off)
    assert business_time_between(start, end, cal, zone, off) == wait
    assert business_time_between(end, start, cal, zone, off) == -wait


@given(INSTANTS, st.tuples(WAITS, WAITS), CALENDARS, ZONES, ABSENCES)
def test_adding_twice_is_adding_the_sum(
    start: datetime, waits: tuple[timedelta, timedelta], cal: Calendar, zone: str, off: tuple[Absence, ...]
) -> None:
    a, b = waits
    once = add_business_time(start, a + b, cal, zone, off)
    assert add_business_time(add_business_time(start, a, cal, zone, off), b, cal, zone, off) == once


@given(INSTANTS, WAITS, st.tuples(WAITS, WAITS), CALENDARS, ZONES)
def test_later_starts_and_longer_waits_never_end_earlier(
    start: datetime, later: timedelta, waits: tuple[timedelta, timedelta], cal: Calendar, zone: str
) -> None:
    short, long = sorted(waits)
    end = add_business_time(start, short, cal, zone)
    assert add_business_time(start + later, short, cal, zone) >= end
    assert add_business_time(start, long, cal, zone) >= end


@given(INSTANTS, CALENDARS, ZONES, ABSENCES)
def test_the_next_opening_is_now_exactly_where_it_is_open(
    at: datetime, cal: Calendar, zone: str, off: tuple[Absence, ...]
) -> None:
    opening = next_opening(at, cal, zone, off)
    assert (opening == at) is is_open(at, cal, zone, off)
    assert business_time_between(at, opening, cal, zone, off) == timedelta(0)


@given(INSTANTS, ZONES, ABSENCES)
def test_open_is_what_the_wall_clock_says(at: datetime, zone: str, off: tuple[Absence, ...]) -> None:
    # The shifts keep away from the small hours, in which a wall clock can show a time twice.
    wall = at.astimezone(ZoneInfo(zone))
    on_shift = time(6) <= wall.time() < time(12) or time(13) <= wall.time() < time(22)
    assert is_open(at, SHIFTS, zone, off) is (on_shift and not is_away(wall.date(), off))


@settings(max_examples=25)
@given(INSTANTS, st.integers(0, 4 * 24 * 60), ZONES)
def test_between_counts_every_open_minute(start: datetime, minutes: int, zone: str) -> None:
    begin = start.replace(second=0, microsecond=0)
    counted = sum(is_open(begin + minute * MINUTE, SHIFTS, zone) for minute in range(minutes))
    assert business_time_between(begin, begin + minutes * MINUTE, SHIFTS, zone) == counted * MINUTE
