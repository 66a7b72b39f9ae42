"""How a process starts and ends: signals, exit codes, one-line errors, and no abort on the way out."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, NoReturn

from runtime.child_process import ENDED_BY_SIGNAL
from runtime.problems import Problem

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Main = Callable[[], Coroutine[Any, Any, int | None]]


def run_main(main: Main) -> NoReturn:
    """Runs a process's main coroutine and ends the process with its exit code.

    Exit codes: what the coroutine returns (None is 0); a `Problem`'s own, after its text on stderr;
    130 or 143 where SIGINT or SIGTERM ended it; 1 after a traceback for anything else.

    The interpreter's own way out is not taken: threads of the SDK's native part that are still alive
    abort it now and then.
    """
    end_process(exit_code(main))


def end_process(code: int) -> NoReturn:
    """Ends the process at once; only what was printed and logged is still written out."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        # The reader of a pipe may have gone, as in `... | head`.
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def exit_code(main: Main) -> int:
    """Runs a main coroutine as `run_main` does, and returns the exit code instead of ending the process."""
    try:
        return asyncio.run(_cancelled_by_signals(main)) or 0
    except Problem as problem:
        sys.stderr.writelines(f"throughline: {line}\n" for line in str(problem).splitlines())
        return problem.exit_code
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except _ENDED_FROM_OUTSIDE as error:
        return ENDED_BY_SIGNAL + _signal_behind(error)
    except Exception as error:  # noqa: BLE001  # the last place where it can be shown
        sys.excepthook(type(error), error, error.__traceback__)
        return 1


@contextlib.asynccontextmanager
async def stop_requested() -> AsyncGenerator[asyncio.Event]:
    """Yields an event that the first SIGINT or SIGTERM sets, for processes that drain before they end.

    Whoever sends a second one does not want to wait: it ends the process at once.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def on_signal(number: int) -> None:
        if stop.is_set():
            end_process(ENDED_BY_SIGNAL + number)
        stop.set()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield stop
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


class _Stopped(Exception):
    """A signal ended the main coroutine."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


_ENDED_FROM_OUTSIDE = (_Stopped, asyncio.CancelledError, KeyboardInterrupt, BrokenPipeError)


def _signal_behind(error: BaseException) -> int:
    if isinstance(error, _Stopped):
        return error.signal
    return signal.SIGPIPE if isinstance(error, BrokenPipeError) else signal.SIGINT


async def _cancelled_by_signals(main: Main) -> int | None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine runs in a task
    got: list[int] = []

    def on_signal(number: int) -> None:
        got.append(number)
        task.cancel()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, on_signal, number)
    try:
        return await main()
    except asyncio.CancelledError:
        if got:
            raise _Stopped(got[0]) from None
        raise
