"""The supervisor restarts what may heal, gives up on what can't, and is obeyed in time."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.processes import is_alive
from workers.supervisor import RestartPolicy, Supervisor

QUICK = RestartPolicy(first_delay=0.05, longest_delay=0.2)


def supervisor(tmp_path: Path, body: str, processes: int = 1, grace: float = 5) -> Supervisor:
    """Supervises a script; each start leaves a file with its pid in `starts`."""
    folder = tmp_path / "starts"
    folder.mkdir()
    script = (
        "import os, pathlib, signal, sys, time\n"
        f"pathlib.Path({str(folder)!r}, str(os.getpid())).write_text('started')\n"
        f"{body}\n"
    )
    return Supervisor(lambda _: [sys.executable, "-c", script], processes, grace=grace, restarts=QUICK)


def starts(tmp_path: Path) -> list[int]:
    return [int(file.name) for file in (tmp_path / "starts").iterdir()]


async def until_started(tmp_path: Path, count: int) -> None:
    async with asyncio.timeout(10):
        while len(starts(tmp_path)) < count:  # noqa: ASYNC110  # other processes set no event
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("code", [2, 78])
async def test_wrong_arguments_or_settings_end_it_with_the_same_code(tmp_path: Path, code: int) -> None:
    async with asyncio.timeout(10):
        assert await supervisor(tmp_path, f"sys.exit({code})").run(asyncio.Event()) == code
    assert len(starts(tmp_path)) == 1


async def test_one_hopeless_process_takes_the_healthy_ones_down(tmp_path: Path) -> None:
    body = f"if len(os.listdir({str(tmp_path / 'starts')!r})) == 3: sys.exit(78)\ntime.sleep(60)"
    async with asyncio.timeout(10):
        assert await supervisor(tmp_path, body, processes=3).run(asyncio.Event()) == 78
    assert not [pid for pid in starts(tmp_path) if is_alive(pid)]


@pytest.mark.parametrize("body", ["sys.exit(1)", "sys.exit(69)", "sys.exit(0)", "os.kill(os.getpid(), 9)"])
async def test_anything_else_is_started_again(tmp_path: Path, body: str) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(supervisor(tmp_path, body).run(stop))
    await until_started(tmp_path, 3)
    stop.set()
    assert await running == 0


async def test_process_that_does_not_end_is_killed(tmp_path: Path) -> None:
    stop = asyncio.Event()
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsys.stdout.flush()\ntime.sleep(60)"
    running = asyncio.create_task(supervisor(tmp_path, deaf, grace=0.3).run(stop))
    await until_started(tmp_path, 1)
    await asyncio.sleep(0.2)
    stop.set()
    async with asyncio.timeout(5):
        assert await running == 0
    assert not is_alive(starts(tmp_path)[0])


def test_delay_doubles_to_its_limit_and_starts_over_after_a_healthy_run() -> None:
    policy = RestartPolicy(first_delay=0.5, longest_delay=3.0, healthy_after=30)
    delays = [0.0]
    for _ in range(4):
        delays.append(policy.next_delay(delays[-1], ran=1))
    assert delays == [0.0, 0.5, 1.0, 2.0, 3.0]
    assert policy.next_delay(3.0, ran=31) == 0.0
