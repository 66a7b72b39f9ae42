"""When a host could meet a customer, as far as office hours say; a calendar knows which of these are free."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from contracts.policy import Calendar, Person, PolicyBundle
from contracts.scheduling import FindSlotsInput, Slot
from rules.business_time import add_business_time, business_time_between
from rules.staff import calendar_of, person_of

CANDIDATES_PER_SLOT = 15
"""Two a day make that a month: a host of many customers is booked for weeks."""

FARTHEST = timedelta(days=60)
"""Nobody waits longer for a kickoff: a host who is away for that long cannot hold it."""

LATER_EACH_DAY = 3
"""Half hours by which the times of one day differ from those of the day before: a habit may be in the way."""

_GRID = tuple(time(hour, minute) for hour in range(24) for minute in (0, 30))


def candidate_slots(question: FindSlotsInput, bundle: PolicyBundle) -> tuple[Slot, ...]:
    """Slots inside the host's office hours, in the order of their time; none where the host is away too long.

    They begin on the hour or half hour of the host's clock, `first_after` from the offer at the earliest.
    There are more than wanted, since the host may be busy.

    Raises:
        ValueError: the bundle does not know the host.
    """
    host = person_of(bundle, question.host_id)
    calendar = calendar_of(bundle, host.calendar)
    return tuple(islice(_candidates(question, host, calendar), question.wanted * CANDIDATES_PER_SLOT))


def slot_at(starts_at: datetime, ends_at: datetime) -> Slot:
    """The slot between two aware instants; its name says when it begins."""
    return Slot(id=f"{starts_at.astimezone(UTC):%Y%m%dT%H%MZ}", starts_at=starts_at, ends_at=ends_at)


def _candidates(question: FindSlotsInput, host: Person, calendar: Calendar) -> Iterator[Slot]:
    place = ZoneInfo(host.zone)
    earliest = add_business_time(question.since, question.first_after, calendar, host.zone)
    first_day = earliest.astimezone(place).date()
    for offset in range(FARTHEST.days):
        day = first_day + timedelta(days=offset)
        possible = [
            slot
            for slot in (slot_at(start, start + question.duration) for start in _starts_of(day, place))
            if slot.starts_at >= earliest
            and slot.id not in question.offered_before
            and _is_open(slot, host, calendar)
        ]
        yield from _two_of(possible, day)


def _starts_of(day: date, place: ZoneInfo) -> list[datetime]:
    """Each instant once: where the clock jumps, two times on it are the same one."""
    return sorted({datetime.combine(day, clock, tzinfo=place).astimezone(UTC) for clock in _GRID})


def _is_open(slot: Slot, host: Person, calendar: Calendar) -> bool:
    whole = slot.ends_at - slot.starts_at
    return business_time_between(slot.starts_at, slot.ends_at, calendar, host.zone, host.absences) == whole


def _two_of(possible: list[Slot], day: date) -> Iterator[Slot]:
    """Two slots half a day apart; more of one day are no choice for somebody who is not there then."""
    half = len(possible) // 2
    if half == 0:
        yield from possible
        return
    at = day.toordinal() * LATER_EACH_DAY % half
    yield possible[at]
    yield possible[half + at]
