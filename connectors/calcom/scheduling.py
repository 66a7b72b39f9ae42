"""Cal.com API v2 as `Scheduling`: it knows by itself when a host is taken, and tells whoever attends."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime

from connectors.answers import Said, read
from connectors.calendars import Taken, mark_of, of_host, refuse_without_length
from connectors.card import ConnectorCard, Operation
from connectors.connections.onboarding import CalComSettings
from connectors.errors import ErrorTable, first_text
from connectors.http import ANSWER_WITHIN, Call, HttpSystem, JsonObject, Transport, quoted
from connectors.keyed import Attempt, Made, RemoteEffects
from contracts.crm import UndoInput, UndoResult
from contracts.remote_effects import StandingEffect
from contracts.scheduling import Booking, BookMeetingInput, FreeSlotsInput, Slot

SYSTEM = "calcom"
MARK = "throughline"
"""Under this name our keys stand in the metadata of bookings."""
_SLOTS: Mapping[str, str] = {"cal-api-version": "2024-09-04"}
_BOOKINGS: Mapping[str, str] = {"cal-api-version": "2024-08-13"}
_MOST = "250"
_CANCELLED = "cancelled"
_ACCEPTED = "accepted"

ERRORS = ErrorTable(code_of=lambda body: first_text(body, "error", "code"))
"""Only HTTP's own: which codes its errors carry is not documented well enough to be relied on."""

CARD = ConnectorCard(
    name="calcom",
    port="scheduling",
    system="Cal.com API v2",
    operations=(
        Operation(
            "free_slots",
            "a read; nothing beside its grid is free",
            "none",
        ),
        Operation(
            "book",
            "Cal.com books no time twice; after an unknown outcome our mark in its metadata is looked for",
            "none, while the host keeps fewer than 250 bookings ahead; what a customer books at the page "
            "stays in the calendar where the run refuses it, or is called off before it has taken it over",
        ),
        Operation("cancel_booking", "a cancellation; one that is refused is looked at", "none"),
    ),
    rate_limit="120 a minute for an API key by default; 429 is waited out",
    scopes="an API key of a user or team whose event types they are",
    not_established="no live account was used: filters of the list of bookings, codes of refusals, that a "
    "plain link carries metadata as an embedded page does, and whether a webhook that failed is repeated",
)


class _Slots(Said):
    class _Range(Said):
        start: AwareDatetime
        end: AwareDatetime

    status: Literal["success"]
    data: Mapping[str, tuple[_Range, ...]]


class _Booking(Said):
    uid: str
    status: str
    metadata: Mapping[str, object] = {}
    start: AwareDatetime | None = None


class _One(Said):
    status: Literal["success"]
    data: _Booking


class _Many(Said):
    status: Literal["success"]
    data: tuple[_Booking, ...]


