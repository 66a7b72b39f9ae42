"""A CRM whose answer to one write is lost after it was carried out."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from connectors.keyed import SETTLE
from connectors.remote_crm.records import Records
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.conftest import SettableClock

R = TypeVar("R")
WRITES = frozenset({"create", "upsert", "change", "delete", "link", "unlink"})


class LosingRecords:
    """`Records` that lose the answer to one write, once.

    Args:
        records: what is written to.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lost = self._written = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._records, name)
        return self._losing(real) if name in WRITES else real

    @property
    def as_records(self) -> Records:
        """Itself; its type cannot say that it has every method."""
        return cast(Records, self)

    def lose(self, write: int) -> None:
        """Loses the answer to the nth write from now on."""
        self._lost, self._written = write, 0

    @property
    def has_lost(self) -> bool:
        """Whether it came to that write."""
        return 0 < self._lost <= self._written

    def _losing(self, write: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def called(*given: Any, **named: Any) -> Any:
            done = await write(*given, **named)
            self._written += 1
            if self._written == self._lost:
                raise ServiceFailure(FailureCode.OUTCOME_UNKNOWN, "crm", "the answer was lost")
            return done

        return called


async def tried(clock: SettableClock, step: Callable[[], Awaitable[R]], *, again: bool) -> R | None:
    """Calls a step as a worker does; where its answer is lost, waits, and calls once more if it should."""
    try:
        return await step()
    except ServiceFailure as failure:
        if failure.code is not FailureCode.OUTCOME_UNKNOWN:
            raise
    clock.advance(seconds=SETTLE.total_seconds())
    return await step() if again else None
