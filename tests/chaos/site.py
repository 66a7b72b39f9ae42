"""A deployment of its own for a test to break: a server with a file store, a store, worker processes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from temporalio.client import Client

from connectors.store.acceptances import SqlAcceptances
from connectors.store.engine import Store
from runtime.dev_server import DevServer
from runtime.settings import PolicySettings, Settings
from runtime.temporal import connect
from starters.demo.stack import Workers
from starters.doors import Doors
from starters.temporal_doors import TemporalDoors
from tests.chaos.fault_script import FaultScript
from tests.chaos.faulty_worker import MODULE
from tests.chaos.hasty import hastened
from tests.chaos.long_way import LongWay
from tests.chaos.people import ANSWER_WITHIN, People
from tests.chaos.policies import write_chaos_policies

PROCESSES = 2


@dataclass(frozen=True)
class Site:
    """What stands, and what can be broken of it."""

    server: DevServer
    client: Client
    doors: Doors
    settings: Settings
    store: Store
    store_file: Path
    script: FaultScript
    workers: Workers

    def people(self, random: Random, **manners: Any) -> People:
        """Everybody outside of the workers."""
        return People(
            self.client, self.doors, self.settings, self.store, random, held=self.script.holds, **manners
        )


@asynccontextmanager
async def open_site(settings: Settings, folder: Path) -> AsyncGenerator[tuple[Settings, DevServer, LongWay]]:
    """Starts the server, and a way to it that workers take; returns the settings of those who go straight."""
    policies = folder / "policies"
    write_chaos_policies(policies)
    server = DevServer(log_file=folder / "temporal.log", headless=True, database=folder / "temporal.db")
    async with server, LongWay(server.address) as way:
        temporal = settings.temporal.model_copy(update={"address": server.address, "namespace": "default"})
        policy = PolicySettings(directory=policies)
        yield settings.model_copy(update={"temporal": temporal, "policies": policy}), server, way


@asynccontextmanager
async def manned(settings: Settings, server: DevServer, folder: Path) -> AsyncGenerator[Site]:
    """Starts the workers, which find their settings in the environment."""
    client = hastened(await connect(settings))
    script_file = folder / "script.db"
    url = settings.store.url.get_secret_value()
    with FaultScript(script_file) as script:
        program = ("-m", MODULE, str(script_file))
        async with (
            await Store.open(url) as store,
            Workers(PROCESSES, folder / "workers.log", program) as workers,
        ):
            yield Site(
                server=server,
                client=client,
                doors=TemporalDoors(client, ANSWER_WITHIN, SqlAcceptances(store)),
                settings=settings,
                store=store,
                store_file=Path(url.partition(":///")[2]),
                script=script,
                workers=workers,
            )
