"""Child processes that end when their parent does, however the parent ended."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_BIND_THEN_BECOME = """
import ctypes, os, signal, sys
parent, command = int(sys.argv[1]), sys.argv[2:]
ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)
if os.getppid() != parent:
    sys.exit(1)
os.execv(command[0], command)
"""
"""1 is PR_SET_PDEATHSIG, which outlives execv; the parent may have died before it was set."""


def bound_to_parent(command: Sequence[str], parent_pid: int) -> list[str]:
    """Wraps a command so that the kernel sends it SIGTERM when the parent is gone, even by SIGKILL.

    The wrapper becomes the command, so the pid stays. It runs in the child instead of a `preexec_fn`, which
    is not safe beside the SDK's threads. The thread that starts the child must live as long as the child
    should. Elsewhere than on Linux the command is returned as it is.
    """
    if not sys.platform.startswith("linux"):
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _BIND_THEN_BECOME, str(parent_pid), *command]


ENDED_BY_SIGNAL = 128
"""What a shell adds to a signal's number to make an exit code."""


def exit_code_of(return_code: int) -> int:
    """The exit code as a shell would tell it; `asyncio` gives minus the signal's number."""
    return ENDED_BY_SIGNAL - return_code if return_code < 0 else return_code


def how_it_ended(return_code: int) -> str:
    """Plain words for a log line."""
    if return_code < 0:
        return f"killed by {signal.Signals(-return_code).name}"
    return f"exit code {return_code}"


async def end_child(process: asyncio.subprocess.Process | None, within: float) -> None:
    """Ends a child; safe to repeat. One that does not end in time is killed."""
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(within):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def last_words(log_file: Path, lines: int) -> str:
    """The last lines of a child's log as one, for the text of a failure."""
    said = [line.strip() for line in log_file.read_text(encoding="utf-8", errors="replace").split("\n")]
    return " / ".join([line for line in said if line][-lines:]) or "it said nothing"
