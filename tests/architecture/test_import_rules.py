"""The rooms depend one way, and the contracts that say so notice when they do not."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOMS, ROOT

LINT = """
import sys
from importlinter.cli import lint_imports

only = tuple(sys.argv[1:])
sys.exit(lint_imports(limit_to_contracts=only, no_cache=True, no_logo=True))
"""

PLANTS = {
    "layers": {"contracts/planted.py": "import rules\n"},
    "no-outside-world": {
        "workflows/planted.py": "import rules.planted\n",
        "rules/planted.py": "import contracts.planted\n",
        "contracts/planted.py": "import httpx\n",
    },
    "plain-rules": {"rules/planted.py": "from temporalio import workflow\n"},
    "plain-connectors": {"connectors/planted.py": "from temporalio.exceptions import ApplicationError\n"},
    "one-http-client": {"connectors/planted.py": "import httpx\n"},
    "starters-ask": {"starters/planted.py": "import activities\n"},
}
"""For each contract in pyproject.toml, the smallest import that must break it."""

WIDER_PLANTS = [
    ("layers", {"activities/planted.py": "import connectors\n"}),
    ("layers", {"connectors/planted.py": "import activities\n"}),
    ("layers", {"workflows/planted.py": "import runtime\n"}),
    ("layers", {"workers/planted.py": "import starters\n"}),
    ("no-outside-world", {"rules/planted.py": "from sqlalchemy.ext import asyncio\n"}),
    ("no-outside-world", {"activities/planted.py": "def late() -> None:\n    import pydantic_settings\n"}),
    ("no-outside-world", {"activities/planted.py": "from connectors import __doc__\n"}),
    ("no-outside-world", {"workflows/planted.py": "from icalendar import Calendar\n"}),
    ("plain-connectors", {"connectors/planted.py": "import rules\n"}),
    ("starters-ask", {"starters/planted.py": "import workers\n"}),
]


def lint_imports(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT, *contracts]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy_of_the_rooms(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_every_room_imports_only_what_its_place_allows() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("contract", "plants"),
    [*PLANTS.items(), *WIDER_PLANTS],
    ids=[*PLANTS, *(f"{name}:{next(iter(plant.values())).strip()}" for name, plant in WIDER_PLANTS)],
)
def test_forbidden_import_is_caught(copy_of_the_rooms: Path, contract: str, plants: dict[str, str]) -> None:
    for name, line in plants.items():
        (copy_of_the_rooms / name).write_text(f'"""Planted."""\n\n{line}')
    done = lint_imports(copy_of_the_rooms, contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 broken" in done.stdout
    assert "planted" in done.stdout


def test_every_contract_has_an_import_that_breaks_it() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {contract["id"] for contract in settings["contracts"]} == set(PLANTS)
    assert tuple(settings["root_packages"]) == ROOMS
