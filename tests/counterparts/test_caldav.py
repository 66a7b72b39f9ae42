"""The CalDAV connector on a calendar server that we did not write, also where every fifth answer is lost."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import httpx
import pytest
import pytest_asyncio
from icalendar import Calendar

from connectors.caldav.scheduling import caldav_scheduling, caldav_system
from connectors.connections.onboarding import CalDavSettings
from connectors.invitations import meeting_uid
from connectors.store.engine import Store
from contracts.crm import UndoInput
from contracts.onboarding_ports import Scheduling
from runtime.counterparts.arrangements import CALENDAR_PASSWORD, CALENDAR_USER
from runtime.counterparts.fault_proxy import Faults
from runtime.counterparts.servers import CounterpartServer
from tests.connectors.conformance.conftest import (  # noqa: F401 - fixtures of the suites
    billing,
    billing_name,
    offers,
    provisioning,
)
from tests.connectors.conformance.onboarding_systems import HOSTS, remembered
from tests.connectors.conformance.test_keyed_effects import *  # noqa: F403 - the suite of every keyed step
from tests.connectors.conformance.test_keyed_effects import Case, book
from tests.connectors.conformance.test_scheduling import *  # noqa: F403 - the suite of the port
from tests.connectors.conftest import SettableClock
from tests.connectors.onboarding_examples import TEN, meeting, slot
from tests.connectors.patience import patient
from tests.counterparts.conftest import Proxied
from tests.counterparts.onboarding_suite import *  # noqa: F403 - its fixtures

FOLDERS = count(1)
USER = (CALENDAR_USER, CALENDAR_PASSWORD)


@pytest.fixture(params=[book], ids=["book"])  # type: ignore[no-redef]
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param, "caldav")


@pytest.fixture  # type: ignore[no-redef]
def scheduling_name() -> str:
    return "caldav"


@pytest_asyncio.fixture
async def calendars(radicale: CounterpartServer) -> dict[str, str]:
    """A new calendar for each host."""
    number = next(FOLDERS)
    paths = {host: f"{CALENDAR_USER}/{host}-{number}" for host in HOSTS}
    async with httpx.AsyncClient(base_url=radicale.url(), auth=USER) as http:
        for path in paths.values():
            (await http.request("MKCALENDAR", f"/{path}")).raise_for_status()
    return paths


def settings_of(url: str, calendars: dict[str, str]) -> CalDavSettings:
    return CalDavSettings.model_validate(
        {"url": url, "username": CALENDAR_USER, "password": CALENDAR_PASSWORD, "calendars": calendars}
    )


async def uids(radicale: CounterpartServer, path: str) -> list[str]:
    """The meetings that the server has in a calendar."""
    async with httpx.AsyncClient(base_url=radicale.url(), auth=USER) as http:
        answer = (await http.get(f"/{path}/")).raise_for_status()
    return sorted(str(event["UID"]) for event in Calendar.from_ical(answer.content).walk("VEVENT"))


@pytest_asyncio.fixture
async def scheduling(
    radicale: CounterpartServer, calendars: dict[str, str], store: Store, clock: SettableClock
) -> AsyncIterator[Scheduling]:
    settings = settings_of(radicale.url(), calendars)
    async with caldav_system(settings) as system:
        yield patient(caldav_scheduling(system, remembered(store, clock, "caldav"), settings, clock), clock)


async def test_meeting_that_recurs_keeps_its_host_busy_each_time(
    scheduling: Scheduling, radicale: CounterpartServer, calendars: dict[str, str]
) -> None:
    daily = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:daily\r\n"
        "DTSTAMP:20261101T000000Z\r\nDTSTART:20261101T100000Z\r\nDURATION:PT15M\r\n"
        "RRULE:FREQ=DAILY\r\nSUMMARY:Stand-up\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    async with httpx.AsyncClient(base_url=radicale.url(), auth=USER) as http:
        put = await http.put(
            f"/{calendars['kim']}/daily.ics", content=daily, headers={"content-type": "text/calendar"}
        )
        put.raise_for_status()
    assert (await scheduling.book(meeting())).taken
    later = meeting(slot=slot(TEN + timedelta(minutes=15)))
    assert (await scheduling.book(later)).id == meeting_uid(later.key)


async def test_one_effect_per_key_where_every_fifth_answer_is_lost(
    radicale: CounterpartServer,
    proxied: Proxied,
    calendars: dict[str, str],
    store: Store,
    clock: SettableClock,
) -> None:
    way = await proxied(radicale.url(), Faults(drop_every=5))
    settings = settings_of(way.url, calendars)
    requests = [meeting(key=f"m-{n}", slot=slot(TEN + timedelta(hours=n))) for n in range(12)]
    async with caldav_system(settings) as system:
        port = patient(caldav_scheduling(system, remembered(store, clock, "caldav"), settings, clock), clock)
        for request in requests:
            assert (await port.book(request)).id == meeting_uid(request.key)
        assert await uids(radicale, calendars["kim"]) == sorted(meeting_uid(one.key) for one in requests)
        for request in requests:
            assert (await port.cancel_booking(UndoInput(key=request.key))).undone
    assert await uids(radicale, calendars["kim"]) == []
    assert (await way.counts())["drop"] > 0
