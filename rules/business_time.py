"""Business time: instants and durations counted only while a calendar is open in somebody's zone.

An opening is wall-clock, a duration is elapsed real time inside openings, so days on which the clock changes
need no special case. Openings are half-open: a duration that is used up exactly at closing time ends at the
next opening, since nobody could act in between.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.policy import Absence, Calendar, OpeningHours, Weekday

LONGEST_CLOSURE = timedelta(days=731)
"""A calendar shut for longer is a mistake or a long leave: whoever asks must choose somebody else."""

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


class _Opening(NamedTuple):
    start: datetime
    end: datetime


def add_business_time(
    start: datetime, duration: timedelta, calendar: Calendar, zone: str, absences: Sequence[Absence] = ()
) -> datetime:
    """The instant (UTC) at which the duration has passed in open time, always inside an opening.

    Args:
        start: aware; may lie in closed time.
        duration: open time to let pass, not negative.
        calendar: when time runs, on the wall clock of `zone`.
        zone: IANA zone name.
        absences: whole local days that do not count.

    Raises:
        ValueError: the start is naive, the duration negative, the zone unknown, or the calendar stays shut
            for more than `LONGEST_CLOSURE`.
    """
    if duration < timedelta(0):
        raise ValueError("a duration of business time must not be negative")
    remaining = duration
    for opening in _openings_from(start, calendar, zone, absences):
        available = opening.end - opening.start
        if remaining < available:
            return opening.start + remaining
        remaining -= available
    raise AssertionError("the openings of a calendar have no end")


def next_opening(at: datetime, calendar: Calendar, zone: str, absences: Sequence[Absence] = ()) -> datetime:
    """The first instant (UTC) at or after `at` that is open.

    Raises:
        ValueError: as for `add_business_time`.
    """
    return next(_openings_from(at, calendar, zone, absences)).start


def is_open(at: datetime, calendar: Calendar, zone: str, absences: Sequence[Absence] = ()) -> bool:
    """Whether an instant lies inside an opening.

    Raises:
        ValueError: the instant is naive or the zone unknown.
    """
    instant, place = _utc(at), _zone(zone)
    # An opening belongs to the local day it begins on, and ends at that day's midnight at the latest.
    today = instant.astimezone(place).date()
    days = (today - _DAY, today)
    return any(
        opening.start <= instant < opening.end
        for day in days
        for opening in _openings_of(day, calendar, place, absences)
    )


def business_time_between(
    a: datetime, b: datetime, calendar: Calendar, zone: str, absences: Sequence[Absence] = ()
) -> timedelta:
    """Open time from one instant to another; negative where `b` is the earlier one.

    Raises:
        ValueError: an instant is naive or the zone unknown.
    """
    first, last, place = _utc(a), _utc(b), _zone(zone)
    if last < first:
        return -business_time_between(last, first, calendar, zone, absences)
    total = timedelta(0)
    day, last_day = first.astimezone(place).date() - _DAY, last.astimezone(place).date()
    while day <= last_day:
        for opening in _openings_of(day, calendar, place, absences):
            overlap = min(opening.end, last) - max(opening.start, first)
            total += max(overlap, timedelta(0))
        day += _DAY
    return total


def is_zone(name: str) -> bool:
    """Whether there is an IANA zone of that name."""
    try:
        _zone(name)
    except ValueError:
        return False
    return True


def is_away(day: date, absences: Sequence[Absence]) -> bool:
    """Whether a local day is one of somebody's days off."""
    return any(absence.first <= day <= absence.last for absence in absences)


def _openings_from(
    start: datetime, calendar: Calendar, zone: str, absences: Sequence[Absence]
) -> Iterator[_Opening]:
    """Yields what is left of the opening at `start`, then every later one."""
    begin, place = _utc(start), _zone(zone)
    day = begin.astimezone(place).date() - _DAY
    open_until = begin
    while True:
        for opening in _openings_of(day, calendar, place, absences):
            if opening.end > begin:
                open_until = opening.end
                yield _Opening(max(opening.start, begin), opening.end)
        day += _DAY
        if day - open_until.astimezone(place).date() > LONGEST_CLOSURE:
            raise ValueError(f"the calendar does not open within {LONGEST_CLOSURE.days} days in {zone}")


def _openings_of(
    day: date, calendar: Calendar, place: ZoneInfo, absences: Sequence[Absence]
) -> Iterator[_Opening]:
    if day in calendar.holidays or is_away(day, absences):
        return
    hours = calendar.hours.get(WEEKDAYS[day.weekday()], ())
    for opens, closes in sorted(_clock_times(entry) for entry in hours):
        start = _instant(day, opens, place)
        end = _instant(day, closes, place) if closes != _MIDNIGHT else _instant(day + _DAY, closes, place)
        if start < end:
            yield _Opening(start, end)


def _clock_times(hours: OpeningHours) -> tuple[time, time]:
    return hours.opens, hours.closes


@lru_cache(maxsize=4_096)
def _instant(day: date, clock: time, place: ZoneInfo) -> datetime:
    """The instant of a wall-clock time: the first of two if repeated, the jump itself if skipped."""
    local = datetime.combine(day, clock, tzinfo=place)
    instant = local.astimezone(UTC)
    if instant.astimezone(place).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _jump_between(local.replace(fold=1).astimezone(UTC), instant, place)


def _jump_between(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The instant at which the zone's offset changes; clocks jump at whole seconds."""
    first = before.replace(microsecond=0)
    offset = first.astimezone(place).utcoffset()
    seconds = bisect_left(
        range(int((after - first).total_seconds()) + 1),
        True,
        key=lambda second: (first + timedelta(seconds=second)).astimezone(place).utcoffset() != offset,
    )
    return first + timedelta(seconds=seconds)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError("business time needs an instant with a zone")
    return at.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown zone {name!r}") from error
