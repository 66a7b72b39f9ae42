"""Who of our people is there. An absence changes who is asked, never how long an answer may take."""

from collections.abc import Iterator
from datetime import datetime

from contracts.policy import Calendar, Person, PolicyBundle
from rules.business_time import next_opening


def person_of(bundle: PolicyBundle, person_id: str) -> Person:
    """The person with that id.

    Raises:
        ValueError: the bundle knows no such person.
    """
    for person in bundle.people:
        if person.id == person_id:
            return person
    raise ValueError(f"the policy knows no person {person_id!r}")


def calendar_of(bundle: PolicyBundle, name: str) -> Calendar:
    """The calendar with that name.

    Raises:
        ValueError: the bundle has no such calendar.
    """
    if name not in bundle.calendars:
        raise ValueError(f"the policy has no calendar {name!r}")
    return bundle.calendars[name]


def back_at(person: Person, calendar: Calendar, at: datetime) -> datetime | None:
    """When the person is next at work, absences counted; None where that is more than two years away."""
    try:
        return next_opening(at, calendar, person.zone, person.absences)
    except ValueError:
        return None


def is_there(person: Person, calendar: Calendar, at: datetime) -> bool:
    """Whether no absence keeps the person from their next regular opening."""
    return back_at(person, calendar, at) == next_opening(at, calendar, person.zone)


def chain_of(bundle: PolicyBundle, person_id: str) -> Iterator[Person]:
    """Yields the person, their manager, that one's manager, and so on; each once."""
    seen: set[str] = set()
    following: str | None = person_id
    while following is not None and following not in seen:
        seen.add(following)
        person = person_of(bundle, following)
        yield person
        following = person.manager


def first_there(bundle: PolicyBundle, person_id: str, at: datetime) -> Person:
    """The person, or the nearest of their managers who is there; the person themselves where nobody is.

    Raises:
        ValueError: the bundle knows no such person.
    """
    for person in chain_of(bundle, person_id):
        if is_there(person, calendar_of(bundle, person.calendar), at):
            return person
    return person_of(bundle, person_id)
