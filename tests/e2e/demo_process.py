"""Runs `demo` as a user does, and looks at it and at its processes from outside."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from runtime.setting_types import ROOT

PATIENCE_SECONDS = 150.0
COUNTS = re.compile(r"(\d+) (running|waiting|blocked|escalated|completed)")


class DemoProcess:
    """`demo` with these arguments; on leaving, everything that is left of it is killed."""

    def __init__(self, *arguments: str) -> None:
        self._command = [sys.executable, "-P", "-m", "starters.cli", "demo", *arguments]
        self._process: asyncio.subprocess.Process | None = None
        self._seen: set[int] = set()
        self.said = ""
        """What it has written to stderr so far."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for pid in (self.pid, *self.descendants()):
            kill(pid)
        await self.process.communicate()
        if "files are in" in self.said:
            shutil.rmtree(self.state, ignore_errors=True)

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def state(self) -> Path:
        """The folder that it keeps its files in."""
        found = re.search(r"files are in (\S+)", self.said)
        assert found, self.said
        return Path(found[1])

    @property
    def environment(self) -> dict[str, str]:
        """What a second terminal gets from the folder's `env` file."""
        words = shlex.split((self.state / "env").read_text())
        pairs = (word.partition("=") for word in words if word != "export")
        return {name: value for name, _, value in pairs}

    def counts(self) -> dict[str, int]:
        """Leads by lane, as it last said."""
        last = [line for line in self.said.splitlines() if "leads submitted" in line][-1:]
        return {lane: int(count) for line in last for count, lane in COUNTS.findall(line)}

    def descendants(self) -> list[int]:
        """Every process that it has started, directly or not, and that still runs."""
        self._seen.update(below(self.pid))
        return [pid for pid in self._seen if pid in parents()]

    def workers(self) -> list[int]:
        """The worker processes, without their supervisor."""
        return [pid for pid in self.descendants() if "--process-index" in command_of(pid)]

    def supervisor(self) -> int:
        """The process that starts workers again."""
        found = [pid for pid in self.descendants() if re.search(r"-m workers --processes", command_of(pid))]
        assert len(found) == 1, found
        return found[0]

    async def until_completed(self, count: int) -> dict[str, int]:
        """Reads on until so many leads have ended."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.counts().get("completed", 0) < count:
                line = await self.process.stderr.readline()
                assert line, self.said
                self.said += line.decode()
        return self.counts()

    async def until_workers(self, count: int, *, other_than: list[int]) -> None:
        """Waits until so many worker processes run that were not there before."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(set(self.workers()) - set(other_than)) < count:  # noqa: ASYNC110 - only /proc knows
                await asyncio.sleep(0.05)

    async def result(self, within: float = PATIENCE_SECONDS) -> tuple[int, dict[str, Any]]:
        """Its exit code and its document, once it has ended by itself within so many seconds."""
        async with asyncio.timeout(within):
            out, said = await self.process.communicate()
        self.said += said.decode()
        assert self.process.returncode is not None
        assert out, self.said
        return self.process.returncode, json.loads(out)

    async def interrupted(self) -> int:
        """Its exit code after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(20):
            _, said = await self.process.communicate()
        self.said += said.decode()
        assert self.process.returncode is not None
        return self.process.returncode


def kill(pid: int) -> None:
    """SIGKILL, for a process that may have ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def parents() -> dict[int, int]:
    """Parent by process, of all that run; a zombie runs no more."""
    found: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            found[int(stat.parent.name)] = int(parent)
    return found


def below(pid: int) -> list[int]:
    """All descendants of a process that run."""
    children: dict[int, list[int]] = {}
    for child, parent in parents().items():
        children.setdefault(parent, []).append(child)
    found, queue = [], [pid]
    while queue:
        one = children.get(queue.pop(), [])
        found += one
        queue += one
    return found


def command_of(pid: int) -> str:
    """The command line of a process; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
