"""Starts counterparts on free loopback ports, watches them and ends them, each by its own pid."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Self

from runtime.child_process import bound_to_parent, end_child, how_it_ended, last_words
from runtime.counterparts.catalogue import COUNTERPARTS, HTTP, Counterpart
from runtime.counterparts.installing import is_installed
from runtime.counterparts.loopback import PROBE_EVERY, is_ready
from runtime.counterparts.places import Run
from runtime.ports import HOST, free_ports
from runtime.problems import CounterpartProblem

READY_WITHIN_SECONDS = 90.0
"""Each takes about a second; a crowded machine takes its time."""

STOP_WITHIN_SECONDS = 5.0
LAST_LOG_LINES = 3


class CounterpartServer:
    """Starts one counterpart on entering and stops it on leaving; it ends with this process too.

    Args:
        counterpart: which, installed already.
        folder: takes its configuration, data and log.
        upstreams: of the proxy, the ports that it stands in front of, by service.
    """

    def __init__(
        self, counterpart: Counterpart, folder: Path, upstreams: dict[str, int] | None = None
    ) -> None:
        names = tuple(upstreams or counterpart.names)
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        modes = tuple(
            f"reverse:http://{HOST}:{port}@{ports[name]}" for name, port in (upstreams or {}).items()
        )
        self.counterpart = counterpart
        self.run = Run(folder, ports, modes)
        self.log_file = folder / "server.log"
        self.started_in = 0.0
        """Seconds until it answered."""
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Process id, for those who measure or kill it."""
        return self._running().pid

    def url(self, service: str | None = None) -> str:
        """Where a service is; of a counterpart that serves one thing, none need be named."""
        return f"http://{HOST}:{self.port(service)}"

    def address(self, service: str) -> str:
        """As people write it down: a URL, or host and port where it is no HTTP."""
        return self.url(service) if self.counterpart.greeting == HTTP else f"{HOST}:{self.port(service)}"

    def port(self, service: str | None = None) -> int:
        """The port of a service."""
        return self.run.ports[service or next(iter(self.run.ports))]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts the server and waits until it answers.

        Raises:
            CounterpartProblem: it is not installed, it ends, or it does not answer.
        """
        name = self.counterpart.name
        if not is_installed(self.counterpart):
            raise CounterpartProblem(
                f"{name} is not installed: run `./throughline counterparts install {name}`"
            )
        started = time.monotonic()
        self.run.folder.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(self.counterpart.arrange, self.run)
        try:
            await self._start()
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                for port in self.run.ports.values():
                    await self._wait_until_ready(port)
        except TimeoutError:
            await self.stop()
            raise CounterpartProblem(
                f"{name} does not answer after {READY_WITHIN_SECONDS:.0f} s; its log is {self.log_file}"
            ) from None
        except BaseException:
            await self.stop()
            raise
        self.started_in = time.monotonic() - started

    async def stop(self) -> None:
        """Ends the server; safe to repeat."""
        await end_child(self._process, STOP_WITHIN_SECONDS)

    async def wait(self) -> None:
        """Waits for the server to end, which only happens by itself when something is wrong.

        Raises:
            CounterpartProblem: always, saying how it ended.
        """
        raise self._ended(await self._running().wait())

    async def _start(self) -> None:
        with self.log_file.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *bound_to_parent(self.counterpart.command(self.run), os.getpid()),
                cwd=self.run.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _wait_until_ready(self, port: int) -> None:
        one = self.counterpart
        while not await is_ready(port, one.greeting, one.probe):
            if (code := self._running().returncode) is not None:
                raise self._ended(code)
            await asyncio.sleep(PROBE_EVERY)

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise CounterpartProblem(f"{self.counterpart.name} has not been started")
        return self._process

    def _ended(self, code: int) -> CounterpartProblem:
        said = last_words(self.log_file, LAST_LOG_LINES)
        return CounterpartProblem(
            f"{self.counterpart.name} has ended ({how_it_ended(code)}): {said} (log: {self.log_file})"
        )


@asynccontextmanager
async def running(names: Sequence[str], folder: Path) -> AsyncGenerator[dict[str, CounterpartServer]]:
    """Several counterparts at once, started side by side.

    Raises:
        CounterpartProblem: one of them cannot be started; the others are ended then.
    """
    servers = {name: CounterpartServer(COUNTERPARTS[name], folder / name) for name in names}
    async with AsyncExitStack() as stack:
        for server in servers.values():
            stack.push_async_callback(server.stop)
        ends = await asyncio.gather(*(server.start() for server in servers.values()), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        yield servers
