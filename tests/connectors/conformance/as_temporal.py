"""Calls a port as a workflow does: what is retryable is tried again, since no connector does that itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from contracts.failures import ServiceFailure

P = TypeVar("P")

PAUSE = 0.02
"""Seconds between attempts, in place of the minutes that a system may ask for."""
WITHIN = 30.0
"""Seconds after which a failure stands."""


def as_temporal_calls(port: P) -> P:
    """The port, with every method tried again while its failure is retryable."""
    return cast(P, _Retried(port))


class _Retried:
    def __init__(self, port: object) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._port, name)

        async def tried(*given: Any, **named: Any) -> Any:
            give_up_at = asyncio.get_running_loop().time() + WITHIN
            while True:
                try:
                    return await method(*given, **named)
                except ServiceFailure as failure:
                    if not failure.retryable or asyncio.get_running_loop().time() > give_up_at:
                        raise
                await asyncio.sleep(PAUSE)

        return tried
