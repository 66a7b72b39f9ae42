"""Drift from end to end: HubSpot loses a property, a schedule notices, an operator reads it and mends it."""

from collections.abc import AsyncIterator, Generator
from typing import Any

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from connectors.connections.crm import HubSpotSettings
from connectors.settings import ConnectorSettings
from contracts.messages import MessageKind
from runtime.settings import Settings
from runtime.watch_schedules import CRM_DRIFT_WATCH
from starters.exit_codes import ExitCode
from tests.fakes.hubspot.routes import TOKEN, FakeHubSpot
from tests.fakes.hubspot.schema import SCHEMA
from tests.fakes.server import served
from tests.running import running_workers
from tests.starters.real_cli import Cli
from tests.workflows.house import eventually
from workers.wiring import wire


@pytest.fixture
def url() -> Generator[str]:
    with served(FakeHubSpot()) as at:
        yield at


@pytest.fixture
def settings(settings: Settings, url: str) -> Settings:
    """With HubSpot as the CRM."""
    return settings.model_copy(
        update={
            "connectors": ConnectorSettings(crm="hubspot"),
            "hubspot": HubSpotSettings(token=SecretStr(TOKEN), url=url),
        }
    )


@pytest.fixture
async def workers(settings: Settings, client: Client) -> AsyncIterator[None]:
    async with wire(settings) as wiring, running_workers(client, wiring):
        assert wiring.maps_crm
        yield


@pytest.mark.usefixtures("workers")
async def test_property_that_somebody_deletes_is_told_once_and_so_is_its_return(
    cli: Cli, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await cli("connectors", "schedule")).code is ExitCode.NOT_FOUND
    assert "1 hour" in (await cli("connectors", "schedule", "--every", "1h")).out
    deals = dict(SCHEMA["deals"])
    monkeypatch.setitem(SCHEMA, "deals", {name: one for name, one in deals.items() if name != "dealname"})
    await compared(cli, client)
    await compared(cli, client)
    (drifted,) = await told(cli)
    assert drifted["kind"] == MessageKind.CRM_DRIFTED
    shown = (await cli("outbox", "show", drifted["id"])).out
    assert "- deal.title -> deals.dealname: the CRM has no such field" in shown
    monkeypatch.setitem(SCHEMA, "deals", deals)
    await compared(cli, client)
    assert [one["kind"] for one in await told(cli)] == [MessageKind.CRM_FITS_AGAIN, MessageKind.CRM_DRIFTED]


async def compared(cli: Cli, client: Client) -> None:
    """Has the schedule start a comparison, and waits until it has ended."""
    handle = client.get_schedule_handle(CRM_DRIFT_WATCH.id)
    before = len((await handle.describe()).info.recent_actions)
    assert (await cli("connectors", "schedule", "--now")).code is ExitCode.OK
    ended = await eventually(
        handle.describe,
        lambda now: len(now.info.recent_actions) > before and not now.info.running_actions,
    )
    run = ended.info.recent_actions[-1].action
    assert await client.get_workflow_handle(run.workflow_id, run_id=run.first_execution_run_id).result()


async def told(cli: Cli) -> Any:
    """What stands in the outbox, the newest first."""
    return (await cli("outbox", "list", "--json")).document["entries"]
