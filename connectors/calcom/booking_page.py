"""Cal.com's booking pages: the link that a customer gets, and what the webhook tells of their booking.

The signature is a hexadecimal HMAC-SHA256 of the raw body, and carries no time; `createdAt` in the signed
body does. A booking takes over the metadata of the link that led to it.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from pydantic import AwareDatetime, ValidationError

from connectors.answers import S, Said
from connectors.calcom.scheduling import MARK
from connectors.calendars import mark_of
from connectors.connections.onboarding import CalComSettings
from connectors.deliveries import (
    DeliveryProblem,
    DeliveryRefused,
    hex_signature,
    refuse_old,
    refuse_unsigned,
)
from contracts.base import Key
from contracts.ids import onboarding_id_of, workflow_of_effect
from contracts.scheduling import CustomersBooking, ReceivedBooking

SIGNATURE_HEADER = "X-Cal-Signature-256"
RUN = "throughline_run"
"""Under this name a link says whose booking it is for, with the proof that the link is ours."""

_CREATED = "BOOKING_CREATED"
_ACCEPTED = "ACCEPTED"
_PURPOSE = "throughline booking link\n"
"""Keeps the proof in a link from passing as the signature of a delivery, which begins with a brace."""


class _Event(Said):
    triggerEvent: str  # noqa: N815 - as Cal.com names it
    createdAt: AwareDatetime  # noqa: N815 - as Cal.com names it


class _Created(Said):
    class _Booking(Said):
        uid: Key
        startTime: AwareDatetime  # noqa: N815 - as Cal.com names it
        endTime: AwareDatetime  # noqa: N815 - as Cal.com names it
        status: str
        metadata: Mapping[str, object] | None = None

    triggerEvent: Literal["BOOKING_CREATED"]  # noqa: N815 - as Cal.com names it
    payload: _Booking


class CalComBookingPages:
    """`BookingPages` on Cal.com, and the reader of its webhook.

    Args:
        settings: with a webhook's secret, where there are pages.
    """

    def __init__(self, settings: CalComSettings) -> None:
        self._pages = settings.booking_pages
        self._secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""

    def link(self, host_id: str, key: str) -> str:
        """Where a host's page is, for the booking of that key; empty where the host has none."""
        if (page := self._pages.get(host_id)) is None:
            return ""
        onboarding_id = onboarding_id_of(workflow_of_effect(key))
        marks = {MARK: mark_of(key), RUN: f"{onboarding_id}.{self._proof(onboarding_id)}"}
        return f"{page}?{urlencode({f'metadata[{name}]': value for name, value in marks.items()})}"

    def received(self, body: bytes, signature: str, now: datetime) -> ReceivedBooking:
        """What a delivery tells.

        Args:
            body: as it came, byte for byte.
            signature: the value of the header `X-Cal-Signature-256`.
            now: the present, aware.

        Raises:
            DeliveryRefused: it is not theirs, not recent, not a booking, or not one that began with a link of
                ours.
        """
        if not self._secret:
            raise DeliveryRefused(DeliveryProblem.WRONG_SIGNATURE, "there is no secret to check it with")
        refuse_unsigned(self._secret, body, signature)
        event = _read(body, _Event)
        refuse_old(event.createdAt, now)
        if event.triggerEvent != _CREATED:
            raise DeliveryRefused(DeliveryProblem.UNKNOWN_EVENT, f"only {_CREATED} is taken")
        booking = _read(body, _Created).payload
        onboarding_id = self._onboarding_of((booking.metadata or {}).get(RUN))
        if booking.status != _ACCEPTED:
            raise DeliveryRefused(DeliveryProblem.NOT_CONFIRMED, f"status: it is not {_ACCEPTED}")
        if booking.startTime >= booking.endTime:
            raise DeliveryRefused(DeliveryProblem.MALFORMED, "endTime: it ends before it starts")
        return ReceivedBooking(
            onboarding_id=onboarding_id,
            booking=CustomersBooking(id=booking.uid, starts_at=booking.startTime, ends_at=booking.endTime),
        )

    def _onboarding_of(self, mark: object) -> str:
        """Whose booking it is. The page is public: whoever knows an id must not book for somebody else."""
        if not isinstance(mark, str):
            raise DeliveryRefused(DeliveryProblem.NOT_OURS, f"metadata.{RUN}: no link of ours led to it")
        onboarding_id, _, proof = mark.rpartition(".")
        wanted = self._proof(onboarding_id)
        if not hmac.compare_digest(wanted.encode(), proof.encode("utf-8", "surrogatepass")):
            raise DeliveryRefused(DeliveryProblem.NOT_OURS, f"metadata.{RUN}: it is not from a link of ours")
        return onboarding_id

    def _proof(self, onboarding_id: str) -> str:
        signed = f"{_PURPOSE}{onboarding_id}".encode("utf-8", "surrogatepass")
        return hex_signature(self._secret, signed)[:40]


def _read(body: bytes, model: type[S]) -> S:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        places = {".".join(map(str, one["loc"])) or "the body" for one in error.errors(include_input=False)}
        raise DeliveryRefused(
            DeliveryProblem.MALFORMED, f"cannot be read: {', '.join(sorted(places))}"
        ) from None
