"""A stack of its own on this machine: a Temporal server, a store, and worker processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from connectors.store.migrate import migrate
from runtime.child_process import bound_to_parent, how_it_ended
from runtime.dev_server import DevServer
from runtime.setting_types import ROOT
from runtime.settings import Settings

DRAIN_SECONDS = 8.0
"""More than the workers' own graceful time; who does not end by then is killed."""

ENV = "/usr/bin/env"
WORKER_LOG = "workers.log"
SERVER_LOG = "temporal.log"


class Workers:
    """The worker processes, below their supervisor. They find their settings in the environment.

    Args:
        processes: how many the supervisor keeps up.
        log_file: takes their log lines.
        program: what Python runs.
        environment: what they find beside it.
    """

    def __init__(
        self,
        processes: int,
        log_file: Path,
        program: Sequence[str] = ("-m", "workers"),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        # `env` adds to the environment without anybody here having to read it.
        added = [ENV, *(f"{name}={value}" for name, value in environment.items())] if environment else []
        self._command = [*added, sys.executable, "-P", *program, "--processes", str(processes)]
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Of the supervisor, or of the one worker where there is only one."""
        return self._running().pid

    async def start(self) -> None:
        """Starts them; a session of their own keeps the terminal's Ctrl-C away from them."""
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *bound_to_parent(self._command, os.getpid()),
                cwd=ROOT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def stop(self) -> None:
        """Lets them drain, and kills them if that takes too long; safe to repeat."""
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def ended(self) -> str:
        """Waits for them to end by themselves or by somebody's hand, and says how they did."""
        return how_it_ended(await self._running().wait())

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError("the workers have not been started")
        return self._process


@asynccontextmanager
async def server_and_store(
    settings: Settings,
    state: Path,
    *,
    port: int,
    ui_port: int | None,
    database: Path | None = None,
    crm_rules: Path | None = None,
) -> AsyncGenerator[DevServer]:
    """A server that answers and a store that is migrated; workers can be started.

    Args:
        settings: name the store, a SQLite file.
        state: the folder for logs.
        port: of the server.
        ui_port: of its Web UI; None for none.
        database: the server's own file; None keeps its runs in memory.
        crm_rules: SQL that makes the store's CRM stricter.

    Raises:
        DevServerProblem: the server cannot be started.
        ServiceFailure: the store cannot be made.
    """
    url = settings.store.url.get_secret_value()
    making = asyncio.create_task(asyncio.to_thread(_make_store, url, crm_rules))
    try:
        async with DevServer(
            log_file=state / SERVER_LOG,
            port=port,
            ui_port=ui_port,
            headless=ui_port is None,
            database=database,
        ) as server:
            await making
            yield server
    finally:
        making.cancel()


def _make_store(url: str, crm_rules: Path | None) -> None:
    migrate(url)
    if crm_rules is not None:
        with contextlib.closing(sqlite3.connect(url.partition(":///")[2])) as connection:
            connection.executescript(crm_rules.read_text(encoding="utf-8"))
