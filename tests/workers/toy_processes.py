"""Worker processes over one small workflow; `python -m tests.workers.toy_processes N` has a supervisor.

It is put together from the same parts as `workers/__main__.py`, so that what is tested is the parts.
"""

import logging
import sys

from temporalio.worker import Worker

from runtime.entrypoint import run_main, stop_requested
from runtime.settings import load_settings
from runtime.structured_logging import configure_logging
from runtime.temporal import connect, worker_options
from tests.workers.toy_workflow import QUEUE, ToyWorkflow, stumble_over_a_person, work_for
from workers.serving import serve
from workers.supervisor import RestartPolicy, Supervisor


async def work() -> int:
    """Serves the toy queue until told to stop."""
    settings = load_settings()
    configure_logging(settings.log)
    async with stop_requested() as stop:
        client = await connect(settings)
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=[ToyWorkflow],
            activities=[work_for, stumble_over_a_person],
            **worker_options(settings.worker),
        )
        logging.getLogger("throughline.worker").info("worker started")
        await serve([worker], stop, settings.worker.health_file)
        logging.getLogger("throughline.worker").info("worker stopped")
    return 0


async def supervise(processes: int) -> int:
    """Keeps several of them running."""
    configure_logging(load_settings().log)
    command = [sys.executable, "-m", "tests.workers.toy_processes"]
    supervisor = Supervisor(lambda _: command, processes, grace=10, restarts=RestartPolicy(first_delay=0.1))
    async with stop_requested() as stop:
        return await supervisor.run(stop)


if __name__ == "__main__":
    run_main(work if len(sys.argv) == 1 else lambda: supervise(int(sys.argv[1])))
