"""A process whose log lines a test reads as they come."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any, Self

from runtime.setting_types import ROOT

PATIENCE_SECONDS = 30.0


class LoggedProcess:
    """Runs `python -m MODULE ...` and keeps what it writes to stderr; killed on leaving if it still runs."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self.text = ""
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.communicate()

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was logged so far; every line is JSON, or the test has found a bug."""
        return [json.loads(line) for line in self.text.splitlines()]

    async def until(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        """Reads on until an event was logged so many times, and returns those lines."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for _ in self._read():
                found = [line for line in self.lines if line["event"] == event]
                if len(found) >= count:
                    return found
        raise AssertionError(f"it ended without {event!r}: {self.text}")

    async def end(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal, reads the rest, and returns the exit code."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        """Reads to the end and returns the exit code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for _ in self._read():
                pass
            return await self.process.wait()

    async def _read(self) -> AsyncIterator[str]:
        assert self.process.stderr is not None
        yield self.text
        while line := await self.process.stderr.readline():
            self.text += line.decode()
            yield self.text
