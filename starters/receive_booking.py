"""`onboarding receive-booking`: a booking page's webhook tells what a customer has booked there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import DEFAULT_TIMEOUT, AsJson, Timeout, choice
from starters.console import Answer, CommandFailure, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.scheduling import ReceivedBooking


class BookingPage(StrEnum):
    """Whose webhooks are understood."""

    CALCOM = "calcom"


@dataclass(frozen=True)
class Delivery:
    """One request of a webhook."""

    page: BookingPage
    body: bytes
    """As it came, byte for byte: the signature is over these bytes."""
    signature: str


def receive_booking(
    context: typer.Context,
    *,
    page: Annotated[str, typer.Argument(metavar="PAGE", help="Whose webhook it is: calcom.")],
    body: Annotated[
        str, typer.Argument(metavar="FILE|-", help="The request's body, unchanged; - is stdin.")
    ] = "-",
    signature: Annotated[
        str,
        typer.Option(
            "--signature-header", metavar="VALUE", help="The request's header X-Cal-Signature-256, unchanged."
        ),
    ],
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Take what a booking page's webhook tells: the customer has booked their kickoff there.

    Whatever answers the webhook hands each request on: its body on stdin and the header of its signature. To
    hand the same request in again changes nothing.

    \b
    Examples:
      throughline onboarding receive-booking calcom --signature-header "$HTTP_X_CAL_SIGNATURE_256"
      throughline onboarding receive-booking calcom body.json --signature-header 5f1c...e9 --json

    Exit codes: 0 taken, 2 no such page, 3 the request is refused (with its reason: unsigned, wrong_signature,
    malformed, stale, unknown_event, not_ours, not_confirmed), 4 no such onboarding, 5 the run refused
    (nothing is offered, chosen already, passed), 7 no worker answers, 8 no webhook's secret is set.
    """  # noqa: D301
    around, named = surroundings_of(context), choice("PAGE", page, BookingPage)

    async def take() -> Answer:
        from starters.input_text import read_bytes

        return await take_booking(around, Delivery(named, read_bytes(body), signature), timeout)

    run(as_json, take)


async def take_booking(around: Surroundings, delivery: Delivery, seconds: float) -> Answer:
    """Checks a request and hands the booking to its run; every door to it comes through here.

    Raises:
        CommandFailure: INPUT_REFUSED where the request is refused; REFUSED_BY_RUN; MISCONFIGURED.
    """
    from contracts.onboarding import KickoffChoice
    from rules.kickoff_slots import slot_at
    from starters.speaking import speaker
    from starters.status_text import onboarding_text

    received = _received(around, delivery)
    booked, onboarding_id = received.booking, received.onboarding_id
    async with around.doors(seconds) as doors:
        # The link that led to the booking was sent to the customer alone.
        actor = await speaker(around, doors, onboarding_id, None)
        slot_id = slot_at(booked.starts_at, booked.ends_at).id
        taken = KickoffChoice(actor=actor, slot_id=slot_id, booked=booked)
        status = await doors.onboarding.choose_kickoff(onboarding_id, taken)
    return Answer(status, onboarding_text(status))


def _received(around: Surroundings, delivery: Delivery) -> ReceivedBooking:
    from connectors.calcom.booking_page import CalComBookingPages
    from connectors.deliveries import DeliveryRefused

    settings = around.settings().calcom
    if settings is None or settings.webhook_secret is None:
        raise CommandFailure(
            ExitCode.MISCONFIGURED,
            "no webhook's secret is set",
            where="THROUGHLINE__CALCOM__WEBHOOK_SECRET",
            remedy="set the one that Cal.com signs with",
        )
    try:
        return CalComBookingPages(settings).received(delivery.body, delivery.signature, around.now())
    except DeliveryRefused as refused:
        raise CommandFailure(
            ExitCode.INPUT_REFUSED,
            str(refused),
            where=delivery.page,
            remedy="it is not taken, and handing it in again changes nothing",
            details=[{"problem": refused.problem}],
        ) from refused


if __name__ == "__main__":
    run_alone(receive_booking)
