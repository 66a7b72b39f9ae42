"""What the whole tier did, for its last lines."""

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from tests.chaos.claims import Claims
from tests.chaos.killer import SERVER


@dataclass
class Tally:
    """Sums over the tests of the tier."""

    points: int = 0
    """Steps times faults that were tried by the sweep."""
    effects: int = 0
    doubled: int = 0
    lost: int = 0
    parked: int = 0
    worker_kills: int = 0
    server_kills: int = 0
    seeds: list[str] = field(default_factory=list)
    """How to do again what was drawn."""
    began: float = field(default_factory=time.monotonic)

    def add(self, found: Claims, kills: Counter[str], *, server: Collection[str], workers: int = 0) -> None:
        """Adds what a test found.

        Args:
            found: about its guests.
            kills: from outside, by what was killed.
            server: which of these killed the server.
            workers: processes that killed themselves.
        """
        self.effects += found.effects
        self.doubled += len(found.doubled)
        self.lost += len(found.lost)
        self.parked += len(found.parked)
        self.server_kills += sum(kills[what] for what in server)
        self.worker_kills += workers + kills.total() - kills[SERVER]

    def lines(self) -> list[str]:
        """For the end of the test run."""
        seconds = time.monotonic() - self.began
        return [
            f"points tried {self.points}, effects counted {self.effects}",
            f"doubles {self.doubled}, lost {self.lost}, parked {self.parked}",
            f"kills: workers {self.worker_kills}, server {self.server_kills}; {seconds:.0f} s",
            *(f"again: {seed}" for seed in self.seeds),
        ]
