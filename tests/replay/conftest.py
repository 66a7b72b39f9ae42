"""Replays each recorded history once for all tests of this folder."""

import pytest

from tests.replay.corpus import Entry, read_history, read_manifest
from tests.replay.replaying import Replayed, replayed


class Replays:
    """How recorded histories replay against the code of today; each is replayed when first asked for."""

    def __init__(self) -> None:
        self._known: dict[str, Replayed] = {}

    async def of(self, name: str) -> Replayed:
        """How one history replays."""
        if name not in self._known:
            self._known[name] = await replayed(read_history(name))
        return self._known[name]


@pytest.fixture(scope="session")
def replays() -> Replays:
    """The replays of this session."""
    return Replays()


@pytest.fixture(scope="session")
def manifest() -> dict[str, Entry]:
    """What the manifest says of each history."""
    return read_manifest()
