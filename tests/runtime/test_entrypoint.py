"""How a process ends: its exit code, its last words, and never an abort."""

import asyncio
import signal
import subprocess
import sys

import pytest

from runtime.setting_types import ROOT

PREAMBLE = """
import asyncio, atexit, os, signal, sys
from runtime.entrypoint import run_main, stop_requested
from runtime.problems import SettingsProblem

def kill(name):
    os.kill(os.getpid(), getattr(signal, name))

async def wait():
    print("ready", flush=True)
    await asyncio.sleep(30)
"""


def ended(main: str) -> subprocess.CompletedProcess[str]:
    """Runs a coroutine function's body as a process."""
    body = "".join(f"    {line}\n" for line in main.splitlines())
    code = f"{PREAMBLE}\nasync def main():\n{body}\nrun_main(main)\n"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=20
    )


@pytest.mark.parametrize(
    ("main", "code"),
    [
        ("pass", 0),
        ("return 7", 7),
        ("sys.exit(5)", 5),
        ("kill('SIGTERM')\nawait wait()", 143),
        ("kill('SIGINT')\nawait wait()", 130),
        ("raise BrokenPipeError", 141),
    ],
)
def test_exit_code_says_how_it_ended_without_a_word(main: str, code: int) -> None:
    done = ended(main)
    assert (done.returncode, done.stderr) == (code, "")


def test_problem_is_its_lines_and_its_own_exit_code() -> None:
    done = ended("raise SettingsProblem('A is wrong\\nB is wrong')")
    assert (done.returncode, done.stderr) == (78, "throughline: A is wrong\nthroughline: B is wrong\n")


def test_bug_is_a_traceback_and_1() -> None:
    done = ended("raise KeyError('bug')")
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("KeyError: 'bug'")


def test_cleanup_runs_when_a_signal_ends_it() -> None:
    done = ended("try:\n    kill('SIGTERM')\n    await wait()\nfinally:\n    print('cleaned up')")
    assert (done.returncode, done.stdout) == (143, "ready\ncleaned up\n")


def test_first_signal_asks_and_second_ends() -> None:
    polite = "async with stop_requested() as stop:\n    kill('SIGTERM')\n    await stop.wait()\nreturn 0"
    assert ended(polite).returncode == 0
    deaf = "async with stop_requested() as stop:\n    kill('SIGTERM')\n    kill('SIGINT')\n    await wait()"
    assert ended(deaf).returncode in (130, 143)


def test_output_is_written_and_the_interpreter_is_not_wound_up() -> None:
    """Winding it up is what aborts beside the SDK's threads; an exit handler would run then."""
    done = ended("atexit.register(print, 'wound up')\nprint('said', end='')")
    assert (done.returncode, done.stdout) == (0, "said")


async def test_reader_that_has_gone_is_no_error() -> None:
    code = (
        f"{PREAMBLE}\nasync def main():\n    await asyncio.sleep(0.3)\n    print('x' * 10)\nrun_main(main)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout._transport.close()  # type: ignore[attr-defined]
    assert await process.stderr.read() == b""
    assert await process.wait() in (0, 128 + signal.SIGPIPE)
