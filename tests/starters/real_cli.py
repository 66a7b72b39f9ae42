"""The command line as a process runs it: real settings, a real server, a real store."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import SecretStr

from contracts.policy import PolicyBundle
from runtime.settings import IdentitySettings, Settings
from starters.cli import build_app
from starters.console import invoke
from starters.surroundings import Surroundings
from tests.starters.outcome import Outcome
from tests.workflows.house import KEY

Cli = Callable[..., Awaitable[Outcome]]


class RealSurroundings(Surroundings):
    """The real ones, with the settings of a test."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def settings(self) -> Settings:
        return self._settings


class HouseSurroundings(RealSurroundings):
    """The real ones, with the policy of a house."""

    def __init__(self, settings: Settings, bundle: PolicyBundle) -> None:
        super().__init__(
            settings.model_copy(
                update={"identity": IdentitySettings(signing_keys=(SecretStr(KEY.decode()),))}
            )
        )
        self._bundle = bundle

    def policy(self) -> PolicyBundle:
        return self._bundle


def cli_around(around: Surroundings, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs one command line in a thread, with an event loop of its own, as a process would."""

    async def run(*arguments: object) -> Outcome:
        line = [str(one) for one in arguments]
        code = await asyncio.to_thread(invoke, build_app(), line, surroundings=around)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def cli_with(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The same, with these settings."""
    return cli_around(RealSurroundings(settings), capsys)


async def until(cli: Cli, holds: Callable[[Any], bool], *arguments: object) -> Any:
    """A command's document as soon as something holds of it; lists lag behind the runs."""
    deadline = time.monotonic() + 15
    while True:
        document = (await cli(*arguments, "--json")).document
        if holds(document):
            return document
        assert time.monotonic() < deadline, document
        await asyncio.sleep(0.1)