class CalComScheduling:
    """`Scheduling` over the event types of Cal.com in which hosts are met."""

    def __init__(self, system: HttpSystem, effects: RemoteEffects, settings: CalComSettings) -> None:
        self._system = system
        self._effects = effects
        self._settings = settings

    async def free_slots(self, question: FreeSlotsInput) -> tuple[Slot, ...]:
        """Returns as many free ones of the candidates as are wanted, in their order."""
        if not question.candidates or question.wanted <= 0:
            return ()
        since = min(slot.starts_at for slot in question.candidates)
        until = max(slot.ends_at for slot in question.candidates)
        offered = await self._offered(self._event_type(question.host_id), since, until)
        free = [slot for slot in question.candidates if (slot.starts_at, slot.ends_at) in offered]
        return tuple(free[: question.wanted])

    async def book(self, request: BookMeetingInput) -> Booking:
        """Books the slot, unless Cal.com does not offer it (any more); keeps what the attendee has booked.

        Raises:
            ServiceFailure: CONFLICT if the booking was cancelled before; REJECTED if the slot has no length;
                FORBIDDEN if settings name no event type of the host.
        """

        async def make(attempt: Attempt) -> Made[Booking]:
            refuse_without_length(SYSTEM, request.slot)
            event_type = self._event_type(request.host_id)
            if request.booked_as is not None:
                await self._refuse_unless_theirs(request.booked_as, request)
                return Made(Booking(id=request.booked_as), {"id": request.booked_as})
            found = await self._marked(request.key) if attempt.tried_before else ()
            uid = found[0].uid if found else await self._booked(request, event_type)
            return Made(Booking(id=uid), {"id": uid})

        try:
            return (await self._effects.once("booking", request, Booking, make)).result
        except Taken:
            return Booking()

    async def cancel_booking(self, undo: UndoInput) -> UndoResult:
        """Frees the slot; Cal.com tells whoever was invited."""

        async def unmake(standing: StandingEffect) -> UndoResult:
            if standing.result is not None:
                ids = [str(standing.journal["id"])]
            else:
                ids = [one.uid for one in await self._marked(undo.key)]
            for uid in ids:
                await self._cancel(uid)
            return UndoResult(undone=bool(ids))

        return await self._effects.undo("booking", undo, unmake)

    async def _offered(
        self, event_type: int, since: datetime, until: datetime
    ) -> frozenset[tuple[datetime, datetime]]:
        query = (
            ("eventTypeId", str(event_type)),
            ("start", _instant(since)),
            ("end", _instant(until)),
            ("timeZone", "UTC"),
            ("format", "range"),
        )
        answer = await self._system.call(Call("free slots", "GET", "/slots", query=query, headers=_SLOTS))
        days = read(answer, _Slots).data.values()
        return frozenset((one.start, one.end) for day in days for one in day)

    async def _refuse_unless_theirs(self, uid: str, request: BookMeetingInput) -> None:
        """Raises `Taken` where the attendee's own booking does not stand, or is another one."""
        look = Call("read of booking", "GET", f"/bookings/{quoted(uid)}", headers=_BOOKINGS, expected=(404,))
        seen = await self._system.call(look)
        if seen.status in look.expected:
            raise Taken(SYSTEM)
        found = read(seen, _One).data
        marked = found.metadata.get(MARK) == mark_of(request.key)
        if not marked or found.status != _ACCEPTED or found.start != request.slot.starts_at:
            raise Taken(SYSTEM)

    async def _booked(self, request: BookMeetingInput, event_type: int) -> str:
        slot, attendee = request.slot, request.attendee
        if not await self._is_offered(event_type, slot):
            raise Taken(SYSTEM)
        document: JsonObject = {
            "eventTypeId": event_type,
            "start": _instant(slot.starts_at),
            "attendee": {"name": attendee.name, "email": attendee.email, "timeZone": "UTC"},
            "metadata": {MARK: mark_of(request.key)},
        }
        call = Call("booking", "POST", "/bookings", json=document, headers=_BOOKINGS, expected=(400, 409))
        answer = await self._system.call(call)
        if answer.status not in call.expected:
            return read(answer, _One).data.uid
        # Refused: since somebody was quicker, or for a reason of its own.
        if not await self._is_offered(event_type, slot):
            raise Taken(SYSTEM)
        raise self._system.failure_of(answer)

    async def _is_offered(self, event_type: int, slot: Slot) -> bool:
        return (slot.starts_at, slot.ends_at) in await self._offered(event_type, slot.starts_at, slot.ends_at)

    async def _marked(self, key: str) -> tuple[_Booking, ...]:
        types = ",".join(str(one) for one in sorted(set(self._settings.event_types.values())))
        query = (("eventTypeIds", types), ("status", "upcoming"), ("take", _MOST))
        call = Call("list of bookings", "GET", "/bookings", query=query, headers=_BOOKINGS)
        found = read(await self._system.call(call), _Many).data
        return tuple(
            one for one in found if one.metadata.get(MARK) == mark_of(key) and one.status != _CANCELLED
        )

    async def _cancel(self, uid: str) -> None:
        path = f"/bookings/{quoted(uid)}"
        reason = {"cancellationReason": "The onboarding was called off."}
        call = Call(
            "cancellation", "POST", f"{path}/cancel", json=reason, headers=_BOOKINGS, expected=(400, 404, 409)
        )
        answer = await self._system.call(call)
        if answer.status not in call.expected:
            read(answer, _One)
            return
        look = Call("read of booking", "GET", path, headers=_BOOKINGS, expected=(404,))
        seen = await self._system.call(look)
        if seen.status not in look.expected and read(seen, _One).data.status != _CANCELLED:
            raise self._system.failure_of(answer)

    def _event_type(self, host_id: str) -> int:
        return of_host(self._settings.event_types, host_id, SYSTEM, "event_types")


def calcom_system(
    settings: CalComSettings, *, transport: Transport | None = None, within: timedelta = ANSWER_WITHIN
) -> HttpSystem:
    """How Cal.com is reached."""
    headers = {"authorization": f"Bearer {settings.api_key.get_secret_value()}"}
    return HttpSystem(
        SYSTEM, settings.url, headers=headers, errors=ERRORS, transport=transport, within=within
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
