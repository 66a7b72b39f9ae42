"""Invitations to meetings as calendars understand them (iTIP, RFC 5546), with words for people around.

A meeting keeps its UID from invitation to cancellation, so that the attendee's calendar finds it again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from icalendar import Calendar, Event, vCalAddress
from icalendar.enums import PARTSTAT, ROLE, STATUS

from contracts.order import PartyContact
from contracts.scheduling import BookMeetingInput

PRODUCT = "-//Throughline//Meetings//EN"
_MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Letter:
    """What an attendee gets; `attachment` is a whole iCalendar object."""

    subject: str
    body: str
    attachment: str


def meeting_uid(key: str) -> str:
    """What calendars know a booking by: the same for the same key, and it says nothing of the run."""
    return f"{sha256(key.encode()).hexdigest()[:40]}@throughline"


def invitation(meeting: BookMeetingInput, at: datetime) -> Letter:
    """Asks the attendee to a meeting, in a letter that is written at that time."""
    attendee = vCalAddress.new(
        meeting.attendee.email,
        cn=_common_name(meeting.attendee),
        rsvp=True,
        partstat=PARTSTAT.NEEDS_ACTION,
        role=ROLE.REQ_PARTICIPANT,
    )
    event = _event(meeting, at, attendee, sequence=0, status=STATUS.CONFIRMED)
    return Letter(
        subject=meeting.title,
        body=_body(
            meeting,
            f"{meeting.host.name} invites you to a meeting.",
            "The invitation is attached: your calendar can take the meeting in and answer for you.",
        ),
        attachment=_message("REQUEST", event),
    )


def cancellation(meeting: BookMeetingInput, at: datetime) -> Letter:
    """Takes the invitation back, in a letter that is written at that time."""
    attendee = vCalAddress.new(meeting.attendee.email, cn=_common_name(meeting.attendee))
    event = _event(meeting, at, attendee, sequence=1, status=STATUS.CANCELLED)
    return Letter(
        subject=f"Cancelled: {meeting.title}",
        body=_body(
            meeting,
            f"Your meeting with {meeting.host.name} is cancelled.",
            "The cancellation is attached: your calendar can take the meeting out.",
        ),
        attachment=_message("CANCEL", event),
    )


def entry(meeting: BookMeetingInput, at: datetime) -> bytes:
    """The meeting as the host's own calendar keeps it, written at that time; it names who is invited."""
    attendee = vCalAddress.new(
        meeting.attendee.email, cn=_common_name(meeting.attendee), rsvp=True, partstat=PARTSTAT.NEEDS_ACTION
    )
    event = _event(meeting, at, attendee, sequence=0, status=STATUS.CONFIRMED)
    # A stored object has no method (RFC 4791, 4.1).
    return _object(event)


def _body(meeting: BookMeetingInput, opening: str, closing: str) -> str:
    starts_at, ends_at = (
        at.astimezone(UTC).strftime(_MINUTE) for at in (meeting.slot.starts_at, meeting.slot.ends_at)
    )
    facts = f"What: {meeting.title}\nWhen: {starts_at} to {ends_at} UTC\nHost: {meeting.host.name}"
    return "\n\n".join((f"Hello {meeting.attendee.name},", opening, facts, closing)) + "\n"


def _event(
    meeting: BookMeetingInput, at: datetime, attendee: vCalAddress, *, sequence: int, status: STATUS
) -> Event:
    return Event.new(
        uid=meeting_uid(meeting.key),
        sequence=sequence,
        stamp=at.astimezone(UTC),
        start=meeting.slot.starts_at.astimezone(UTC),
        end=meeting.slot.ends_at.astimezone(UTC),
        summary=meeting.title,
        status=status,
        organizer=vCalAddress.new(meeting.host.email, cn=_common_name(meeting.host)),
        attendees=[attendee],
    )


def _common_name(person: PartyContact) -> str:
    """A name as a parameter: readers disagree on whether a backslash there escapes what follows."""
    return person.name.replace("\\", "/")


def _message(method: str, event: Event) -> str:
    return _object(event, method).decode()


def _object(event: Event, method: str | None = None) -> bytes:
    # `Calendar.new` would give the object a UID of its own, a new one each time.
    calendar = Calendar()
    calendar.prodid = PRODUCT
    calendar.version = "2.0"
    if method:
        calendar.method = method
    calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text
