"""`worker`: becomes the worker processes of this deployment."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from starters.console import run_alone

ROOT = Path(__file__).resolve().parents[1]


def worker(
    queues: Annotated[
        list[str] | None,
        typer.Option("--queues", metavar="QUEUE", help="Take work from these queues only: repeat, or a,b,c."),
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", metavar="N", min=1, max=64, help="So many processes.")
    ] = None,
) -> None:
    """Run workers until Ctrl-C or SIGTERM; they finish what they hold first.

    Queues: workflows, decisions, crm, ai, notify, billing, provisioning, scheduling. What is not named comes
    from the settings.

    \b
    Examples:
      throughline worker
      throughline worker --queues workflows,decisions --processes 4

    Exit codes: those of `python -m workers`, which this becomes.
    """  # noqa: D301
    from contracts.names import TaskQueue
    from starters.arguments import choice

    named = [name for part in queues or () for name in part.split(",") if name.strip()]
    chosen = [choice("--queues", name, TaskQueue) for name in named]
    become_workers(worker_command(chosen, processes))


def worker_command(queues: Sequence[str], processes: int | None) -> list[str]:
    """The command line of the worker processes."""
    command = [sys.executable, "-m", "workers"]
    if queues:
        command += ["--queues", ",".join(queues)]
    if processes:
        command += ["--processes", str(processes)]
    return command


def become_workers(command: list[str]) -> None:
    """Replace this process, so that a signal to it reaches the workers themselves."""
    sys.stdout.flush()
    sys.stderr.flush()
    # The rooms are imported from the checkout, whatever folder this was called from.
    os.chdir(ROOT)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    run_alone(worker)
