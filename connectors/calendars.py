"""Meetings in calendars of others: what is the same whatever protocol a calendar speaks."""

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Protocol, TypeVar

from connectors.keyed import Attempt, Made, RemoteEffects
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.remote_effects import StandingEffect
from contracts.scheduling import Booking, BookMeetingInput, FreeSlotsInput, Slot

Busy = tuple[datetime, datetime]
T = TypeVar("T")


class RemoteCalendar(Protocol):
    """Calendars in which an entry's name is made of its key."""

    async def busy(self, calendar: str, since: datetime, until: datetime) -> Collection[Busy]:
        """When somebody is taken in between."""
        ...

    async def find(self, calendar: str, key: str) -> str | None:
        """The id of the entry that stands under a key."""
        ...

    async def add(self, calendar: str, meeting: BookMeetingInput) -> str:
        """Enters a meeting under its key, which may be repeated, and returns its id."""
        ...

    async def remove(self, calendar: str, key: str) -> bool:
        """Takes an entry out, which may be repeated; returns whether it was there."""
        ...


class Taken(ServiceFailure):
    """Says that nothing was booked, so that the key is let go and stays free for another slot."""

    def __init__(self, system: str) -> None:
        super().__init__(FailureCode.CONFLICT, system, "the slot is taken")


class CalendarScheduling:
    """`Scheduling` over calendars that would take two meetings at one time.

    Our own workers are alone with a host's calendar while they look and book. Somebody who enters a
    meeting by hand in that moment is not seen.

    Args:
        calendar: where they are.
        effects: how a booking is made once.
        calendars: of each host.
        system: for failures.
    """

    def __init__(
        self, calendar: RemoteCalendar, effects: RemoteEffects, calendars: Mapping[str, str], system: str
    ) -> None:
        self._calendar = calendar
        self._effects = effects
        self._calendars = calendars
        self._system = system

    async def free_slots(self, question: FreeSlotsInput) -> tuple[Slot, ...]:
        """Returns as many free ones of the candidates as are wanted, in their order."""
        if not question.candidates or question.wanted <= 0:
            return ()
        since = min(slot.starts_at for slot in question.candidates)
        until = max(slot.ends_at for slot in question.candidates)
        busy = await self._calendar.busy(self._calendar_of(question.host_id), since, until)
        free = [slot for slot in question.candidates if is_free(slot, busy)]
        return tuple(free[: question.wanted])

    async def book(self, request: BookMeetingInput) -> Booking:
        """Books the slot and invites the attendee, unless the host is busy then.

        Raises:
            ServiceFailure: CONFLICT if the booking was cancelled before; REJECTED if the slot has no length;
                FORBIDDEN if settings name no calendar of the host.
        """

        async def make(attempt: Attempt) -> Made[Booking]:
            refuse_without_length(self._system, request.slot)
            calendar = self._calendar_of(request.host_id)
            async with self._effects.alone(f"{self._system}/{calendar}"):
                booked = await self._calendar.find(calendar, request.key) if attempt.tried_before else None
                if booked is None:
                    slot = request.slot
                    if not is_free(slot, await self._calendar.busy(calendar, slot.starts_at, slot.ends_at)):
                        raise Taken(self._system)
                    booked = await self._calendar.add(calendar, request)
            return Made(Booking(id=booked), {"calendar": calendar})

        try:
            return (await self._effects.once("booking", request, Booking, make)).result
        except Taken:
            return Booking()

    async def cancel_booking(self, undo: UndoInput) -> UndoResult:
        """Frees the slot, and lets the calendar tell the attendee."""

        async def unmake(standing: StandingEffect) -> UndoResult:
            if standing.result is not None:
                await self._calendar.remove(str(standing.journal["calendar"]), undo.key)
                return UndoResult(undone=True)
            # Nobody knows how the booking ended, nor with which host.
            calendars = sorted(set(self._calendars.values()))
            removed = [await self._calendar.remove(calendar, undo.key) for calendar in calendars]
            return UndoResult(undone=any(removed))

        return await self._effects.undo("booking", undo, unmake)

    def _calendar_of(self, host_id: str) -> str:
        return of_host(self._calendars, host_id, self._system, "calendars")


def of_host(known: Mapping[str, T], host_id: str, system: str, setting: str) -> T:
    """What settings say of a host.

    Raises:
        ServiceFailure: FORBIDDEN, since only the site engineer can say more.
    """
    if host_id not in known:
        missing = f"{setting}: the settings do not name the host"
        raise ServiceFailure(FailureCode.FORBIDDEN, system, missing, asked=False)
    return known[host_id]


def is_free(slot: Slot, busy: Collection[Busy]) -> bool:
    """Whether nothing overlaps a slot; one meeting may begin as another ends."""
    return not any(starts_at < slot.ends_at and slot.starts_at < ends_at for starts_at, ends_at in busy)


def refuse_without_length(system: str, slot: Slot) -> None:
    """Raises REJECTED for a slot that ends before it starts."""
    if slot.starts_at >= slot.ends_at:
        raise ServiceFailure(FailureCode.REJECTED, system, "slot: it ends before it starts", asked=False)


def mark_of(key: str) -> str:
    """A key as others' records may show it: it says nothing of the run."""
    return sha256(key.encode()).hexdigest()[:40]
