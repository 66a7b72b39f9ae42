"""HubSpot under many calls at once: its limits, a batch that it takes in part, an undo that meets a lead."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from connectors.connections.crm import HubSpotSettings
from connectors.http import HttpSystem
from connectors.hubspot.errors import ERRORS
from connectors.hubspot.opening import hubspot, hubspot_records, hubspot_system
from connectors.keyed import RemoteEffects
from connectors.remote_crm.records import Kind
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from contracts.crm import UndoInput
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.conformance.as_temporal import as_temporal_calls
from tests.connectors.conformance.hubspot_world import PEOPLE
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import Refused, lead, matches, records
from tests.connectors.hubspot.conftest import MAPPING, House
from tests.fakes.hubspot.limits import Limits, Rolling
from tests.fakes.hubspot.routes import TOKEN, FakeHubSpot
from tests.fakes.hubspot.schema import LONGEST


async def test_calls_past_the_limit_are_refused_until_the_window_has_moved(
    house: House, fake: FakeHubSpot
) -> None:
    now = 100.0
    fake.limits = Limits(clock=lambda: now, calls=Rolling("TEN_SECONDLY_ROLLING", 3, 10.0))
    for _ in range(3):
        with Refused(FailureCode.NOT_FOUND):
            await house.crm.get_contact("contact_1")
    with Refused(FailureCode.RATE_LIMITED):
        await house.crm.get_contact("contact_1")
    now += 10
    with Refused(FailureCode.NOT_FOUND):
        await house.crm.get_contact("contact_1")


async def test_searches_have_a_limit_of_their_own(house: House, fake: FakeHubSpot) -> None:
    fake.limits = Limits(clock=lambda: 100.0)
    for _ in range(5):
        await house.crm.find_contacts(matches(phone="+12025550143"))
    with pytest.raises(ServiceFailure) as caught:
        await house.crm.find_contacts(matches(phone="+12025550143"))
    assert (caught.value.code, caught.value.retry_after) == (
        FailureCode.RATE_LIMITED,
        timedelta(seconds=1),
    )


async def test_ten_leads_at_once_past_the_limit_are_ten_leads_made_once(
    house: House, fake: FakeHubSpot
) -> None:
    fake.limits = Limits(calls=Rolling("TEN_SECONDLY_ROLLING", 40, 0.5))
    crm = as_temporal_calls(house.crm)
    leads = [
        lead(f"lead-{n}", email=f"zoe@acme-{n}.example", phone=None, company_domain=f"acme-{n}.example")
        for n in range(10)
    ]
    await asyncio.gather(*(crm.create_lead_records(records(one.lead_id, of=one)) for one in leads))
    assert [fake.count(name) for name in ("contacts", "companies", "deals")] == [10, 10, 10]
    assert fake.limits.calls.refused


async def test_input_that_a_batch_refuses_is_refused_and_makes_nothing(fake: FakeHubSpot, url: str) -> None:
    async with hubspot_system(HubSpotSettings(token=SecretStr(TOKEN), url=url)) as system:
        held = hubspot_records(system, MAPPING, PEOPLE)
        with pytest.raises(ServiceFailure) as caught:
            await held.upsert(Kind.NOTE, "note", {"body": "x" * (LONGEST + 1), "at": "2026-11-23T09:00:00Z"})
        assert caught.value.code is FailureCode.REJECTED
        assert "VALIDATION_ERROR" in caught.value.message
        assert fake.count("notes") == 0
        await held.upsert(Kind.NOTE, "note", {"body": "Reasons", "at": "2026-11-23T09:00:00Z"})
        assert fake.count("notes") == 1


class HeldBack(httpx.AsyncBaseTransport):
    """A way on which deletions of contacts wait until they are let go."""

    def __init__(self) -> None:
        self.reached, self.go = asyncio.Event(), asyncio.Event()
        self._network = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE" and "/contacts/" in request.url.path:
            self.reached.set()
            await self.go.wait()
        return await self._network.handle_async_request(request)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._network.aclose()


async def test_lead_that_is_linked_while_an_undo_deletes_keeps_its_work_and_loses_the_contact(
    house: House, url: str, store: Store, clock: SettableClock
) -> None:
    """The window that the card names: here it is as wide as it can be."""
    await house.crm.create_lead_records(records())
    way = HeldBack()
    effects = RemoteEffects(SqlEffectMemory(store, clock, "crm"))
    system = HttpSystem(
        "crm", url, headers={"authorization": f"Bearer {TOKEN}"}, errors=ERRORS, transport=way
    )
    async with system, asyncio.TaskGroup() as group:
        undoer = hubspot(system, MAPPING, PEOPLE, effects, clock).records
        undoing = group.create_task(undoer.delete_lead_records(UndoInput(key=records().key)))
        await way.reached.wait()
        other = await house.crm.create_lead_records(records("lead-2"))
        way.go.set()
    assert not other.contact_created
    assert undoing.result().kept == ("company",)
    with Refused(FailureCode.NOT_FOUND):
        await house.crm.get_contact(other.contact_id)
    assert (await house.crm.get_work(other.work_id)).id == other.work_id
    assert [house.fake.count(name) for name in ("contacts", "companies", "deals")] == [0, 1, 1]
    again = await house.crm.create_lead_records(records("lead-3"))
    assert again.contact_created
