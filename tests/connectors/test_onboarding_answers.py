"""Provisioning and calendars of others: what each of their errors means, and what odd answers end in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from connectors.calcom import scheduling as calcom
from connectors.caldav import scheduling as caldav
from connectors.connections.onboarding import (
    CalComSettings,
    CalDavSettings,
    GoogleCalendarSettings,
    ScimSettings,
)
from connectors.errors import ErrorRow, ErrorTable, declared
from connectors.google_calendar import scheduling as google
from connectors.scim import api as scim
from connectors.scim.provisioning import ScimProvisioning
from connectors.store.engine import Store
from contracts.crm import UndoInput
from contracts.failures import FailureCode, ServiceFailure
from contracts.onboarding_ports import Provisioning, Scheduling
from contracts.provisioning import CheckProvisioningInput, ReadUsageInput
from contracts.scheduling import FreeSlotsInput
from tests.connectors.conformance.onboarding_systems import remembered
from tests.connectors.conftest import SettableClock
from tests.connectors.http_meanings import MEANS
from tests.connectors.odd_answers import ODD_ANSWERS, SOON, OddAnswer
from tests.connectors.onboarding_examples import inviting, meeting, slot, workspace
from tests.connectors.strict_google import ACCOUNT, PEM

HOST = {"kim": "kim"}
Answer = Callable[[httpx.Request], httpx.Response]
Do = Callable[[Any], Awaitable[object]]


@pytest.fixture
def backend() -> str:
    return "sqlite"


def scim_says(request: httpx.Request) -> httpx.Response:
    if request.method in ("PATCH", "DELETE"):
        return httpx.Response(204)
    if request.method == "GET" and request.url.query:
        return httpx.Response(200, json={"totalResults": 0})
    return httpx.Response(200, json={"id": "7"})


def caldav_says(request: httpx.Request) -> httpx.Response:
    if request.method == "REPORT":
        nothing = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VFREEBUSY\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
        return httpx.Response(200, headers={"content-type": "text/calendar"}, content=nothing)
    return httpx.Response(201 if request.method == "PUT" else 204)


def google_says(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/token":
        return httpx.Response(200, json={"access_token": "t", "expires_in": 3600})
    if request.url.path.endswith("/freeBusy"):
        return httpx.Response(200, json={"calendars": {"kim": {"busy": []}}})
    if request.method == "DELETE":
        return httpx.Response(204)
    return httpx.Response(200, json={"id": "7", "status": "confirmed"})


def calcom_says(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/slots"):
        one = {"start": "2026-11-23T10:00:00.000Z", "end": "2026-11-23T10:30:00.000Z"}
        return httpx.Response(200, json={"status": "success", "data": {"2026-11-23": [one]}})
    return httpx.Response(200, json={"status": "success", "data": {"uid": "7", "status": "accepted"}})


class Network:
    """Answers as the system does, until something else is planted for some calls."""

    def __init__(self, says: Answer) -> None:
        self._says = says
        self.planted: httpx.AsyncBaseTransport | None = None
        self.befalls: Callable[[httpx.Request], bool] = lambda _: True

    def transport(self) -> httpx.MockTransport:
        async def answer(request: httpx.Request) -> httpx.Response:
            if self.planted is not None and self.befalls(request):
                return await self.planted.handle_async_request(request)
            return self._says(request)

        return httpx.MockTransport(answer)


def provisioning_on(network: Network, store: Store, clock: SettableClock) -> Provisioning:
    settings = ScimSettings.model_validate({"url": "https://scim.example", "token": "t"})
    system = scim.scim_system(settings, transport=network.transport(), within=SOON)
    return ScimProvisioning(scim.ScimApi(system), remembered(store, clock, "scim"), settings)


def caldav_on(network: Network, store: Store, clock: SettableClock) -> Scheduling:
    settings = CalDavSettings.model_validate(
        {"url": "https://cal.example", "username": "u", "password": "p", "calendars": HOST}
    )
    system = caldav.caldav_system(settings, transport=network.transport(), within=SOON)
    return caldav.caldav_scheduling(system, remembered(store, clock, "caldav"), settings, clock)


def google_on(network: Network, store: Store, clock: SettableClock) -> Scheduling:
    settings = GoogleCalendarSettings.model_validate(
        {"account_email": ACCOUNT, "private_key": PEM, "calendars": HOST}
    )
    systems = google.google_systems(settings, transport=network.transport(), within=SOON)
    return google.google_scheduling(systems, remembered(store, clock, "google"), settings, clock)


def calcom_on(network: Network, store: Store, clock: SettableClock) -> Scheduling:
    settings = CalComSettings.model_validate({"api_key": "k", "event_types": {"kim": 1}})
    system = calcom.calcom_system(settings, transport=network.transport(), within=SOON)
    return calcom.CalComScheduling(system, remembered(store, clock, "calcom"), settings)


async def create_workspace(port: Provisioning) -> object:
    return await port.create_workspace(workspace())


async def check(port: Provisioning) -> object:
    return await port.readiness(CheckProvisioningInput(customer_id="acme"))


async def delete_workspace(port: Provisioning) -> object:
    return await port.delete_workspace(UndoInput(key=workspace().key))


async def invite(port: Provisioning) -> object:
    return await port.invite_admin(inviting("7"))


async def usage(port: Provisioning) -> object:
    return await port.usage(ReadUsageInput(workspace_id="7"))


async def free(port: Scheduling) -> object:
    return await port.free_slots(FreeSlotsInput(host_id="kim", candidates=(slot(),), wanted=1))


async def book(port: Scheduling) -> object:
    return await port.book(meeting())


async def keep(port: Scheduling) -> object:
    return await port.book(meeting(booked_as="7"))


async def cancel(port: Scheduling) -> object:
    return await port.cancel_booking(UndoInput(key=meeting().key))


@dataclass(frozen=True)
class Step:
    """A step, the call of it that gets the odd answer, and what must be done before."""

    system: str
    on: Callable[[Network, Store, SettableClock], Any]
    says: Answer
    do: Do
    befalls: str
    """Method and path's end of the call."""
    before: Do | None = None
    fine: frozenset[str] = frozenset()
    """Odd answers that this call takes as what they say."""

    def __str__(self) -> str:
        return f"{self.do.__name__} on {self.system}"

    def is_meant(self, request: httpx.Request) -> bool:
        method, _, end = self.befalls.partition(" ")
        return request.method == method and request.url.path.endswith(end)


