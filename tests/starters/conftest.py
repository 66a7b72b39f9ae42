"""A command line over stand-ins, as a person or a script would use it."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from starters.cli import build_app
from starters.console import invoke
from starters.exit_codes import ExitCode
from tests.starters.standins import StandInSurroundings


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: ExitCode
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


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
