"""Sends the messages that wait in the outbox: in their readers' hours, and several of a kind as one."""

import asyncio
import contextlib
import logging
from datetime import datetime, timedelta
from typing import Protocol

from connectors.channels import Batch, KeptMessage
from contracts.delivery import Receipt
from contracts.failures import FailureCode, ServiceFailure
from contracts.ports import Clock
from rules.digests import combined

logger = logging.getLogger("throughline.messages")

LOOK_EVERY = 2.0
"""Seconds between looks at an outbox in which nothing is due."""

BETWEEN_MESSAGES = 0.25
"""Seconds. When an office opens, its messages do not fall on a channel all at once."""

DELIVER_WITHIN = 45.0
"""Seconds for all channels of a message: less than its key is held for."""

FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=30), timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(days=1)
"""A message that is this late is for a person to look after."""


_TOO_SLOW = ServiceFailure(FailureCode.TIMED_OUT, "messages", "the channels of a message took too long")
_UNEXPECTED = ServiceFailure(FailureCode.UNEXPECTED, "messages", "an error of ours, not of a channel")


class HeldQueue(Protocol):
    """The held messages of the outbox."""

    async def take(self) -> Batch | None: ...

    async def sent(self, batch: Batch, receipt: Receipt) -> None: ...

    async def postpone(self, batch: Batch, until: datetime, failure: ServiceFailure) -> None: ...

    async def give_up(self, batch: Batch, failure: ServiceFailure) -> None: ...


class Deliveries(Protocol):
    """Sends a message by the channels of its plan, once under its key."""

    async def deliver(self, message: KeptMessage) -> tuple[Receipt, bool]: ...


class HeldMessages:
    """Takes due messages one batch at a time. Any number of workers may do so beside each other.

    It is no activity: nothing waits for it, and a run that told somebody something has gone on long ago.
    """

    def __init__(self, queue: HeldQueue, deliveries: Deliveries, clock: Clock) -> None:
        self._queue = queue
        self._deliveries = deliveries
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until it is asked to stop; what is under way is finished."""
        while not stop.is_set():
            try:
                found = await self.send_next()
            except ServiceFailure as failure:
                logger.warning("held messages cannot be read or noted", extra=_facts(failure))
                found = False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BETWEEN_MESSAGES if found else LOOK_EVERY)

    async def send_next(self) -> bool:
        """Sends one batch that is due; returns whether there was one.

        Raises:
            ServiceFailure: the outbox cannot be read or written.
        """
        batch = await self._queue.take()
        if batch is None:
            return False
        try:
            async with asyncio.timeout(DELIVER_WITHIN):
                receipt, _ = await self._deliveries.deliver(combined(batch.messages))
        except TimeoutError:
            await self._not_sent(batch, _TOO_SLOW)
        except ServiceFailure as failure:
            await self._not_sent(batch, failure)
        except Exception as error:  # noqa: BLE001 - a message that trips over a bug keeps back no other
            # Without the traceback: the error's own words may hold what the message says.
            logger.error("unexpected error", extra={"error": type(error).__name__})  # noqa: TRY400
            await self._not_sent(batch, _UNEXPECTED)
        else:
            await self._queue.sent(batch, receipt)
        return True

    async def _not_sent(self, batch: Batch, failure: ServiceFailure) -> None:
        now = self._clock()
        facts = {"entries": list(batch.entry_ids), "kind": batch.messages[0].kind, **_facts(failure)}
        may_mend = failure.retryable or failure is _UNEXPECTED
        if not may_mend or now - batch.since > GIVE_UP_AFTER:
            logger.error("a held message is undeliverable: see `./throughline limbo`", extra=facts)
            await self._queue.give_up(batch, failure)
            return
        delay = min(FIRST_DELAY * 2 ** min(batch.attempts, 10), LONGEST_DELAY)
        logger.warning("a held message is tried again later", extra=facts)
        await self._queue.postpone(batch, now + max(delay, failure.retry_after or timedelta(0)), failure)


def _facts(failure: ServiceFailure) -> dict[str, str]:
    return {"code": failure.code, "system": failure.system, "failure": failure.message}
