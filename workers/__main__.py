"""`python -m workers`: take on work from Temporal until told to stop."""

import argparse
import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import NoReturn

from temporalio.client import Client
from temporalio.service import RPCError

from contracts.failures import ServiceFailure
from contracts.names import TaskQueue
from runtime.deployments import dispatch_problem
from runtime.entrypoint import run_main, stop_requested
from runtime.problems import SettingsProblem
from runtime.settings import Settings, WorkerSettings, load_settings, settings_of_process
from runtime.structured_logging import configure_logging
from runtime.temporal import connect
from runtime.watch_schedules import CRM_DRIFT_WATCH, LIMBO_WATCH, Watch, ensure_schedule
from workers.serving import serve
from workers.supervisor import Supervisor
from workers.wiring import Wiring, build_workers, wire

logger = logging.getLogger("throughline.worker")

ROOM_TO_DRAIN_SECONDS = 5.0
"""What a supervisor adds to the graceful time of its processes before it kills them."""

HELP = """\
examples:
  python -m workers                            all queues, one process
  python -m workers --processes 4              one process for each core
  python -m workers --queues crm,notify        only these kinds of work
  THROUGHLINE__WORKER__MAX_CONCURRENT_ACTIVITIES=20 python -m workers --queues ai

queues: {queues}

SIGTERM and Ctrl-C drain: nothing new is taken, what runs may end within
THROUGHLINE__WORKER__GRACEFUL_SHUTDOWN seconds. A second signal ends it at once.

exit codes:
  0    drained
  1    a worker failed
  2    wrong arguments
  69   Temporal does not answer, or does not know the namespace
  78   a setting, a policy or the store is wrong
  130, 143   ended at once by a second SIGINT or SIGTERM
"""


def main() -> NoReturn:
    """Runs worker processes as the arguments and settings say."""
    arguments = _arguments(sys.argv[1:])
    run_main(lambda: run(arguments))


async def run(arguments: argparse.Namespace) -> int:
    """Runs one worker process, or the supervisor of several, and returns the exit code."""
    settings = load_settings()
    configure_logging(settings.log)
    queues: tuple[TaskQueue, ...] = arguments.queues or settings.worker.queues
    processes: int = arguments.processes or settings.worker.processes
    if arguments.process_index is not None:
        return await _work(settings_of_process(settings, arguments.process_index), queues)
    if settings.store.migrate:
        await asyncio.to_thread(_migrate, settings)
    if processes == 1:
        return await _work(settings, queues)
    return await _supervise(settings, queues, processes)


async def _work(settings: Settings, queues: Sequence[TaskQueue]) -> int:
    async with stop_requested() as stop:
        client = await connect(settings)
        async with wire(settings) as wiring:
            workers = build_workers(client, wiring, settings.worker, queues)
            began = time.monotonic()
            facts = {
                "queues": list(queues),
                "server": client.service_client.config.target_host,
                "namespace": client.namespace,
            }
            logger.info("worker started", extra=facts)
            await _warn_if_idle(client, settings.worker)
            if TaskQueue.WORKFLOWS in queues:
                await _schedule(client, LIMBO_WATCH, settings.worker.sweep_every)
                if wiring.maps_crm:
                    await _schedule(client, CRM_DRIFT_WATCH, settings.worker.compare_crm_every)
            try:
                async with _sending(wiring, queues):
                    await serve(workers, stop, settings.worker.health_file)
            except ExceptionGroup:
                logger.exception("worker failed", extra=facts)
                return 1
            logger.info("worker stopped", extra=facts | {"seconds": round(time.monotonic() - began, 1)})
            return 0


@contextlib.asynccontextmanager
async def _sending(wiring: Wiring, queues: Sequence[TaskQueue]) -> AsyncGenerator[None]:
    """Sends held messages meanwhile, where this process tells people things."""
    ended = asyncio.Event()
    held = wiring.held if TaskQueue.NOTIFY in queues else None
    sender = asyncio.create_task(held.run(ended)) if held else None
    try:
        yield
    finally:
        ended.set()
        if sender:
            await sender


async def _warn_if_idle(client: Client, settings: WorkerSettings) -> None:
    """Says it where the server gives this build no runs: such a worker looks healthy and does nothing."""
    try:
        problem = await dispatch_problem(client, settings)
    except RPCError as error:
        logger.warning("which build is current may not be asked for", extra={"reason": error.message})
        return
    if problem:
        logger.warning("; ".join(problem))


async def _schedule(client: Client, watch: Watch, every: float) -> None:
    """Has a watch come so often; a worker works all the same where it may not make schedules."""
    if not every:
        return
    facts: dict[str, object] = {"schedule": watch.id}
    try:
        if await ensure_schedule(client, watch, timedelta(seconds=every)):
            logger.info("watch scheduled", extra=facts | {"seconds": every})
    except RPCError as error:
        logger.warning("watch not scheduled", extra=facts | {"reason": error.status.name})


async def _supervise(settings: Settings, queues: Sequence[TaskQueue], processes: int) -> int:
    def command(index: int) -> list[str]:
        python = [sys.executable, *(["-P"] if sys.flags.safe_path else [])]
        return [*python, "-m", "workers", "--process-index", str(index), "--queues", ",".join(queues)]

    supervisor = Supervisor(
        command, processes, grace=settings.worker.graceful_shutdown + ROOM_TO_DRAIN_SECONDS
    )
    async with stop_requested() as stop:
        return await supervisor.run(stop)


def _migrate(settings: Settings) -> None:
    # Late, since only one process of a supervisor needs it and it takes half a second to import.
    from connectors.store.migrate import migrate  # noqa: PLC0415

    try:
        migrate(settings.store.url.get_secret_value())
    except ServiceFailure as failure:
        raise SettingsProblem(
            f"the store of THROUGHLINE__STORE__URL cannot be brought up to date: {failure.message}"
        ) from None


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m workers",
        description="Take on work from Temporal until told to stop.",
        epilog=HELP.format(queues=", ".join(TaskQueue)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--queues", type=_queues, metavar="A,B", help="task queues to serve; default: as set, else all"
    )
    parser.add_argument(
        "--processes", type=_count, metavar="N", help="worker processes; default: as set, else 1"
    )
    # Set by the supervisor: which of its processes this is.
    parser.add_argument("--process-index", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _queues(text: str) -> tuple[TaskQueue, ...]:
    try:
        return tuple(dict.fromkeys(TaskQueue(name.strip()) for name in text.split(",")))
    except ValueError:
        raise argparse.ArgumentTypeError(f"choose from {', '.join(TaskQueue)}") from None


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError("should be 1 or more")
    return int(text)


if __name__ == "__main__":
    main()
