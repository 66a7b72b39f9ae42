"""Invitations are what calendars expect (RFC 5545 and 5546), whatever people and meetings are called."""

from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from connectors.invitations import Letter, cancellation, invitation, meeting_uid
from contracts.order import PartyContact
from tests.connectors.examples import MONDAY_NINE
from tests.connectors.onboarding_examples import TEN, meeting, slot

LINES = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]))
"""Whatever a `Line` may hold."""


def parsed(letter: Letter) -> tuple[Calendar, Event]:
    """The message of a letter and its one event."""
    calendar = Calendar.from_ical(letter.attachment)
    assert isinstance(calendar, Calendar)
    (event,) = calendar.events
    assert calendar.errors == event.errors == []
    return calendar, event


def test_invitation_asks_the_attendee_to_the_meeting() -> None:
    calendar, event = parsed(invitation(meeting(), MONDAY_NINE))
    assert (calendar.version, calendar.method) == ("2.0", "REQUEST")
    assert calendar.prodid
    assert (event.uid, event.sequence, event.status) == (meeting_uid(meeting().key), 0, "CONFIRMED")
    assert (event.stamp, event.start, event.end) == (MONDAY_NINE, TEN, TEN + timedelta(minutes=30))
    assert event.summary == "Kickoff with Acme"
    assert (event.organizer, event.organizer.CN) == ("mailto:kim@ours.example", "Kim Ågren")
    (attendee,) = event.attendees
    assert (attendee, attendee.CN) == ("mailto:zoe@acme.example", "Zoë Nuñez")
    assert (attendee.RSVP, attendee.PARTSTAT) == (True, "NEEDS-ACTION")


def test_cancellation_is_of_the_same_meeting_and_later_in_its_sequence() -> None:
    later = MONDAY_NINE + timedelta(minutes=5)
    calendar, event = parsed(cancellation(meeting(), later))
    _, invited = parsed(invitation(meeting(), MONDAY_NINE))
    assert (calendar.method, event.status, event.sequence) == ("CANCEL", "CANCELLED", 1)
    assert (event.uid, event.start, event.end) == (invited.uid, invited.start, invited.end)
    assert (event.organizer, event.attendees) == (invited.organizer, invited.attendees)
    assert event.stamp == later


def test_times_are_in_utc_and_lines_end_as_calendars_want_them() -> None:
    there = timezone(timedelta(hours=5, minutes=45))
    letter = invitation(meeting(slot=slot(TEN.astimezone(there))), MONDAY_NINE.astimezone(there))
    lines = letter.attachment.split("\r\n")
    assert {"DTSTART:20261123T100000Z", "DTEND:20261123T103000Z", "DTSTAMP:20261123T090000Z"} <= set(lines)
    assert "\n" not in "".join(lines)
    assert max(len(line.encode()) for line in lines) <= 75
    assert "2026-11-23 10:00 to 2026-11-23 10:30 UTC" in letter.body


def test_words_say_what_when_and_with_whom() -> None:
    invited, cancelled = invitation(meeting(), MONDAY_NINE), cancellation(meeting(), MONDAY_NINE)
    assert (invited.subject, cancelled.subject) == ("Kickoff with Acme", "Cancelled: Kickoff with Acme")
    assert "Kim Ågren invites you" in invited.body
    assert "with Kim Ågren is cancelled" in cancelled.body
    for letter in (invited, cancelled):
        assert letter.body.startswith("Hello Zoë Nuñez,\n")
        assert "Kickoff with Acme" in letter.body


def test_meeting_is_known_by_its_key_which_it_does_not_tell() -> None:
    other = meeting(key="other")
    assert meeting_uid(meeting().key) == meeting_uid(meeting().key) != meeting_uid(other.key)
    assert "lead-1" not in invitation(meeting(), MONDAY_NINE).attachment
    assert invitation(meeting(), MONDAY_NINE) == invitation(meeting(), MONDAY_NINE)


@given(title=LINES, name=LINES, host=LINES)
def test_no_name_or_title_breaks_an_invitation(title: str, name: str, host: str) -> None:
    whole = meeting(
        title=title,
        attendee=PartyContact(name=name, email="zoe@acme.example"),
        host=PartyContact(name=host, email="kim@ours.example"),
    )
    for letter in (invitation(whole, MONDAY_NINE), cancellation(whole, MONDAY_NINE)):
        _, event = parsed(letter)
        assert event.summary == title
        assert [str(one) for one in event.attendees] == ["mailto:zoe@acme.example"]
        shown = [event.attendees[0].CN, event.organizer.CN]
        assert shown == [name.replace("\\", "/"), host.replace("\\", "/")]
