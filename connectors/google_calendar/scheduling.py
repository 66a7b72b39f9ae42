"""Google Calendar v3 as `Scheduling`: an event's id is made of its key."""

from base64 import b32hexencode
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http import HTTPStatus

from pydantic import AwareDatetime

from connectors.answers import Said, read
from connectors.calendars import Busy, CalendarScheduling, mark_of
from connectors.card import ConnectorCard, Operation
from connectors.connections.onboarding import GoogleCalendarSettings
from connectors.errors import ErrorRow, ErrorTable, first_text
from connectors.google_calendar.token import ServiceAccountToken, token_path
from connectors.http import ANSWER_WITHIN, Answer, Call, HttpSystem, JsonObject, Transport, quoted
from connectors.keyed import RemoteEffects
from contracts.failures import FailureCode, ServiceFailure
from contracts.ports import Clock
from contracts.scheduling import BookMeetingInput

SYSTEM = "google_calendar"
_MARK = "throughline_key"
_CANCELLED = "cancelled"
_SLOW_DOWN = timedelta(seconds=5)


def _code_of(body: object) -> str | None:
    return first_text(body, "error", "errors", 0, "reason") or first_text(body, "error")


ERRORS = ErrorTable(
    (
        ErrorRow(403, "rateLimitExceeded", FailureCode.RATE_LIMITED, _SLOW_DOWN),
        ErrorRow(403, "userRateLimitExceeded", FailureCode.RATE_LIMITED, _SLOW_DOWN),
        ErrorRow(403, "quotaExceeded", FailureCode.RATE_LIMITED, timedelta(hours=1)),
        ErrorRow(403, "calendarUsageLimitsExceeded", FailureCode.RATE_LIMITED, timedelta(hours=1)),
        ErrorRow(429, None, FailureCode.RATE_LIMITED, _SLOW_DOWN),
        # Of the token endpoint (RFC 6749, 5.2).
        ErrorRow(400, "invalid_grant", FailureCode.FORBIDDEN),
        ErrorRow(400, "unauthorized_client", FailureCode.FORBIDDEN),
        ErrorRow(401, "invalid_client", FailureCode.FORBIDDEN),
    ),
    code_of=_code_of,
)
"""A 401 is answered with a new token once; a 409 of a new event is our own, or somebody else's by chance."""

CARD = ConnectorCard(
    name="google_calendar",
    port="scheduling",
    system="Google Calendar API v3",
    operations=(
        Operation("free_slots", "a read (freeBusy)", "none"),
        Operation(
            "book",
            "an event id made of our key (409, then a look), beside our memory",
            "Google does not guarantee to see a collision at once, so two calls must not overlap, which our "
            "memory prevents; a meeting that somebody enters by hand between our look and our event overlaps",
        ),
        Operation("cancel_booking", "a deletion, which may be repeated", "none"),
    ),
    rate_limit="by project and user; 403 rateLimitExceeded and 429 are waited out",
    scopes="https://www.googleapis.com/auth/calendar, by domain-wide delegation: else nobody can be invited",
    not_established="no live account was used",
)


class _Event(Said):
    class _Properties(Said):
        private: Mapping[str, str] = {}

    id: str
    status: str
    extendedProperties: _Properties = _Properties()  # noqa: N815 - as Google names it


class _FreeBusy(Said):
    class _Calendar(Said):
        class _Time(Said):
            start: AwareDatetime
            end: AwareDatetime

        busy: tuple[_Time, ...] = ()
        errors: tuple[Mapping[str, str], ...] = ()

    calendars: Mapping[str, _Calendar]


