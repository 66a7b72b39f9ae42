"""A Temporal server for the session, and for each test a namespace, a store and settings of its own."""

import functools
import gc
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.worker._workflow import _WorkflowWorker

from runtime.dev_clock import DevClock
from runtime.dev_server import DevServer
from runtime.settings import (
    IdentitySettings,
    Settings,
    StoreSettings,
    TemporalSettings,
    WorkerSettings,
)
from runtime.temporal import connect, ensure_search_attributes
from tests.namespaces import in_new_namespace

# How fast a crowded machine is says nothing about what is tested.
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("house")

NAMESPACE_NUMBERS = itertools.count(1)
DEFAULT_CACHE = 1000
SECONDS_TO_YIELD = 30
"""Until a workflow counts as blocked; in processes that serve nothing but workers it is the SDK's 2 s."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `tests/chaos`. They stand here since pytest asks for options before it looks deeper."""
    group = parser.getgroup("chaos", "what tests/chaos does, and for how long")
    group.addoption("--without-keys", action="store_true", help="the sweep's red switch: it must fail")
    group.addoption("--seed", type=int, help="of the soak and the rampage, to do the same again")
    group.addoption("--soak-seconds", type=float, default=60, help="how long faults are drawn at random")
    group.addoption(
        "--rampage-seconds", type=float, default=45, help="how long server and workers are killed"
    )


def pytest_collection_finish() -> None:
    """Spares the garbage collector the tests: a look through ten thousand of them stops the workers here."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def patient_workers() -> Iterator[None]:
    """Gives workflows of this process the time that the suite itself takes from them."""
    made = _WorkflowWorker.__init__

    @functools.wraps(made)
    def made_patient(worker: Any, **options: Any) -> None:
        made(worker, **options)
        assert worker._deadlock_timeout_seconds
        worker._deadlock_timeout_seconds = SECONDS_TO_YIELD

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_WorkflowWorker, "__init__", made_patient)
        yield


@pytest.fixture(scope="session")
async def dev_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    """One real Temporal server, in memory, on free ports; it can skip time (`DevClock`)."""
    log = tmp_path_factory.mktemp("temporal") / "server.log"
    async with DevServer(log_file=log, headless=True) as server:
        yield server


@pytest.fixture(scope="session")
async def server_client(dev_server: DevServer) -> Client:
    """A client of the namespace `default`, to make others from."""
    return await connect(Settings(temporal=TemporalSettings(address=dev_server.address)))


@pytest.fixture
async def client(server_client: Client) -> Client:
    """A client of a namespace of its own, with our search attributes.

    Runs that a test leaves open are out of the next test's sight, and two tests may use the same ids.
    """
    made = await in_new_namespace(server_client, f"test-{next(NAMESPACE_NUMBERS)}")
    await ensure_search_attributes(made)
    return made


@pytest.fixture
def dev_clock(client: Client) -> DevClock:
    """Moves runs of this test through days."""
    return DevClock(client)


@pytest.fixture(params=[DEFAULT_CACHE, 0], ids=["cache-on", "cache-off"])
def max_cached_workflows(request: pytest.FixtureRequest) -> int:
    """Runs a test twice: as in production, and with every workflow task replayed from the start."""
    return int(request.param)


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, migrated once."""
    # Late: half the suite needs no store, and this is the slowest import of all.
    from connectors.store.migrate import migrate  # noqa: PLC0415

    file = tmp_path_factory.mktemp("store") / "empty.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture
def store_url(migrated_store: Path, tmp_path: Path) -> str:
    """An empty store of its own."""
    file = shutil.copy(migrated_store, tmp_path / "store.db")
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def settings(dev_server: DevServer, client: Client, store_url: str, tmp_path: Path) -> Settings:
    """Settings of this test's namespace and store, with the shipped policies."""
    return Settings(
        temporal=TemporalSettings(address=dev_server.address, namespace=client.namespace),
        store=StoreSettings(url=SecretStr(store_url)),
        identity=IdentitySettings(key_file=tmp_path / "identity.key"),
        worker=WorkerSettings(graceful_shutdown=1),
    )
