"""The embedded calendar of our people: it knows when they are taken, and writes to whoever attends."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.invitations import Letter, cancellation, invitation
from connectors.keyed import Journal, Made
from connectors.store.effects import Effects, new_id
from connectors.store.engine import Store
from connectors.store.identities import identity_digest
from connectors.store.onboarding_tables import bookings
from connectors.store.rows import existing, first
from connectors.store.tables import outbox
from connectors.store.turns import take_turns
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.messages import MessageKind, OutboxStatus
from contracts.ports import Clock
from contracts.scheduling import Booking, BookMeetingInput, FreeSlotsInput, Slot

SYSTEM = "scheduling"


class _Taken(Exception):
    """Ends the transaction that claimed the key, so that nothing of it stays."""


class SqlScheduling:
    """`Scheduling` over the store; invitations go into the outbox in the transaction of their booking."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._effects = Effects(store, clock, SYSTEM)

    async def free_slots(self, question: FreeSlotsInput) -> tuple[Slot, ...]:
        """Returns as many free ones of the candidates as are wanted, in their order."""
        if not question.candidates:
            return ()
        since = min(slot.starts_at for slot in question.candidates)
        until = max(slot.ends_at for slot in question.candidates)
        query = select(bookings.c.starts_at, bookings.c.ends_at).where(_busy(question.host_id, since, until))
        busy = await self._store.fetch(SYSTEM, query, lambda row: (row["starts_at"], row["ends_at"]))
        free = [
            slot
            for slot in question.candidates
            if not any(starts_at < slot.ends_at and slot.starts_at < ends_at for starts_at, ends_at in busy)
        ]
        return tuple(free[: max(0, question.wanted)])

    async def book(self, request: BookMeetingInput) -> Booking:
        """Books the slot and invites the attendee, unless the host is busy then.

        That a slot is taken is not remembered: the key stays free for another slot.

        Raises:
            ServiceFailure: CONFLICT if the booking was cancelled before; REJECTED if the slot has no length.
        """
        slot = request.slot

        async def make(connection: AsyncConnection) -> Made[Booking]:
            if slot.starts_at >= slot.ends_at:
                raise ServiceFailure(FailureCode.REJECTED, SYSTEM, "slot: it ends before it starts")
            # Meetings that overlap share no key that a unique index could see.
            await take_turns(connection, [identity_digest("host", request.host_id)])
            overlapping = select(bookings.c.id).where(_busy(request.host_id, slot.starts_at, slot.ends_at))
            if await first(connection, overlapping) is not None:
                raise _Taken
            booking_id, now = new_id("booking"), self._clock()
            row = {
                "id": booking_id,
                "key": request.key,
                "host_id": request.host_id,
                "starts_at": slot.starts_at,
                "ends_at": slot.ends_at,
                "customer_id": request.customer_id,
                "document": request.model_dump(mode="json"),
                "created_at": now,
            }
            await connection.execute(insert(bookings), row)
            letter = invitation(request, now)
            kind = MessageKind.CUSTOMER_INVITATION
            await _send(connection, kind, request, letter, key=request.key, at=now)
            return Made(Booking(id=booking_id), {"id": booking_id})

        try:
            return (await self._effects.once("booking", request, Booking, make)).result
        except _Taken:
            return Booking()

    async def cancel_booking(self, undo: UndoInput) -> UndoResult:
        """Frees the slot and tells the attendee."""

        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            now, mine = self._clock(), bookings.c.id == journal["id"]
            row = await existing(connection, select(bookings).where(mine), system=SYSTEM, what="booking")
            await connection.execute(update(bookings).where(mine).values(cancelled_at=now))
            meeting = BookMeetingInput.model_validate(row["document"])
            kind, letter = MessageKind.CUSTOMER_INVITATION_CANCELLED, cancellation(meeting, now)
            await _send(connection, kind, meeting, letter, key=f"{row['id']}#cancelled", at=now)
            return ()

        return await self._effects.undo("booking", undo, unmake)


def _busy(host_id: str, since: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether a booking takes any of the host's time in between; one may begin as another ends."""
    return and_(
        bookings.c.host_id == host_id,
        bookings.c.cancelled_at.is_(None),
        bookings.c.starts_at < until,
        bookings.c.ends_at > since,
    )


async def _send(
    connection: AsyncConnection,
    kind: MessageKind,
    meeting: BookMeetingInput,
    letter: Letter,
    *,
    key: str,
    at: datetime,
) -> None:
    row = {
        "id": new_id("message"),
        "key": key,
        "kind": kind,
        "status": OutboxStatus.SENT,
        "to_address": meeting.attendee.email,
        "subject": letter.subject,
        "body": letter.body,
        "attachment": letter.attachment,
        "workflow_id": meeting.workflow_id,
        "created_at": at,
    }
    await connection.execute(insert(outbox), row)