class GoogleCalendars:
    """`RemoteCalendar` over Google."""

    def __init__(self, system: HttpSystem, token: ServiceAccountToken) -> None:
        self._system = system
        self._token = token

    async def busy(self, calendar: str, since: datetime, until: datetime) -> Collection[Busy]:
        """When the owner of a calendar is taken."""
        question = {"timeMin": _instant(since), "timeMax": _instant(until), "items": [{"id": calendar}]}
        answer = await self._call(
            Call("free-busy query", "POST", "/freeBusy", json=question, reads_only=True)
        )
        found = read(answer, _FreeBusy).calendars.get(calendar)
        if found is None:
            raise answer.malformed("leaves out the calendar that was asked for")
        for error in found.errors:
            code = FailureCode.NOT_FOUND if error.get("reason") == "notFound" else FailureCode.UNAVAILABLE
            raise ServiceFailure(code, SYSTEM, "free-busy query: Google could not read the calendar")
        return tuple((one.start, one.end) for one in found.busy)

    async def find(self, calendar: str, key: str) -> str | None:
        """The id of the event that stands under a key."""
        event = await self._event(calendar, event_id(key))
        return None if event is None or event.status == _CANCELLED else self._ours(event, key)

    async def add(self, calendar: str, meeting: BookMeetingInput) -> str:
        """Enters a meeting, and invites whoever attends."""
        document: JsonObject = {
            "id": event_id(meeting.key),
            "summary": meeting.title,
            "start": {"dateTime": _instant(meeting.slot.starts_at)},
            "end": {"dateTime": _instant(meeting.slot.ends_at)},
            "attendees": [{"email": meeting.attendee.email, "displayName": meeting.attendee.name}],
            "extendedProperties": {"private": {_MARK: mark_of(meeting.key)}},
        }
        answer = await self._call(
            Call(
                "insertion of event",
                "POST",
                f"/calendars/{quoted(calendar)}/events",
                query=(("sendUpdates", "all"),),
                json=document,
                expected=(409,),
            )
        )
        if answer.status != HTTPStatus.CONFLICT:
            return read(answer, _Event).id
        event = await self._event(calendar, event_id(meeting.key))
        if event is None or event.status == _CANCELLED:
            raise ServiceFailure(
                FailureCode.CONFLICT, SYSTEM, "the event was there, and was deleted by somebody"
            )
        return self._ours(event, meeting.key)

    async def remove(self, calendar: str, key: str) -> bool:
        """Deletes the event, and tells whoever was invited."""
        path = f"/calendars/{quoted(calendar)}/events/{event_id(key)}"
        query = (("sendUpdates", "all"),)
        call = Call("deletion of event", "DELETE", path, query=query, expected=(404, 410))
        answer = await self._call(call)
        if answer.status not in (204, *call.expected):
            raise answer.malformed("is no word of a deletion")
        return answer.status == HTTPStatus.NO_CONTENT

    async def _event(self, calendar: str, name: str) -> _Event | None:
        path = f"/calendars/{quoted(calendar)}/events/{name}"
        answer = await self._call(Call("read of event", "GET", path, expected=(404, 410)))
        return None if answer.status in (404, 410) else read(answer, _Event)

    def _ours(self, event: _Event, key: str) -> str:
        if event.extendedProperties.private.get(_MARK) != mark_of(key):
            raise ServiceFailure(FailureCode.CONFLICT, SYSTEM, "the event of this key is not ours")
        return event.id

    async def _call(self, call: Call) -> Answer:
        """Calls with a token, and once more with a new one where it was refused: nothing was done then."""
        token = await self._token.current()
        expected = (*call.expected, 401)
        answer = await self._system.call(replace(call, headers=_bearer(token), expected=expected))
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        self._token.forget(token)
        return await self._system.call(replace(call, headers=_bearer(await self._token.current())))


def google_systems(
    settings: GoogleCalendarSettings, *, transport: Transport | None = None, within: timedelta = ANSWER_WITHIN
) -> tuple[HttpSystem, HttpSystem]:
    """How the calendars and the tokens of the settings are reached."""
    calendars, tokens = (
        HttpSystem(SYSTEM, url, errors=ERRORS, transport=transport, within=within)
        for url in (settings.url, token_path(settings)[0])
    )
    return calendars, tokens


def google_scheduling(
    systems: tuple[HttpSystem, HttpSystem],
    effects: RemoteEffects,
    settings: GoogleCalendarSettings,
    clock: Clock,
) -> CalendarScheduling:
    """`Scheduling` over the hosts' Google calendars."""
    calendars, tokens = systems
    token = ServiceAccountToken(tokens, settings, clock)
    return CalendarScheduling(GoogleCalendars(calendars, token), effects, settings.calendars, SYSTEM)


def event_id(key: str) -> str:
    """An event's id as Google allows it: the digits of base32hex in lower case."""
    return b32hexencode(sha256(key.encode()).digest()).decode().rstrip("=").lower()


def _bearer(token: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {token}"}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
