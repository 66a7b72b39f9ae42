"""`server`: a real Temporal server on this machine, to work against; production has its own cluster."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer

from starters.console import Answer, CommandFailure, complain, run, run_alone
from starters.exit_codes import ExitCode

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".throughline" / "server"


def server(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where clients connect.")] = 7233,
    ui_port: Annotated[int, typer.Option("--ui-port", min=1, max=65535, help="Where the Web UI is.")] = 8233,
    database: Annotated[
        Path, typer.Option("--database", metavar="FILE", help="Keeps every run over a restart.")
    ] = STATE / "temporal.db",
) -> None:
    """Run a local Temporal server with its Web UI until Ctrl-C; its runs are there again at the next start.

    \b
    Examples:
      throughline server
      throughline server --port 7300 --ui-port 8300

    Exit codes: 0 stopped, 6 it cannot start, for example because a port is taken.
    """  # noqa: D301
    run(as_json=False, command=lambda: serve(port, ui_port, database))


async def serve(port: int, ui_port: int, database: Path) -> Answer:
    """Keeps a server up until somebody asks this process to stop.

    Raises:
        CommandFailure: UNREACHABLE where it cannot be started.
    """
    from runtime.dev_server import DevServer
    from runtime.entrypoint import stop_requested
    from runtime.problems import DevServerProblem

    log_file = STATE / "server.log"
    server_here = DevServer(log_file=log_file, port=port, ui_port=ui_port, database=database)
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_requested())
        try:
            running = await stack.enter_async_context(server_here)
        except DevServerProblem as problem:
            raise CommandFailure(
                ExitCode.UNREACHABLE,
                str(problem),
                where="server",
                remedy="see `./throughline server --help`",
            ) from problem
        complain(
            f"Temporal at {running.address}, Web UI at {running.ui_url}; Ctrl-C ends it. Log: {log_file}"
        )
        await stop.wait()
    return Answer({"stopped": True}, "stopped")


if __name__ == "__main__":
    run_alone(server)
