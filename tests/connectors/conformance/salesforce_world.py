"""Salesforce for the suites: our connector over the fake, by the mapping that is shipped."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from connectors.connections.crm import SalesforceSettings
from connectors.keyed import RemoteEffects
from connectors.salesforce.opening import salesforce, salesforce_records, salesforce_system
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from tests.connectors.conformance.as_temporal import as_temporal_calls
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conformance.hubspot_world import PEOPLE, shipped_mapping
from tests.connectors.conftest import SettableClock
from tests.fakes.salesforce.org import CLIENT_ID, CLIENT_SECRET, FakeSalesforce
from tests.fakes.server import served


def settings_for(url: str) -> SalesforceSettings:
    return SalesforceSettings(url=url, client_id=CLIENT_ID, client_secret=SecretStr(CLIENT_SECRET))


@asynccontextmanager
async def salesforce_world(store: Store, clock: SettableClock) -> AsyncGenerator[CrmWorld]:
    with served(FakeSalesforce()) as url:
        settings, effects = settings_for(url), RemoteEffects(SqlEffectMemory(store, clock, "crm"))
        async with salesforce_system(settings) as system:
            records = salesforce_records(system, settings, shipped_mapping("salesforce"), PEOPLE, clock)
            ports = salesforce(records, effects, clock)
            yield CrmWorld(
                as_temporal_calls(ports.records),
                as_temporal_calls(ports.accounts),
                as_temporal_calls(ports.records.records),
                always_owned=True,
                # A name without a space is a last name.
                longest={"name": 80, "job_title": 128, "company": 255, "title": 120},
                schema={
                    ("Contact", "LastName"): 80,
                    ("Opportunity", "Amount"): None,
                    ("Account", "Name"): 255,
                },
            )
