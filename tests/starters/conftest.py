"""A command line over stand-ins, as a person or a script would use it."""

import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from temporalio.client import Client

from runtime.settings import Settings
from starters.cli import build_app
from starters.console import invoke
from tests.running import running_workers
from tests.starters.outcome import Outcome
from tests.starters.real_cli import Cli, cli_with
from tests.starters.standins import StandInSurroundings
from workers.wiring import wire

Run = Callable[..., Outcome]


@pytest.fixture
def around(tmp_path: Path) -> StandInSurroundings:
    return StandInSurroundings(tmp_path)


@pytest.fixture
def run_cli(
    around: StandInSurroundings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Runs one command line and returns its exit code, stdout and stderr."""

    def run(*arguments: object, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = invoke(build_app(), [str(one) for one in arguments], surroundings=around)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def cli(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs one command line against the real server and store of this test."""
    return cli_with(settings, capsys)


@pytest.fixture
async def workers(settings: Settings, client: Client) -> AsyncIterator[None]:
    """Workers of every queue, over the test's store."""
    async with wire(settings) as wiring, running_workers(client, wiring):
        yield
