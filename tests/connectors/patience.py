"""Steps as Temporal makes them: what may be tried again is tried again."""

import asyncio
from typing import Any, TypeVar, cast

from connectors.keyed import SETTLE
from contracts.failures import ServiceFailure
from tests.connectors.conftest import SettableClock

P = TypeVar("P")
MOST_ATTEMPTS = 1000


class _Patient:
    def __init__(self, port: object, clock: SettableClock) -> None:
        self._port = port
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        step = getattr(self._port, name)

        async def attempts(message: object) -> Any:
            for _ in range(MOST_ATTEMPTS):
                try:
                    return await step(message)
                except ServiceFailure as failure:
                    if not failure.retryable:
                        raise
                    if failure.outcome_unknown:
                        self._clock.advance(seconds=SETTLE.total_seconds())
                await asyncio.sleep(0.01)
            raise AssertionError(f"{name} was not done in {MOST_ATTEMPTS} attempts")

        return attempts


def patient(port: P, clock: SettableClock) -> P:
    """The port, each of whose steps is tried until it ends for good."""
    return cast(P, _Patient(port, clock))
