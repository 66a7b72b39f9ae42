"""HubSpot's rate limits: calls of an app in any ten seconds, and searches of an account in any second."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.hubspot.account import Refusal


@dataclass
class Rolling:
    """So many calls in any window of this length. A refused call does not count."""

    policy: str
    most: int
    seconds: float
    calls: deque[float] = field(default_factory=deque[float])
    refused: int = 0

    def take(self, now: float) -> None:
        """Counts a call. Raises `Refusal` where there were too many."""
        while self.calls and self.calls[0] <= now - self.seconds:
            self.calls.popleft()
        if len(self.calls) >= self.most:
            self.refused += 1
            message = f"You have reached your {self.policy.lower()} limit."
            raise Refusal(429, "RATE_LIMITS", message, policyName=self.policy, errorType="RATE_LIMIT")
        self.calls.append(now)


@dataclass
class Limits:
    """Those of a Professional account with a service key."""

    clock: Callable[[], float] = time.monotonic
    calls: Rolling = field(default_factory=lambda: Rolling("TEN_SECONDLY_ROLLING", 190, 10.0))
    searches: Rolling = field(default_factory=lambda: Rolling("SECONDLY", 5, 1.0))

    def take(self, *, is_search: bool) -> None:
        """Counts a call. Raises `Refusal`."""
        now = self.clock()
        if is_search:
            self.searches.take(now)
        self.calls.take(now)

    def headers(self) -> dict[str, str]:
        """What answers say of the limit, but those of searches."""
        return {
            "x-hubspot-ratelimit-max": str(self.calls.most),
            "x-hubspot-ratelimit-remaining": str(self.calls.most - len(self.calls.calls)),
            "x-hubspot-ratelimit-interval-milliseconds": str(int(self.calls.seconds * 1000)),
        }
