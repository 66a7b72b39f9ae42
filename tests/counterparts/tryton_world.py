"""Tryton for the suites: our connector over the real server, whose tables are emptied for each test."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from pydantic import SecretStr

from connectors.connections.crm import TrytonSettings
from connectors.keyed import RemoteEffects
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from connectors.tryton.models import TrytonModels
from connectors.tryton.opening import tryton, tryton_system
from runtime.counterparts.arrangements import TRYTON_KEY
from runtime.counterparts.servers import CounterpartServer
from tests.connectors.conformance.as_temporal import as_temporal_calls
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conftest import SettableClock

PEOPLE = {person: f"{person}@ours.example" for person in ("sam", "kim", "ali")}
EMPTIED = (
    "ir_note",
    "sale_opportunity",
    "project_work",
    "company_employee",
    "party_contact_mechanism",
    "party_party WHERE id > 1",
)


def settings_of(server: CounterpartServer, url: str | None = None) -> TrytonSettings:
    """How the connector reaches the server, by another way if given."""
    return TrytonSettings(url=url or server.url(), database="crm", key=SecretStr(TRYTON_KEY))


def emptied(server: CounterpartServer) -> None:
    """Takes away what a test before has made; the server keeps nothing of it in memory."""
    with (
        closing(sqlite3.connect(server.run.folder / "data" / "crm.sqlite", timeout=30)) as database,
        database,
    ):
        for table in EMPTIED:
            database.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand above


@asynccontextmanager
async def tryton_world(
    server: CounterpartServer, store_url: str, clock: SettableClock, url: str | None = None
) -> AsyncGenerator[CrmWorld]:
    """Both ports, with our people as employees."""
    emptied(server)
    settings = settings_of(server)
    async with tryton_system(settings) as straight:
        models = TrytonModels(straight)
        # With a sequence for codes Tryton lets nobody change one.
        for person, email in PEOPLE.items():
            mechanism = ["create", [{"type": "email", "value": email}]]
            party = await models.create(
                "party.party",
                {"name": person, "code": f"employee:{person}", "contact_mechanisms": [mechanism]},
            )
            await models.create("company.employee", {"party": int(party), "company": settings.company})
    async with await Store.open(store_url) as store, tryton_system(settings_of(server, url)) as system:
        effects = RemoteEffects(SqlEffectMemory(store, clock, "crm"))
        ports = tryton(system, settings.company, PEOPLE, effects, clock)
        yield CrmWorld(
            as_temporal_calls(ports.records),
            as_temporal_calls(ports.accounts),
            as_temporal_calls(ports.records.records),
            schema={
                ("party.party", "code"): None,
                ("sale.opportunity", "description"): None,
                ("ir.note", "message"): None,
            },
        )