STEPS = (
    Step("scim", provisioning_on, scim_says, check, "GET /Groups"),
    Step("scim", provisioning_on, scim_says, create_workspace, "POST /Groups"),
    Step("scim", provisioning_on, scim_says, delete_workspace, "DELETE /Groups/7", create_workspace),
    Step("scim", provisioning_on, scim_says, invite, "POST /Users"),
    Step("scim", provisioning_on, scim_says, invite, "PATCH /Groups/7"),
    Step("scim", provisioning_on, scim_says, usage, "GET /Groups/7"),
    Step("caldav", caldav_on, caldav_says, free, "REPORT /kim/"),
    Step("caldav", caldav_on, caldav_says, book, "PUT .ics"),
    Step("caldav", caldav_on, caldav_says, cancel, "DELETE .ics", book),
    Step("google_calendar", google_on, google_says, free, "POST /token"),
    Step("google_calendar", google_on, google_says, free, "POST /freeBusy"),
    Step("google_calendar", google_on, google_says, book, "POST /events"),
    Step("google_calendar", google_on, google_says, cancel, "DELETE ", book),
    Step("calcom", calcom_on, calcom_says, free, "GET /slots"),
    Step("calcom", calcom_on, calcom_says, book, "POST /bookings"),
    Step("calcom", calcom_on, calcom_says, cancel, "POST /cancel", book),
    Step("calcom", calcom_on, calcom_says, keep, "GET /bookings/7"),
)


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("step", STEPS, ids=str)
async def test_odd_answers_end_in_a_named_failure(
    step: Step, odd: OddAnswer, store: Store, clock: SettableClock
) -> None:
    network = Network(step.says)
    port = step.on(network, store, clock)
    if step.before is not None:
        await step.before(port)
    network.planted, network.befalls = odd.transport(), step.is_meant
    with pytest.raises(ServiceFailure) as caught:
        await step.do(port)
    assert caught.value.code in odd.expected
    assert "Ann" not in caught.value.message


