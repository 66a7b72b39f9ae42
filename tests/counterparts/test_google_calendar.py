"""The Google Calendar connector on events and free-busy answers that we did not write."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from connectors.google_calendar.scheduling import event_id, google_scheduling, google_systems
from connectors.store.engine import Store
from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.onboarding_ports import Scheduling
from contracts.scheduling import FreeSlotsInput
from runtime.counterparts.fault_proxy import Faults
from runtime.counterparts.servers import CounterpartServer
from tests.connectors.conformance.conftest import (  # noqa: F401 - fixtures of the suites
    billing,
    billing_name,
    bounds,
    offers,
    provisioning,
)
from tests.connectors.conformance.onboarding_systems import remembered
from tests.connectors.conformance.test_keyed_effects import *  # noqa: F403 - the suite of every keyed step
from tests.connectors.conformance.test_keyed_effects import Case, book
from tests.connectors.conformance.test_scheduling import *  # noqa: F403 - the suite of the port
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import Refused
from tests.connectors.onboarding_examples import TEN, meeting, slot
from tests.counterparts.conftest import Proxied
from tests.counterparts.google_world import CALENDAR_OF, emptied, events_of, scheduling_over, settings_of
from tests.counterparts.onboarding_suite import *  # noqa: F403 - its fixtures

KIM = CALENDAR_OF["kim"]


@pytest.fixture(params=[book], ids=["book"])  # type: ignore[no-redef]
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param, "google_calendar")


@pytest.fixture  # type: ignore[no-redef]
def scheduling_name() -> str:
    return "google_calendar"


@pytest_asyncio.fixture
async def url(emulate: CounterpartServer) -> str:
    """Of the emulated Google, without events in the calendars of our hosts."""
    await emptied(emulate.url("google"))
    return emulate.url("google")


@pytest_asyncio.fixture
async def scheduling(url: str, store: Store, clock: SettableClock) -> AsyncIterator[Scheduling]:
    async with scheduling_over(url, store, clock) as opened:
        yield opened


async def test_event_says_when_it_is_and_who_comes(scheduling: Scheduling, url: str) -> None:
    assert (await scheduling.book(meeting())).id == event_id(meeting().key)
    (event,) = await events_of(url, KIM)
    assert event["summary"] == "Kickoff with Acme"
    assert datetime.fromisoformat(event["start"]["dateTime"]) == TEN
    assert datetime.fromisoformat(event["end"]["dateTime"]) == TEN + timedelta(minutes=30)
    assert [(one["email"], one["displayName"]) for one in event["attendees"]] == [
        ("zoe@acme.example", "Zoë Nuñez")
    ]


async def test_one_effect_per_key_where_every_fifth_answer_is_lost(
    url: str, proxied: Proxied, store: Store, clock: SettableClock
) -> None:
    way = await proxied(url, Faults(drop_every=5))
    requests = [meeting(key=f"m-{n}", slot=slot(TEN + timedelta(hours=n))) for n in range(12)]
    async with scheduling_over(way.url, store, clock) as port:
        for request in requests:
            assert (await port.book(request)).id == event_id(request.key)
        starts = [one["start"]["dateTime"] for one in await events_of(url, KIM)]
        assert [datetime.fromisoformat(one) for one in starts] == [one.slot.starts_at for one in requests]
        for request in requests:
            assert (await port.cancel_booking(UndoInput(key=request.key))).undone
    assert await events_of(url, KIM) == []
    assert (await way.counts())["drop"] >= 5


async def test_token_endpoint_that_knows_no_service_accounts_is_a_named_failure(
    url: str, store: Store, clock: SettableClock
) -> None:
    settings = settings_of(url, f"{url}/oauth2/token")
    systems = google_systems(settings)
    async with systems[0], systems[1]:
        port = google_scheduling(systems, remembered(store, clock, "google_calendar"), settings, clock)
        with Refused(FailureCode.REJECTED):
            await port.free_slots(FreeSlotsInput(host_id="kim", candidates=(slot(),), wanted=1))
