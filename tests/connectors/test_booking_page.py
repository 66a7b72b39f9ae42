"""Bookings that customers make at Cal.com's page: the link, the webhook, and what is kept of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from pydantic import ValidationError

from connectors.calcom.booking_page import CalComBookingPages
from connectors.connections.onboarding import CalComSettings
from connectors.deliveries import DeliveryProblem, DeliveryRefused, hex_signature
from connectors.keyed import HOLD, Attempt, Made
from connectors.store.engine import Store
from contracts.crm import UndoInput
from contracts.scheduling import Booking, CustomersBooking
from tests.connectors.conformance.onboarding_systems import OnCalCom, on_calcom, remembered
from tests.connectors.conftest import SettableClock
from tests.connectors.odd_answers import ODD_ANSWERS
from tests.connectors.onboarding_examples import TEN, meeting, slot, step

SECRET = "whsec_known"
KEY = "customer-onboarding/lead-1#book_kickoff#customers-own"
MARK = "5c1bd99913dd55d880e7fc06ff9a4738df44c226"
PROOF = "960272acbb108153936c9953e7c76da1aed2c55e"
BODY = (
    b'{"triggerEvent":"BOOKING_CREATED","createdAt":"2026-11-23T08:59:00.000Z","payload":{"uid":"bk1",'
    b'"startTime":"2026-11-24T10:00:00Z","endTime":"2026-11-24T10:45:00Z","status":"ACCEPTED","metadata":'
    b'{"throughline":"5c1bd99913dd55d880e7fc06ff9a4738df44c226","throughline_run":'
    b'"lead-1.960272acbb108153936c9953e7c76da1aed2c55e"}}}'
)
SIGNATURE = "c0f41ad9619c1300741ee4228c355f0ff44da6c13d0895f47d77eb5d9250a4a4"
"""All of these were computed with `openssl dgst -sha256 -hmac` and `sha256sum`, not with our code."""

SENT_AT = datetime.fromisoformat("2026-11-23T08:59:00+00:00")
PAGES = {"kim": "https://cal.example/kim/kickoff"}
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def pages() -> CalComBookingPages:
    return CalComBookingPages(settings())


def settings(**given: Any) -> CalComSettings:
    whole = {"api_key": "k", "event_types": {"kim": 1}, "booking_pages": PAGES, "webhook_secret": SECRET}
    return CalComSettings.model_validate(whole | given)


def problem(
    pages: CalComBookingPages, body: bytes = BODY, signature: str | None = None, now: datetime = SENT_AT
) -> DeliveryProblem:
    """Why a delivery is refused; where no signature is given, it is signed well."""
    signed = hex_signature(SECRET, body) if signature is None else signature
    with pytest.raises(DeliveryRefused) as refused:
        pages.received(body, signed, now)
    assert "lead-1" not in str(refused.value)
    assert "planted" not in str(refused.value)
    return refused.value.problem


def changed(change: Change) -> bytes:
    document = json.loads(BODY)
    change(document)
    return json.dumps(document).encode()


def test_link_carries_the_key_and_a_proof_that_it_is_ours(pages: CalComBookingPages) -> None:
    link = urlsplit(pages.link("kim", KEY))
    assert f"{link.scheme}://{link.netloc}{link.path}" == PAGES["kim"]
    assert parse_qs(link.query) == {
        "metadata[throughline]": [MARK],
        "metadata[throughline_run]": [f"lead-1.{PROOF}"],
    }
    assert pages.link("ana", KEY) == ""


def test_signed_booking_is_read(pages: CalComBookingPages) -> None:
    received = pages.received(BODY, SIGNATURE, SENT_AT + timedelta(minutes=14))
    starts_at = datetime.fromisoformat("2026-11-24T10:00:00+00:00")
    assert received.onboarding_id == "lead-1"
    assert received.booking == CustomersBooking(
        id="bk1", starts_at=starts_at, ends_at=starts_at + timedelta(minutes=45)
    )


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("", DeliveryProblem.UNSIGNED),
        ("  ", DeliveryProblem.UNSIGNED),
        ("no-secret-provided", DeliveryProblem.WRONG_SIGNATURE),
        (SIGNATURE.upper(), DeliveryProblem.WRONG_SIGNATURE),
        (SIGNATURE[:-1], DeliveryProblem.WRONG_SIGNATURE),
        (f"sha256={SIGNATURE}", DeliveryProblem.WRONG_SIGNATURE),
        ("ü" * 64, DeliveryProblem.WRONG_SIGNATURE),
        ("\udcff" * 64, DeliveryProblem.WRONG_SIGNATURE),
        (hex_signature("whsec_other", BODY), DeliveryProblem.WRONG_SIGNATURE),
    ],
)
def test_other_signatures_are_refused(
    pages: CalComBookingPages, signature: str, expected: DeliveryProblem
) -> None:
    assert problem(pages, signature=signature) is expected


@pytest.mark.parametrize("place", range(0, len(BODY), 7))
def test_body_that_was_touched_is_refused(pages: CalComBookingPages, place: int) -> None:
    touched = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
    assert problem(pages, touched, SIGNATURE) is DeliveryProblem.WRONG_SIGNATURE


@pytest.mark.parametrize("minutes", [-16, 16, 60 * 24 * 365])
def test_what_was_not_sent_now_is_refused(pages: CalComBookingPages, minutes: int) -> None:
    now = SENT_AT + timedelta(minutes=minutes)
    assert problem(pages, signature=SIGNATURE, now=now) is DeliveryProblem.STALE


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda it: it.update(triggerEvent="BOOKING_CANCELLED"), DeliveryProblem.UNKNOWN_EVENT),
        (lambda it: it.update(triggerEvent="FORM_SUBMITTED", payload=[]), DeliveryProblem.UNKNOWN_EVENT),
        (lambda it: it["payload"].update(status="PENDING"), DeliveryProblem.NOT_CONFIRMED),
        (lambda it: it["payload"].update(metadata=None), DeliveryProblem.NOT_OURS),
        (lambda it: it["payload"].pop("metadata"), DeliveryProblem.NOT_OURS),
        (lambda it: it["payload"]["metadata"].update(throughline_run=7), DeliveryProblem.NOT_OURS),
        (lambda it: it["payload"]["metadata"].update(throughline_run="lead-1"), DeliveryProblem.NOT_OURS),
        (
            lambda it: it["payload"]["metadata"].update(throughline_run=f"lead-2.{PROOF}"),
            DeliveryProblem.NOT_OURS,
        ),
        (
            lambda it: it["payload"]["metadata"].update(throughline_run="lead-1.ü"),
            DeliveryProblem.NOT_OURS,
        ),
        (lambda it: it["payload"].update(uid=""), DeliveryProblem.MALFORMED),
        (lambda it: it["payload"].update(startTime="2026-11-24T10:00:00"), DeliveryProblem.MALFORMED),
        (lambda it: it["payload"].update(startTime="planted"), DeliveryProblem.MALFORMED),
        (lambda it: it["payload"].update(endTime="2026-11-24T10:00:00Z"), DeliveryProblem.MALFORMED),
        (lambda it: it.update(payload="planted"), DeliveryProblem.MALFORMED),
        (lambda it: it.pop("createdAt"), DeliveryProblem.MALFORMED),
    ],
)
def test_signed_but_not_a_booking_of_ours(
    pages: CalComBookingPages, change: Change, expected: DeliveryProblem
) -> None:
    assert problem(pages, changed(change)) is expected


@pytest.mark.parametrize(
    "body",
    [
        *dict.fromkeys(odd.body for odd in ODD_ANSWERS),
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"triggerEvent": "\\ud800", "createdAt": "2026-11-23T09:00:00Z"}',
        b"triggerEvent=BOOKING_CREATED",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_odd_bodies_are_refused_by_name(pages: CalComBookingPages, body: bytes) -> None:
    assert problem(pages, body) is DeliveryProblem.MALFORMED


def test_without_a_secret_nothing_passes() -> None:
    bare = CalComBookingPages(settings(webhook_secret=None, booking_pages={}))
    assert problem(bare, signature=hex_signature("", BODY)) is DeliveryProblem.WRONG_SIGNATURE


@pytest.mark.parametrize("secret", [None, ""])
def test_page_whose_bookings_nobody_would_hear_of_is_refused(secret: str | None) -> None:
    with pytest.raises(ValidationError, match="booking_pages need a webhook_secret"):
        settings(webhook_secret=secret)


# ---------------------------------------------------------------- what is kept


@pytest_asyncio.fixture
async def calcom(store: Store, clock: SettableClock) -> AsyncIterator[OnCalCom]:
    async with on_calcom(store, clock) as one:
        yield one


def booked_by_customer(calcom: OnCalCom, key: str = KEY, at: datetime = TEN) -> str:
    link = CalComBookingPages(calcom.settings).link("kim", key)
    return calcom.organisation.booked_at_page(link, calcom.settings.event_types["kim"], at)


async def test_own_booking_is_kept_once_and_can_be_cancelled(calcom: OnCalCom) -> None:
    uid = booked_by_customer(calcom)
    theirs = meeting(key=KEY, slot=slot(TEN), booked_as=uid)
    assert [(await calcom.scheduling.book(theirs)).id for _ in range(2)] == [uid, uid]
    assert [one["uid"] for one in calcom.organisation.standing()] == [uid]
    assert (await calcom.scheduling.cancel_booking(UndoInput(key=KEY))).undone
    assert calcom.organisation.standing() == []


async def test_own_booking_is_cancelled_where_nobody_knows_whether_it_was_kept(
    calcom: OnCalCom, store: Store, clock: SettableClock
) -> None:
    theirs = meeting(key=KEY, slot=slot(TEN), booked_as=booked_by_customer(calcom))

    async def die(_: Attempt) -> Made[Booking]:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await remembered(store, clock, "calcom").once("booking", theirs, Booking, die)
    clock.advance(seconds=HOLD.total_seconds())
    assert (await calcom.scheduling.cancel_booking(UndoInput(key=KEY))).undone
    assert calcom.organisation.standing() == []


async def test_booking_that_is_not_theirs_is_not_kept(calcom: OnCalCom) -> None:
    theirs = booked_by_customer(calcom)
    another = booked_by_customer(calcom, step("book_kickoff", "lead-2"), TEN + timedelta(hours=1))
    gone = booked_by_customer(calcom, at=TEN + timedelta(hours=2))
    calcom.organisation.bookings[gone]["status"] = "cancelled"
    for uid, at in (
        ("nobody", TEN),
        (theirs, TEN + timedelta(hours=1)),
        (another, TEN + timedelta(hours=1)),
        (gone, TEN + timedelta(hours=2)),
    ):
        assert (await calcom.scheduling.book(meeting(key=KEY, slot=slot(at), booked_as=uid))).taken
    assert (await calcom.scheduling.book(meeting(key=KEY, slot=slot(TEN), booked_as=theirs))).id == theirs
