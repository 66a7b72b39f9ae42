"""Replays the whole corpus once for all tests of this folder."""

import pytest

from tests.replay.corpus import Entry, read_history, read_manifest, recorded_names
from tests.replay.replaying import Replayed, all_replayed


@pytest.fixture(scope="session")
async def outcomes() -> dict[str, Replayed]:
    """How each recorded history replays against the code of today, by name."""
    return await all_replayed({name: read_history(name) for name in recorded_names()})


@pytest.fixture(scope="session")
def manifest() -> dict[str, Entry]:
    """What the manifest says of each history."""
    return read_manifest()
