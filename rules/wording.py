"""Values made fit for a sentence: bounded, on one line, and instants as the reader's clock shows them."""

import unicodedata
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.policy import PolicyBundle

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Spelled here because `strftime` speaks the language of whatever machine the worker runs on."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

MAX_LINE = 500
MAX_BODY = 20_000
"""As long as the subject and the body of a message may be."""
MAX_VALUE = 200
"""A name or company that is longer is not one."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
"""Control, direction and other characters that nobody sees, or that make a line read as something else."""


def one_line(value: str, limit: int) -> str:
    """The value on one line, without characters that cannot be seen, at most `limit` characters long."""
    seen = "".join(" " if unicodedata.category(char) in _UNSEEN else char for char in value)
    return shortened(" ".join(seen.split()), limit)


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis where it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def courteous(value: str | None, otherwise: str) -> str:
    """What somebody wrote, as it may stand in a message to them; one with a link in it is not a name."""
    line = one_line(value or "", MAX_VALUE)
    return otherwise if not line or "://" in line or "www." in line.casefold() else line


def code_in_words(code: str) -> str:
    """A code such as `low_confidence` as words."""
    return code.replace("_", " ").replace("-", " ")


def reason_in_words(reason: str, bundle: PolicyBundle) -> str:
    """The policy's plain words for a reason code; what is no code stays as it is."""
    return bundle.approvals.reasons.get(reason, reason if " " in reason else code_in_words(reason))


def span_in_words(span: timedelta) -> str:
    """A length of time to the second, for example `1 day 6 hours`."""
    left, words = int(span.total_seconds()), list[str]()
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            words.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(words) or "no time"


def name_of(person_id: str, bundle: PolicyBundle) -> str:
    """The name of one of our people; the id of somebody the policy does not know."""
    name = next((person.name for person in bundle.people if person.id == person_id), person_id)
    return one_line(name, MAX_VALUE)


def zone_of(person_id: str, bundle: PolicyBundle) -> str:
    """The zone that a person lives in; UTC for somebody the policy does not know."""
    return next((person.zone for person in bundle.people if person.id == person_id), "UTC")


def instant_in_words(at: datetime, zone: str) -> str:
    """The instant on a clock in the zone, for example `Mon 23 Nov 2026, 10:00 (Europe/London)`."""
    there = at.astimezone(ZoneInfo(zone))
    day = f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]} {there.year}"
    return f"{day}, {there:%H:%M} ({zone})"
