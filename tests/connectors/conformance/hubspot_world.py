"""HubSpot for the suites: our connector over the fake, by the mapping that is shipped."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache

from pydantic import SecretStr

from connectors.connections.crm import HubSpotSettings
from connectors.hubspot.opening import hubspot, hubspot_system
from connectors.keyed import RemoteEffects
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from contracts.crm_mapping import CrmMapping
from rules.policy_yaml import read_page
from runtime.setting_types import ROOT
from tests.connectors.conformance.as_temporal import as_temporal_calls
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conftest import SettableClock
from tests.fakes.hubspot.routes import TOKEN, FakeHubSpot
from tests.fakes.hubspot.schema import LONGEST
from tests.fakes.server import served

PEOPLE = {person: f"{person}@ours.example" for person in ("sam", "kim", "ali")}


@cache
def shipped_mapping(crm: str) -> CrmMapping:
    """What policies/crm.yaml says of a CRM."""
    text = (ROOT / "policies" / "crm.yaml").read_text(encoding="utf-8")
    return CrmMapping.model_validate(read_page("crm.yaml", text).data["crm"][crm])


@asynccontextmanager
async def hubspot_world(store: Store, clock: SettableClock) -> AsyncGenerator[CrmWorld]:
    fake = FakeHubSpot()

    async def settled() -> None:
        fake.account.settle()

    with served(fake) as url:
        settings = HubSpotSettings(token=SecretStr(TOKEN), url=url)
        effects = RemoteEffects(SqlEffectMemory(store, clock, "crm"))
        async with hubspot_system(settings) as system:
            ports = hubspot(system, shipped_mapping("hubspot"), PEOPLE, effects, clock)
            yield CrmWorld(
                as_temporal_calls(ports.records),
                as_temporal_calls(ports.accounts),
                as_temporal_calls(ports.records.records),
                settled=settled,
                longest={"name": LONGEST, "job_title": LONGEST, "company": LONGEST, "title": LONGEST},
                schema={
                    ("contacts", "email"): None,
                    ("deals", "dealstage"): None,
                    ("notes", "hs_note_body"): None,
                },
            )
