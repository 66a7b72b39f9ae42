"""However often and through whatever door one lead comes, it is one run and one contact."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from connectors.store.audit import SqlAudit
from connectors.store.engine import Store
from contracts.lead import ContactDetails, EntryKind, LeadSubmission
from contracts.lead_intake import IntakeState
from contracts.names import TaskQueue
from runtime.settings import Settings
from starters.doors import Doors
from starters.in_flight import settled, start_all
from starters.temporal_doors import open_doors
from workers.serving import serve
from workers.wiring import build_workers, wire

TIMES = 50


@pytest.fixture
async def doors(client: Client, settings: Settings) -> AsyncIterator[Doors]:
    """Doors to runs that workers take on, over a store of the test's own."""
    stop = asyncio.Event()
    async with wire(settings) as wiring, open_doors(settings, timedelta(seconds=30)) as opened:
        workers = build_workers(client, wiring, settings.worker, tuple(TaskQueue))
        serving = asyncio.create_task(serve(workers, stop))
        try:
            yield opened
        finally:
            stop.set()
            await serving


def submission(event_id: str | None, source: str, kind: EntryKind) -> LeadSubmission:
    return LeadSubmission(
        received_at=datetime.now(UTC),
        event_id=event_id,
        source=source,
        entry_kind=kind,
        service_interest="consulting",
        contact=ContactDetails(
            name="Ada Field", email="ada.field@field-works.example", company="Field Works"
        ),
    )


async def counts(settings: Settings) -> dict[str, int]:
    async with await Store.open(settings.store.url.get_secret_value()) as store:
        assert await SqlAudit(store).duplicate_effects() == ()
        return await SqlAudit(store).counts()


@pytest.mark.parametrize("event_id", ["evt-1", None], ids=["with an event id", "by its content"])
async def test_one_lead_sent_fifty_times_at_once_is_one_run_and_one_contact(
    doors: Doors, client: Client, settings: Settings, event_id: str | None
) -> None:
    same = [submission(event_id, "website", EntryKind.LANDING_FORM) for _ in range(TIMES)]
    started = await asyncio.gather(*(doors.start_lead(one) for one in same))
    assert sum(not one.already_known for one in started) == 1
    assert len({one.workflow_id for one in started}) == 1
    (lead_id,) = {one.lead_id for one in started}
    ended = await settled(doors, [lead_id], 30)
    assert ended[lead_id].state == IntakeState.HANDED_OVER
    assert (await doors.start_lead(same[0])).already_known, "also once the run is over"
    rows = await counts(settings)
    assert (rows["decisions"], rows["contacts"], rows["works"], rows["tasks"]) == (1, 1, 1, 1)


async def test_one_person_through_two_doors_at_once_is_one_contact_and_one_deal(
    doors: Doors, settings: Settings
) -> None:
    leads = [
        submission(f"evt-{number}", source, kind)
        for number in range(5)
        for source, kind in (("website", EntryKind.LANDING_FORM), ("meta-ads", EntryKind.AD_LEAD_FORM))
    ]
    # Not more than the policy takes for a machine's.
    started = await start_all(doors, leads[:4])
    ended = await settled(doors, [one.lead_id for one in started], 30)
    states = sorted(status.state for status in ended.values())
    assert states == [IntakeState.HANDED_OVER, *[IntakeState.MERGED] * 3]
    rows = await counts(settings)
    assert (rows["contacts"], rows["works"], rows["decisions"]) == (1, 1, 4)
