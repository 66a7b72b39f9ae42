"""The steps that find a time for a meeting with a customer, and book it."""

from temporalio import activity

from contracts.crm import UndoInput, UndoResult
from contracts.onboarding_ports import BookingPages, Scheduling
from contracts.order import PartyContact
from contracts.ports import PolicyLibrary
from contracts.scheduling import (
    Booking,
    BookKickoffInput,
    BookMeetingInput,
    FindSlotsInput,
    FreeSlotsInput,
    SlotOffer,
)
from rules.kickoff_slots import candidate_slots
from rules.staff import person_of
from rules.wording import one_line

MAX_TITLE = 120
"""Longer titles are cut off in the lists of most calendars."""


class SchedulingActivities:
    """Asks calendars for free time and books it; one booking per key, which can be cancelled.

    All methods raise REJECTED, FORBIDDEN, CONFLICT or NOT_FOUND for good, and UNREACHABLE, UNAVAILABLE,
    RATE_LIMITED, TIMED_OUT or OUTCOME_UNKNOWN to be retried under the same key.
    """

    def __init__(
        self, scheduling: Scheduling, policies: PolicyLibrary, pages: BookingPages | None = None
    ) -> None:
        self._scheduling = scheduling
        self._policies = policies
        self._pages = pages

    @activity.defn
    async def find_slots(self, question: FindSlotsInput) -> SlotOffer:
        """Finds times within the host's office hours at which their calendar is free."""
        bundle = await self._policies.load(question.policy_hash)
        free = await self._scheduling.free_slots(
            FreeSlotsInput(
                host_id=question.host_id,
                candidates=candidate_slots(question, bundle),
                wanted=question.wanted,
            )
        )
        key, pages = question.booking_key, self._pages
        link = pages.link(question.host_id, key) if pages and key else ""
        return SlotOffer(slots=free, booking_link=link)

    @activity.defn
    async def book_kickoff(self, request: BookKickoffInput) -> Booking:
        """Books the slot, unless somebody else was quicker; the calendar invites whoever attends."""
        host = person_of(await self._policies.load(request.policy_hash), request.host_id)
        return await self._scheduling.book(
            BookMeetingInput(
                key=request.key,
                customer_id=request.customer_id,
                workflow_id=request.workflow_id,
                host_id=request.host_id,
                host=PartyContact(name=host.name, email=host.email),
                attendee=request.attendee,
                slot=request.slot,
                title=one_line(f"Kickoff with {request.company}", MAX_TITLE),
                booked_as=request.booked_as,
            )
        )

    @activity.defn
    async def cancel_kickoff(self, undo: UndoInput) -> UndoResult:
        """Cancels the booking; the calendar tells whoever was invited."""
        return await self._scheduling.cancel_booking(undo)
