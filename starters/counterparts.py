"""`counterparts`: real servers that others wrote, to try connectors against."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, CommandFailure, as_document, complain, run, run_alone, show, table
from starters.exit_codes import ExitCode

if TYPE_CHECKING:
    from runtime.counterparts.servers import CounterpartServer

STATE = Path(__file__).resolve().parents[1] / ".throughline" / "counterparts"
HEADINGS = ("COUNTERPART", "SERVICE", "ADDRESS", "CREDENTIALS", "PID")

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Which ones; all unless named.")]


def list_(*, as_json: AsJson = False) -> None:
    """List the counterparts: what each stands for, and whether it is installed.

    \b
    Example:
      throughline counterparts list

    Exit codes: 0 listed.
    """  # noqa: D301
    run(as_json, list_counterparts)


def install(*, names: Names = None, as_json: AsJson = False) -> None:
    """Install counterparts below `.counterparts/`; what is installed already is left alone.

    \b
    Examples:
      throughline counterparts install
      throughline counterparts install tryton mitmproxy

    Exit codes: 0 installed, 2 no such counterpart, 6 the network or the disk is in the way.
    """  # noqa: D301
    run(as_json, lambda: install_counterparts(names))


def start(*, names: Names = None, as_json: AsJson = False) -> None:
    """Start counterparts on free ports and tell where they are, until Ctrl-C; installs them where needed.

    \b
    Examples:
      throughline counterparts start
      throughline counterparts start tryton emulate --json

    Exit codes: 0 stopped, 2 no such counterpart, 6 one cannot be installed or started, or has ended.
    """  # noqa: D301
    run(as_json, lambda: serve(names, as_json))


async def list_counterparts() -> Answer:
    """Every counterpart with its state."""
    from runtime.counterparts.catalogue import COUNTERPARTS
    from runtime.counterparts.installing import is_installed

    rows = [
        (
            one.name,
            one.version,
            one.licence,
            "installed" if is_installed(one) else "not installed",
            one.stands_for,
        )
        for one in COUNTERPARTS.values()
    ]
    headings = ("COUNTERPART", "VERSION", "LICENCE", "STATE", "STANDS FOR")
    documents = [
        dict(zip(("name", "version", "licence", "state", "stands_for"), row, strict=True)) for row in rows
    ]
    return Answer({"counterparts": documents}, table(headings, rows))


async def install_counterparts(names: list[str] | None) -> Answer:
    """Installs what is missing.

    Raises:
        CommandFailure: USAGE for an unknown name; UNREACHABLE where one cannot be installed.
    """
    from runtime.counterparts.catalogue import COUNTERPARTS

    took = await _installed(_known(names, COUNTERPARTS))
    words = ", ".join(f"{name} in {seconds:.1f} s" for name, seconds in took.items())
    return Answer({"installed": took}, f"installed {words}" if took else "everything is installed")


async def serve(names: list[str] | None, as_json: bool) -> Answer:
    """Keeps counterparts up until somebody asks this process to stop.

    Raises:
        CommandFailure: USAGE for an unknown name; UNREACHABLE where one cannot be started, or has ended.
    """
    from runtime.counterparts.catalogue import SERVERS
    from runtime.counterparts.servers import running
    from runtime.entrypoint import stop_requested
    from runtime.problems import CounterpartProblem

    chosen = _known(names, SERVERS)
    await _installed(chosen)
    try:
        async with stop_requested() as stop, running(chosen, STATE) as servers:
            addresses = _addresses(servers.values())
            show(
                as_document({"counterparts": addresses})
                if as_json
                else table(HEADINGS, [list(one.values()) for one in addresses])
            )
            slowest = max(server.started_in for server in servers.values())
            complain(
                f"{len(servers)} counterparts started in {slowest:.1f} s; Ctrl-C ends them. Logs: {STATE}"
            )
            await _until(stop, servers.values())
    except CounterpartProblem as problem:
        raise CommandFailure(ExitCode.UNREACHABLE, str(problem), where="counterparts start") from problem
    return Answer({"stopped": True}, "stopped")


def _known(names: list[str] | None, known: Iterable[str]) -> list[str]:
    wanted = names or list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise CommandFailure(
            ExitCode.USAGE,
            f"no counterpart is called {', '.join(unknown)}",
            where="counterparts",
            remedy="`./throughline counterparts list` shows them",
        )
    return wanted


async def _installed(names: list[str]) -> dict[str, float]:
    from runtime.counterparts import installing
    from runtime.problems import CounterpartProblem

    try:
        return await installing.install(names, complain)
    except CounterpartProblem as problem:
        raise CommandFailure(ExitCode.UNREACHABLE, str(problem), where="counterparts install") from problem


def _addresses(servers: Iterable[CounterpartServer]) -> list[dict[str, object]]:
    return [
        {
            "counterpart": server.counterpart.name,
            "service": service,
            "address": server.address(service),
            "credentials": " ".join(
                f"{name}={value}" for name, value in server.counterpart.credentials.items()
            ),
            "pid": server.pid,
        }
        for server in servers
        for service in server.counterpart.names
    ]


async def _until(stop: asyncio.Event, servers: Iterable[CounterpartServer]) -> None:
    """Waits for the word to stop; a server that ends before it is a failure."""
    waiting = [asyncio.ensure_future(server.wait()) for server in servers]
    stopping = asyncio.ensure_future(stop.wait())
    try:
        done, _ = await asyncio.wait([stopping, *waiting], return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            one.result()
    finally:
        for one in (stopping, *waiting):
            one.cancel()
        await asyncio.gather(stopping, *waiting, return_exceptions=True)


if __name__ == "__main__":
    run_alone(list_, install, start)