def scim_error(code: str | None) -> object:
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "scimType": code,
        "detail": "zoe@acme",
    }


def google_error(code: str | None) -> object:
    return {"error": {"errors": [{"reason": code or "backendError"}], "message": "zoe@acme"}}


def calcom_error(code: str | None) -> object:
    return {"status": "error", "error": {"code": code, "message": "zoe@acme"}}


TABLES: tuple[tuple[Step, ErrorTable, Callable[[str | None], object]], ...] = (
    (STEPS[0], scim.ERRORS, scim_error),
    (STEPS[6], caldav.ERRORS, lambda _: {"message": "zoe@acme"}),
    (STEPS[10], google.ERRORS, google_error),
    (STEPS[13], calcom.ERRORS, calcom_error),
)
ROWS = [(one, row) for one in TABLES for row in declared(one[1])]

OWN: Mapping[str, Mapping[tuple[int, str | None], FailureCode]] = {
    "scim": {
        (409, "uniqueness"): FailureCode.CONFLICT,
        (400, "uniqueness"): FailureCode.CONFLICT,
        (400, "tooMany"): FailureCode.CONFLICT,
        (403, "sensitive"): FailureCode.FORBIDDEN,
        (501, None): FailureCode.REJECTED,
    },
    "caldav": {(423, None): FailureCode.UNAVAILABLE, (507, None): FailureCode.REJECTED},
    "google_calendar": {
        (403, "rateLimitExceeded"): FailureCode.RATE_LIMITED,
        (403, "userRateLimitExceeded"): FailureCode.RATE_LIMITED,
        (403, "quotaExceeded"): FailureCode.RATE_LIMITED,
        (403, "calendarUsageLimitsExceeded"): FailureCode.RATE_LIMITED,
        (429, None): FailureCode.RATE_LIMITED,
        (400, "invalid_grant"): FailureCode.FORBIDDEN,
        (400, "unauthorized_client"): FailureCode.FORBIDDEN,
        (401, "invalid_client"): FailureCode.FORBIDDEN,
    },
    "calcom": {},
}
"""What the answers of each system mean that it does not leave to HTTP, by hand from its documentation."""


@pytest.mark.parametrize(
    ("of", "row"), ROWS, ids=[f"{one[0].system}-{row.status}-{row.code}" for one, row in ROWS]
)
async def test_every_row_of_every_table(
    of: tuple[Step, ErrorTable, Callable[[str | None], object]],
    row: ErrorRow,
    store: Store,
    clock: SettableClock,
) -> None:
    step, _, error = of
    network = Network(step.says)
    body = error(row.code)
    network.planted = httpx.MockTransport(lambda _: httpx.Response(row.status or 500, json=body))
    network.befalls = step.is_meant
    with pytest.raises(ServiceFailure) as caught:
        await step.do(step.on(network, store, clock))
    status = row.status or 500
    own = OWN[step.system]
    assert caught.value.code is own.get((status, row.code), own.get((status, None), MEANS.get(status)))
    assert "zoe" not in caught.value.message


async def test_calendar_that_google_cannot_read_is_no_free_one(store: Store, clock: SettableClock) -> None:
    def says(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/freeBusy"):
            errors = [{"domain": "global", "reason": "notFound"}]
            return httpx.Response(200, json={"calendars": {"kim": {"errors": errors, "busy": []}}})
        return google_says(request)

    with pytest.raises(ServiceFailure) as caught:
        await free(google_on(Network(says), store, clock))
    assert caught.value.code is FailureCode.NOT_FOUND


async def test_host_whom_the_settings_do_not_name_is_a_matter_for_the_site(
    store: Store, clock: SettableClock
) -> None:
    for on, says in ((caldav_on, caldav_says), (google_on, google_says), (calcom_on, calcom_says)):
        port = on(Network(says), store, clock)
        with pytest.raises(ServiceFailure) as caught:
            await port.book(meeting(key=f"of-{on.__name__}", host_id="nobody"))
        assert caught.value.code is FailureCode.FORBIDDEN
