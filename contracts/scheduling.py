"""Meetings with customers: slots that are offered, and the one that is booked."""

from datetime import timedelta

from pydantic import AwareDatetime

from contracts.base import Contract, Key, Line, Slug
from contracts.order import PartyContact


class Slot(Contract):
    """A time at which a meeting could be."""

    id: Slug
    """Names it in the offer, and does not change with the reader's zone."""
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class FindSlotsInput(Contract):
    """The question when a host could meet a customer."""

    policy_hash: Key
    host_id: Slug
    since: AwareDatetime
    """The offer's time; slots begin `first_after` later, in business time."""
    first_after: timedelta
    duration: timedelta
    wanted: int
    offered_before: tuple[Slug, ...] = ()
    """Slots of earlier offers, which nobody chose; they are not offered again."""
    booking_key: Key | None = None
    """What the customer's own booking at a booking page would be made under."""


class FreeSlotsInput(Contract):
    """Asks a calendar which of these slots are free, in their order."""

    host_id: Slug
    candidates: tuple[Slot, ...]
    wanted: int


class SlotOffer(Contract):
    """Slots in the order of their time; empty where the host has none left."""

    slots: tuple[Slot, ...] = ()
    booking_link: Line = ""
    """Where the customer can book a time themselves; empty where there is no such page."""


class CustomersBooking(Contract):
    """A meeting that a customer has booked themselves, at a booking page."""

    id: Key
    """As the calendar knows it."""
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class ReceivedBooking(Contract):
    """What a booking page tells of a customer's booking."""

    onboarding_id: Slug
    booking: CustomersBooking


class BookKickoffInput(Contract):
    """Books one slot, and lets the calendar invite whoever attends."""

    key: Key
    policy_hash: Key
    customer_id: Slug
    company: Line
    host_id: Slug
    slot: Slot
    attendee: PartyContact
    workflow_id: Key
    booked_as: Key | None = None
    """The customer's own booking, which is taken over."""


class BookMeetingInput(Contract):
    """Books one meeting: what the calendar gets, with the host's own address."""

    key: Key
    customer_id: Slug
    workflow_id: Key
    host_id: Slug
    host: PartyContact
    attendee: PartyContact
    slot: Slot
    title: Line
    booked_as: Key | None = None
    """The attendee's own booking of the slot: it is looked at and kept, and none is made."""


class Booking(Contract):
    """A booking, or that somebody else was quicker."""

    id: str | None = None
    """None where the slot is taken by now; nothing was booked then."""

    @property
    def taken(self) -> bool:
        """Whether somebody else has the slot."""
        return self.id is None
