"""`python -m tests.chaos.faulty_worker SCRIPT ...`: a worker as `python -m workers` is, behind faults.

Everything is the product's own but for three things: each port stands behind the layer that does what the
script says, timeouts are short, and a killed process is started again at once.
"""

import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

from temporalio.client import Client

import workers.wiring
from runtime.settings import Settings
from runtime.temporal import connect
from tests.chaos.fault_layer import WatchedStore, behind, fault_layer
from tests.chaos.fault_script import FaultScript
from tests.chaos.hasty import hastened
from workers import __main__ as product
from workers.supervisor import RestartPolicy, Supervisor
from workers.wiring import Wiring, wire

MODULE = "tests.chaos.faulty_worker"
AT_ONCE = RestartPolicy(first_delay=0, longest_delay=0, healthy_after=0)


def main() -> None:
    """Runs worker processes, whose script is the first argument."""
    script = Path(sys.argv.pop(1))

    @asynccontextmanager
    async def wire_behind_faults(settings: Settings) -> AsyncGenerator[Wiring]:
        with FaultScript(script) as opened:
            async with fault_layer(settings, opened) as layer, wire(settings) as wiring:
                yield behind(wiring, layer)

    async def connect_in_haste(settings: Settings) -> Client:
        return hastened(await connect(settings))

    class QuickSupervisor(Supervisor):
        """Starts processes of this module, and again without a pause."""

        def __init__(self, command: Callable[[int], Sequence[str]], processes: int, *, grace: float) -> None:
            def mine(index: int) -> list[str]:
                python, _, arguments = _split(command(index))
                return [*python, MODULE, str(script), *arguments]

            super().__init__(mine, processes, grace=grace, restarts=AT_ONCE)

    _replace(workers.wiring, "Store", WatchedStore)
    _replace(product, "wire", wire_behind_faults)
    _replace(product, "connect", connect_in_haste)
    _replace(product, "Supervisor", QuickSupervisor)
    product.main()


def _replace(module: ModuleType, name: str, by: object) -> None:
    """Puts something else where a module names it; a name that is gone is a mistake here."""
    assert name in vars(module), f"{module.__name__} has no {name} any more"
    setattr(module, name, by)


def _split(command: Sequence[str]) -> tuple[list[str], str, list[str]]:
    at = list(command).index("-m") + 1
    return list(command[:at]), command[at], list(command[at + 1 :])


if __name__ == "__main__":
    main()
