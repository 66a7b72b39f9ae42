"""`limbo` and its sweep where the CRM is HubSpot: from the ledger over the wire to a line and a message."""

from collections.abc import AsyncIterator, Generator

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from connectors.connections.crm import HubSpotSettings
from connectors.hubspot.opening import hubspot, hubspot_system
from connectors.keyed import RemoteEffects
from connectors.settings import ConnectorSettings
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from connectors.store.ledger import SqlLedger
from contracts.limbo import CRM_KINDS, LimboKind
from contracts.messages import MessageKind
from runtime.settings import Settings
from starters.exit_codes import ExitCode
from tests.connectors.conformance.hubspot_world import PEOPLE, shipped_mapping
from tests.connectors.conformance.test_loose_ends import handed_over
from tests.connectors.conftest import SettableClock
from tests.fakes.hubspot.routes import TOKEN, FakeHubSpot
from tests.fakes.server import served
from tests.running import running_workers
from tests.starters.real_cli import Cli, cli_with, until
from workers.wiring import wire


@pytest.fixture
def url() -> Generator[str]:
    with served(FakeHubSpot()) as at:
        yield at


@pytest.fixture
def settings(settings: Settings, url: str) -> Settings:
    """With HubSpot as the CRM."""
    reached = HubSpotSettings(token=SecretStr(TOKEN), url=url)
    return settings.model_copy(update={"connectors": ConnectorSettings(crm="hubspot"), "hubspot": reached})


@pytest.fixture
async def deal(settings: Settings, url: str) -> AsyncIterator[str]:
    """Work in HubSpot for which nobody has a task."""
    clock = SettableClock()
    async with await Store.open(settings.store.url.get_secret_value()) as store:
        async with hubspot_system(HubSpotSettings(token=SecretStr(TOKEN), url=url)) as system:
            effects = RemoteEffects(SqlEffectMemory(store, clock, "crm"))
            crm = hubspot(system, shipped_mapping("hubspot"), PEOPLE, effects, clock).records
            made = await handed_over(crm, SqlLedger(store, clock))
        yield made.work_id


async def test_work_without_task_is_shown_and_told_once(
    cli: Cli, settings: Settings, client: Client, deal: str
) -> None:
    (found,) = (await cli("limbo", "--json")).document["findings"]
    assert (found["kind"], found["subject"]) == (LimboKind.RECORD_WITHOUT_TASK, deal)
    async with wire(settings) as wiring, running_workers(client, wiring):
        await cli("limbo", "schedule", "--every", "1h")
        for _ in range(2):
            assert (await cli("limbo", "schedule", "--now")).code is ExitCode.OK
        listed = await until(cli, lambda seen: seen["entries"] != [], "outbox", "list")
    (entry,) = listed["entries"]
    assert entry["kind"] == MessageKind.IN_LIMBO
    assert f"{deal} is open and nobody has a task for it" in entry["body"]


@pytest.mark.usefixtures("deal")
async def test_crm_that_lets_nobody_in_is_named_instead_of_all_being_well(
    settings: Settings, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = HubSpotSettings(token=SecretStr("pat-wrong"), url=url)
    outcome = await cli_with(settings.model_copy(update={"hubspot": locked}), capsys)("limbo", "--json")
    assert outcome.code is ExitCode.UNREACHABLE
    assert [one["kind"] for one in outcome.document["not_looked_for"]] == list(CRM_KINDS)
    assert "pat-wrong" not in outcome.out
