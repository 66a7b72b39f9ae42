"""Pipedrive for the suites: our connector over the fake, by the mapping that is shipped."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from connectors.connections.crm import PipedriveSettings
from connectors.http import HttpSystem
from connectors.keyed import RemoteEffects
from connectors.pipedrive import pipedrive
from connectors.remote_crm.crm import RemoteCrm
from connectors.remote_crm.opening import CrmKit
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from tests.connectors.conformance.as_temporal import as_temporal_calls
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conformance.hubspot_world import PEOPLE, shipped_mapping
from tests.connectors.conftest import SettableClock
from tests.fakes.pipedrive.routes import TOKEN, FakePipedrive
from tests.fakes.pipedrive.schema import code
from tests.fakes.server import served


@asynccontextmanager
async def opened(
    url: str, store: Store, clock: SettableClock, token: str = TOKEN
) -> AsyncGenerator[CrmWorld]:
    """Both ports over whatever listens at the URL."""
    systems = list[HttpSystem]()

    def kept(system: HttpSystem) -> HttpSystem:
        systems.append(system)
        return system

    effects = RemoteEffects(SqlEffectMemory(store, clock, "crm"))
    kit = CrmKit(shipped_mapping("pipedrive"), PEOPLE, effects, clock, kept)
    ports = pipedrive(PipedriveSettings(token=SecretStr(token), url=url), kit)
    assert isinstance(ports.records, RemoteCrm)
    try:
        yield CrmWorld(ports.records, ports.accounts, ports.records.records)
    finally:
        for system in systems:
            await system.close()


@asynccontextmanager
async def pipedrive_world(store: Store, clock: SettableClock) -> AsyncGenerator[CrmWorld]:
    fake = FakePipedrive()

    async def settled() -> None:
        fake.company.settle()

    with served(fake) as url:
        async with opened(url, store, clock) as world:
            yield CrmWorld(
                as_temporal_calls(world.crm),
                as_temporal_calls(world.accounts),
                as_temporal_calls(world.records),
                settled=settled,
                schema={
                    ("persons", "emails"): None,
                    ("deals", "throughline_key"): 255,
                    ("deals", code("deals", "throughline_key")): 255,
                    ("notes", "content"): None,
                },
                longest=dict.fromkeys(("name", "company", "title"), 255),
                notes_on_nothing=False,
            )
