"""What is committed: no index address, locks that are whole, bans that bite."""

import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source_tree import ROOT, committed_files

ADDRESS = re.compile(
    r"""
    \b (?: pypi\.org | pythonhosted\.org | npmjs\.(?:org|com) | yarnpkg\.com | anaconda\.org | crates\.io
         | proxy\.golang\.org | pytorch\.org/whl )
    | -(?:extra-)?index-url\b | -\-find-links\b | \b(?:PIP|UV)_(?:EXTRA_)?INDEX | \bUV_DEFAULT_INDEX
    | https?://[^\s"'<>()]+ (?: /simple/?(?=["'\s)]|$) | \.(?:whl|tar\.gz|tgz|zip|deb|rpm)\b )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""An address that packages come from, or a setting that holds one: that is the site's choice."""

LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(lock: str) -> dict[str, str]:
    """Package and version of every pin in a lock file."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def declared(*extras: str) -> set[str]:
    """The packages that pyproject.toml asks for, with these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [
        *project["dependencies"],
        *(line for name in extras for line in project["optional-dependencies"][name]),
    ]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def test_no_committed_file_names_a_package_index() -> None:
    texts = {path: (ROOT / path).read_bytes() for path in committed_files()}
    assert texts
    offences = [
        f"{path}: {match.group()}"
        for path, content in texts.items()
        if b"\0" not in content and (match := ADDRESS.search(content.decode("utf-8", "replace")))
    ]
    assert not offences


@pytest.mark.parametrize(
    "line",
    [
        "index = 'https://" + "pypi" + ".org/simple'",
        "url = 'https://mirror.example/api/" + "simple/'",
        "see https://files.example/demo-1.0" + ".whl",
        "pip install --extra-" + "index-url x y",
    ],
)
def test_an_index_address_is_noticed(line: str) -> None:
    assert ADDRESS.search(line)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_everything_by_hash_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert str(ROOT) not in text
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]
    assert len(blocks) == len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE))
    assert not [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block]


def test_locks_hold_what_the_project_declares() -> None:
    runtime, dev = (pins(lock) for lock in LOCKS)
    assert declared("server") <= set(runtime)
    assert declared("server", "dev") <= set(dev)


def test_development_lock_only_adds_to_the_runtime_lock() -> None:
    """The launcher installs one or the other into the same environment."""
    runtime, dev = (pins(lock) for lock in LOCKS)
    assert runtime.items() <= dev.items()


def banned(config: str, *path: str) -> dict[str, object]:
    table = tomllib.loads((ROOT / config).read_text())
    for key in (*path, "flake8-tidy-imports", "banned-api"):
        table = table[key]
    return table


def test_rooms_with_tighter_bans_keep_the_general_ones() -> None:
    general, tighter = banned("pyproject.toml", "tool", "ruff", "lint"), banned(".ruff-pure.toml", "lint")
    assert general.items() < tighter.items()


@pytest.mark.parametrize(
    ("file", "source", "caught"),
    [
        ("activities/planted.py", "import time\n\ntime.sleep(1)\n", True),
        ("connectors/planted.py", "import os\n\nTOKEN = os.environ['TOKEN']\n", True),
        ("connectors/planted.py", "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n", False),
        ("connectors/planted.py", "import random\n\nPICK = random.Random(1)\n", False),
        ("runtime/settings.py", "import os\n\nTOKEN = os.environ['TOKEN']\n", False),
        ("runtime/planted.py", "import os\n\nTOKEN = os.getenv('TOKEN')\n", True),
        ("rules/planted.py", "import random\n\nPICK = random.Random(1)\n", True),
        ("rules/planted.py", "import os\n\nTOKEN = os.getenv('TOKEN')\n", True),
        ("contracts/planted.py", "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n", True),
        ("contracts/planted.py", "from uuid import uuid4\n\nID = uuid4()\n", True),
        ("workflows/planted.py", "import asyncio\n\nWAIT = asyncio.sleep(1)\n", True),
        ("workflows/planted.py", "import time\n\ntime.sleep(1)\n", True),
        ("tests/planted.py", "from unittest.mock import Mock\n\nCRM = Mock()\n", True),
    ],
)
def test_banned_name_is_caught_where_it_is_banned(file: str, source: str, *, caught: bool) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", file, "-"]
    done = subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=False)
    assert (done.returncode, "TID251" in done.stdout) == ((1, True) if caught else (0, False)), done.stderr
