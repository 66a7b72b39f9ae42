"""Servers that others wrote, installed on first use, one of each for the session, on free loopback ports."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runtime.counterparts.catalogue import CLIENTS, COUNTERPARTS
from runtime.counterparts.fault_proxy import FaultProxy, Faults
from runtime.counterparts.installing import install
from runtime.counterparts.places import environment
from runtime.counterparts.servers import CounterpartServer
from tests.side_by_side import say_at_the_end

HERE = Path(__file__).parent
SECONDS_FOR_A_TEST = 180
"""The first test that asks for a server waits for its start, beside other work on the machine."""

TOOK = pytest.StashKey[dict[str, float]]()
FIXTURES = {name.replace("-", "_"): name for name in (*COUNTERPARTS, *CLIENTS)} | {"proxied": "mitmproxy"}

Proxied = Callable[[str, Faults], Awaitable["Way"]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives the tests of this folder their limit."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(SECONDS_FOR_A_TEST))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Installs what the collected tests ask for, before the first one runs and its time is taken."""
    asked = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    needed = [name for fixture, name in FIXTURES.items() if fixture in asked]
    if not needed or session.config.option.collectonly:
        return
    took = session.config.stash.setdefault(TOOK, {})
    say_at_the_end(
        session.config,
        "counterparts",
        lambda: [", ".join(f"{what} in {seconds:.1f} s" for what, seconds in took.items())] if took else [],
    )
    capture: Any = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        # Standard error, since a process among several has no other way to the terminal.
        for name, seconds in asyncio.run(install(needed, partial(print, file=sys.stderr))).items():
            took[f"{name} installed"] = seconds


@pytest.fixture(scope="session")
async def started(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> AsyncIterator[Callable[[str], Awaitable[CounterpartServer]]]:
    """Starts a counterpart by name; it ends with the session."""
    folder = tmp_path_factory.mktemp("counterparts")
    async with AsyncExitStack() as stack:

        async def start(name: str) -> CounterpartServer:
            server = await stack.enter_async_context(CounterpartServer(COUNTERPARTS[name], folder / name))
            pytestconfig.stash[TOOK][f"{name} started"] = server.started_in
            return server

        yield start


Started = Callable[[str], Awaitable[CounterpartServer]]


@pytest.fixture(scope="session")
async def tryton(started: Started) -> CounterpartServer:
    """A CRM: Tryton, with one company and a key for its REST interface."""
    return await started("tryton")


@pytest.fixture(scope="session")
async def emulate(started: Started) -> CounterpartServer:
    """Slack, Stripe, Google, Resend and Okta, each a service with a port of its own."""
    return await started("emulate")


@pytest.fixture(scope="session")
async def aimock(started: Started) -> CounterpartServer:
    """The wire of OpenAI and of Anthropic; fixtures are added by `POST /__aimock/fixtures`."""
    return await started("aimock")


@pytest.fixture(scope="session")
async def scim2_server(started: Started) -> CounterpartServer:
    """SCIM 2.0; the first part of a path is a tenant, which comes into being with its first request."""
    return await started("scim2-server")


@pytest.fixture(scope="session")
async def radicale(started: Started) -> CounterpartServer:
    """CalDAV, with one user."""
    return await started("radicale")


@pytest.fixture(scope="session")
async def localstripe(started: Started) -> CounterpartServer:
    """Stripe with subscriptions and invoices; `DELETE /_config/data` forgets everything."""
    return await started("localstripe")


@pytest.fixture(scope="session")
def pipedrive_client() -> Path:
    """The folder with Pipedrive's own client for Node."""
    return environment("pipedrive-client")


@pytest.fixture(scope="session")
def salesforce_client() -> Path:
    """The folder with jsforce, for Node."""
    return environment("salesforce-client")


@pytest.fixture(scope="session")
async def aiosmtpd(started: Started) -> CounterpartServer:
    """SMTP; each message is a file below `run.folder / "mail" / "new"`."""
    return await started("aiosmtpd")


class Way:
    """The way through the proxy to one server."""

    def __init__(self, proxy: FaultProxy, name: str) -> None:
        self._proxy = proxy
        self._name = name
        self.url = proxy.server.url(name)

    async def set_faults(self, faults: Faults) -> None:
        """Other faults from now on."""
        await self._proxy.set_faults(self._name, faults)

    async def counts(self) -> dict[str, int]:
        """How many calls were counted, and what befell how many."""
        return await self._proxy.counts(self._name)


@pytest.fixture(scope="session")
async def ways(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Callable[[int], Awaitable[Way]]]:
    """A proxy in front of each port that is asked for; it ends with the session."""
    made: dict[int, Way] = {}
    async with AsyncExitStack() as stack:

        async def to(port: int) -> Way:
            if port not in made:
                proxy = FaultProxy({"way": port}, tmp_path_factory.mktemp("proxy"))
                await stack.enter_async_context(proxy.server)
                made[port] = Way(proxy, "way")
            return made[port]

        yield to


@pytest.fixture
async def proxied(ways: Callable[[int], Awaitable[Way]]) -> AsyncIterator[Proxied]:
    """Gives a server a bad network for the rest of a test."""
    used: list[Way] = []

    async def behind(upstream: str, faults: Faults) -> Way:
        way = await ways(int(upstream.rpartition(":")[2]))
        used.append(way)
        await way.set_faults(faults)
        return way

    yield behind
    for way in used:
        await way.set_faults(Faults())
