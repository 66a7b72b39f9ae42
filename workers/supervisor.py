"""Keeps several worker processes running on one machine, which is how Python uses more than one core.

Processes are started, never forked: the SDK's native runtime does not live through a fork.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runtime.child_process import bound_to_parent, exit_code_of, how_it_ended
from runtime.problems import SettingsProblem
from runtime.setting_types import ROOT

logger = logging.getLogger("throughline.supervisor")

USAGE_ERROR = 2
HOPELESS = frozenset({USAGE_ERROR, SettingsProblem.exit_code})
"""Exit codes that a restart would only repeat."""


@dataclass(frozen=True)
class RestartPolicy:
    """When a process that ended by itself is started again. In seconds."""

    first_delay: float = 0.5
    longest_delay: float = 30.0
    healthy_after: float = 30.0
    """A process that ran this long is started again without delay."""

    def next_delay(self, delay: float, ran: float) -> float:
        """The pause after a process ran so long, where the pause before it was `delay`."""
        if ran >= self.healthy_after:
            return 0.0
        return min(max(delay * 2, self.first_delay), self.longest_delay)


class Supervisor:
    """Runs one command several times and restarts what ends, until it is asked to stop.

    Args:
        command: the command line of the process with an index; the index counts from 0.
        processes: how many.
        grace: seconds that a process gets to end after SIGTERM; then it is killed.
        restarts: how fast one is started again.
    """

    def __init__(
        self,
        command: Callable[[int], Sequence[str]],
        processes: int,
        *,
        grace: float,
        restarts: RestartPolicy | None = None,
    ) -> None:
        self._command = command
        self._processes = processes
        self._grace = grace
        self._restarts = restarts or RestartPolicy()
        self._hopeless: int | None = None

    async def run(self, stop: asyncio.Event) -> int:
        """Returns 0 once all have drained after `stop`, or the exit code of one that no restart can heal."""
        async with asyncio.TaskGroup() as group:
            for index in range(self._processes):
                group.create_task(self._keep(index, stop))
        return self._hopeless or 0

    async def _keep(self, index: int, stop: asyncio.Event) -> None:
        delay = 0.0
        while not stop.is_set():
            began = asyncio.get_running_loop().time()
            code = await self._run_once(index, stop)
            if stop.is_set():
                return
            if code in HOPELESS:
                # The process has said what is wrong; the others would say the same.
                self._hopeless = code
                stop.set()
                return
            ran = asyncio.get_running_loop().time() - began
            delay = self._restarts.next_delay(delay, ran)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), delay)

    async def _run_once(self, index: int, stop: asyncio.Event) -> int:
        process = await asyncio.create_subprocess_exec(
            *bound_to_parent(self._command(index), os.getpid()),
            # The rooms are imported from the checkout, wherever the command was called from.
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            # A session of its own keeps the terminal's Ctrl-C away: it comes from here, as SIGTERM.
            start_new_session=True,
        )
        seen: dict[str, object] = {"slot": index, "pid": process.pid}
        logger.info("worker process started", extra=seen)
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            code = await self._end(process)
        level = logging.INFO if stop.is_set() else logging.WARNING
        logger.log(level, "worker process ended", extra={**seen, "how": how_it_ended(code)})
        return exit_code_of(code)

    async def _end(self, process: asyncio.subprocess.Process) -> int:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(self._grace):
                return await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            return await process.wait()
