"""CalDAV (RFC 4791) as `Scheduling`: an entry's path and UID are made of its key."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar

from connectors.calendars import Busy, CalendarScheduling, mark_of
from connectors.card import ConnectorCard, Operation
from connectors.connections.onboarding import CalDavSettings
from connectors.errors import ErrorRow, ErrorTable
from connectors.http import ANSWER_WITHIN, Answer, Call, HttpSystem, Transport, basic_authorization
from connectors.invitations import entry, meeting_uid
from connectors.keyed import RemoteEffects
from contracts.failures import FailureCode
from contracts.ports import Clock
from contracts.scheduling import BookMeetingInput

SYSTEM = "caldav"
_FREE_BUSY = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav">'
    '<C:time-range start="{since}" end="{until}"/></C:free-busy-query>'
)
_INSTANT = "%Y%m%dT%H%M%SZ"
_SUCCESS = (201, 204)

ERRORS = ErrorTable(
    (
        # Locks and quotas of WebDAV (RFC 4918, 4331).
        ErrorRow(423, None, FailureCode.UNAVAILABLE, timedelta(seconds=5)),
        ErrorRow(507, None, FailureCode.REJECTED),
    )
)
"""A 412 is read where the call expects it; a 409 is another entry with our UID (`no-uid-conflict`)."""

CARD = ConnectorCard(
    name="caldav",
    port="scheduling",
    system="CalDAV (RFC 4791)",
    operations=(
        Operation("free_slots", "a read (free-busy-query)", "none"),
        Operation(
            "book",
            "PUT with If-None-Match: * at a path made of our key, and a UID made of it (412 and 409)",
            "a meeting that somebody enters by hand between our look and our entry overlaps",
        ),
        Operation("cancel_booking", "a deletion, which may be repeated", "none"),
    ),
    rate_limit="by server; 429 is waited out",
    scopes="a user who may read and write the hosts' calendars",
    not_established=(
        "invitations go out where the server sends them (RFC 6638, `calendar-auto-schedule`); "
        "others, Radicale among them, enter the meeting and write to nobody"
    ),
)


class CalDavCalendar:
    """`RemoteCalendar` over one server."""

    def __init__(self, system: HttpSystem, clock: Clock) -> None:
        self._system = system
        self._clock = clock

    async def busy(self, calendar: str, since: datetime, until: datetime) -> Collection[Busy]:
        """When the owner of a calendar is taken; the server works out what recurs."""
        query = _FREE_BUSY.format(since=_instant(since), until=_instant(until))
        answer = await self._system.call(
            Call(
                "free-busy query",
                "REPORT",
                _folder(calendar),
                body=query.encode(),
                headers={"content-type": "application/xml; charset=utf-8", "depth": "1"},
            )
        )
        return tuple(_busy_times(answer, _parsed(answer)))

    async def find(self, calendar: str, key: str) -> str | None:
        """The UID of the entry that stands under a key."""
        call = Call("read of entry", "GET", _path(calendar, key), expected=(404, 410))
        answer = await self._system.call(call)
        if answer.status in call.expected:
            return None
        uid = meeting_uid(key)
        if not any(event.get("UID") == uid for event in _parsed(answer).walk("VEVENT")):
            raise answer.malformed("holds another entry than ours")
        return uid

    async def add(self, calendar: str, meeting: BookMeetingInput) -> str:
        """Enters a meeting unless its path is taken, which only our own entry can."""
        answer = await self._system.call(
            Call(
                "entry of meeting",
                "PUT",
                _path(calendar, meeting.key),
                body=entry(meeting, self._clock()),
                headers={"content-type": "text/calendar; charset=utf-8", "if-none-match": "*"},
                expected=(412,),
            )
        )
        if answer.status not in (*_SUCCESS, 412):
            raise answer.malformed("is no word of an entry")
        return meeting_uid(meeting.key)

    async def remove(self, calendar: str, key: str) -> bool:
        """Takes an entry out."""
        call = Call("removal of entry", "DELETE", _path(calendar, key), expected=(404, 410))
        answer = await self._system.call(call)
        # Some servers say 200 and list what they deleted.
        if answer.status not in (*_SUCCESS, *call.expected) and b"multistatus" not in answer.body:
            raise answer.malformed("is no word of a removal")
        return answer.status not in call.expected


def caldav_system(
    settings: CalDavSettings, *, transport: Transport | None = None, within: timedelta = ANSWER_WITHIN
) -> HttpSystem:
    """How the server of the settings is reached."""
    return HttpSystem(
        SYSTEM,
        settings.url,
        headers=basic_authorization(settings.username, settings.password.get_secret_value()),
        errors=ERRORS,
        transport=transport,
        within=within,
    )


def caldav_scheduling(
    system: HttpSystem, effects: RemoteEffects, settings: CalDavSettings, clock: Clock
) -> CalendarScheduling:
    """`Scheduling` over the hosts' calendars on one server."""
    return CalendarScheduling(CalDavCalendar(system, clock), effects, settings.calendars, SYSTEM)


def _folder(calendar: str) -> str:
    return f"/{calendar.strip('/')}/"


def _path(calendar: str, key: str) -> str:
    return f"{_folder(calendar)}{mark_of(key)}.ics"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_INSTANT)


def _parsed(answer: Answer) -> Any:
    try:
        calendar = Calendar.from_ical(answer.body)
    except (ValueError, IndexError, KeyError):
        raise answer.malformed("is no iCalendar object") from None
    if calendar.name != "VCALENDAR":
        raise answer.malformed("is no iCalendar object")
    return calendar


def _busy_times(answer: Answer, calendar: Any) -> Iterator[Busy]:
    components = calendar.walk("VFREEBUSY")
    if not components:
        raise answer.malformed("says nothing of free and busy times")
    for component in components:
        given: Any = component.get("FREEBUSY", [])
        periods: list[Any] = [given] if hasattr(given, "start") else given
        for period in periods:
            kind = str(period.params.get("FBTYPE", "BUSY"))
            if kind.upper() != "FREE":
                yield _bounds(answer, period)


def _bounds(answer: Answer, period: Any) -> Busy:
    since, until = getattr(period, "start", None), getattr(period, "end", None)
    if not isinstance(since, datetime) or not isinstance(until, datetime):
        raise answer.malformed("holds a time that is none")
    return since.replace(tzinfo=since.tzinfo or UTC), until.replace(tzinfo=until.tzinfo or UTC)
