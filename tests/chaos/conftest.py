"""A deployment for each test to break, and what all of them did for the last lines."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import getrandbits

import pytest
from pydantic import SecretStr

from runtime.settings import PREFIX, IdentitySettings, Settings, StoreSettings
from tests.chaos.site import Site, manned, open_site
from tests.chaos.tally import Tally
from tests.side_by_side import say_at_the_end


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """Sums over the tier: what was tried, counted and killed."""
    made = Tally()
    say_at_the_end(pytestconfig, "chaos", made.lines)
    return made


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """Of everything that is drawn: as given, else another one each time."""
    given: int | None = pytestconfig.getoption("--seed")
    # pytest-randomly seeds this one, so that `--randomly-seed` draws the same again.
    return getrandbits(32) if given is None else given


@pytest.fixture
async def site(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """A server with a file store, a store, and workers behind faults."""
    settings = Settings(
        store=StoreSettings(url=SecretStr(store_url)),
        identity=IdentitySettings(key_file=tmp_path / "identity.key"),
    )
    async with open_site(settings, tmp_path) as (settings, server, way):
        for name, value in {
            "TEMPORAL__ADDRESS": way.address,
            "TEMPORAL__NAMESPACE": settings.temporal.namespace,
            "STORE__URL": store_url,
            "STORE__MIGRATE": "false",
            "IDENTITY__KEY_FILE": settings.identity.key_file,
            "POLICIES__DIRECTORY": settings.policies.directory,
            # How soon it is noticed that a worker is gone; the default only makes the tests longer.
            "WORKER__STICKY_TIMEOUT": 2,
            "WORKER__GRACEFUL_SHUTDOWN": 1,
            # On a crowded machine many tasks at a time would all take too long, and be taken again.
            "WORKER__MAX_CONCURRENT_WORKFLOW_TASKS": 8,
        }.items():
            monkeypatch.setenv(PREFIX + name, str(value))
        async with manned(settings, server, tmp_path) as made:
            yield made


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Writes a line at once, whatever pytest captures."""

    def write(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201 - long tests say what they do

    return write
