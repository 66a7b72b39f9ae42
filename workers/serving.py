"""Runs the workers of one process until it is asked to stop, then lets them finish what they hold."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from temporalio.worker import Worker

TOUCH_EVERY_SECONDS = 5.0
"""A probe should allow the health file a few times this age."""


async def serve(workers: Sequence[Worker], stop: asyncio.Event, health_file: Path | None = None) -> None:
    """Polls until `stop` is set; then takes nothing new and waits for what runs, within the graceful time.

    Raises:
        ExceptionGroup: a worker failed; the others have been shut down too.
    """
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(worker.run()) for worker in workers]
        beat = group.create_task(_touch(health_file)) if health_file else None
        drain = group.create_task(_drain(workers, stop))
        await asyncio.wait(running)
        drain.cancel()
        if beat:
            beat.cancel()


async def _drain(workers: Sequence[Worker], stop: asyncio.Event) -> None:
    await stop.wait()
    # All at once: one after the other would add up their graceful times.
    await asyncio.gather(*(worker.shutdown() for worker in workers))


async def _touch(file: Path) -> None:
    """Shows that the event loop turns; a process that hangs stops doing so."""
    try:
        while True:
            _write(file)
            await asyncio.sleep(TOUCH_EVERY_SECONDS)
    finally:
        _remove(file)


def _write(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
