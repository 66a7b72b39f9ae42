"""The demo ends as the examples say: also with workers killed, stopped half-way, and with a person at it."""

import asyncio
import os
import pty
import re
import socket
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from runtime.setting_types import ROOT
from tests.e2e.demo_process import DemoProcess, below
from tests.processes import gone

LONG = pytest.mark.timeout(200)
SCRIPTED = ("--exit", "--json", "--any-port")


def assert_all_as_expected(document: dict[str, Any], said: str) -> None:
    wrong = {lead["id"]: lead["differences"] for lead in document["leads"] if lead["differences"]}
    assert (wrong, document["problems"], document["store"]["differences"]) == ({}, [], []), said
    keys = Counter(effect["key"] for lead in document["leads"] for effect in lead["effects"])
    assert set(keys.values()) == {1}, "one effect per key"
    assert document["effects"]["doubled"] == []
    customers = {one["name"]: one for one in document["customers"]}
    assert [one["differences"] for one in customers.values()] == [[], [], []], said
    assert {one["outcome"] for one in customers.values()} == {"onboarded", "undone", "cancelled"}
    assert {one["state"] for one in document["access_requests"]} == {"ended"}
    assert document["as_expected"] is True


@LONG
async def test_every_example_ends_as_expected() -> None:
    async with DemoProcess(*SCRIPTED) as demo:
        code, document = await demo.result()
    assert_all_as_expected(document, demo.said)
    assert code == 0
    assert len(document["leads"]) >= 44
    lead = document["leads"][0]
    assert {"id", "workflow_id", "lane", "state", "path", "owner", "rule", "effects"} <= set(lead)


@LONG
async def test_killed_workers_change_nothing() -> None:
    async with DemoProcess(*SCRIPTED, "--processes", "2") as demo:
        counts = await demo.until_completed(4)
        assert counts["running"] > 0, "nothing was in flight"
        first = demo.workers()
        for pid in first:
            os.kill(pid, 9)
        await demo.until_workers(2, other_than=first)
        counts = await demo.until_completed(counts["completed"] + 8)
        assert counts["running"] > 0, "nothing was in flight"
        supervisor, second = demo.supervisor(), demo.workers()
        assert not set(first) & set(second)
        for pid in (supervisor, *second):
            os.kill(pid, 9)
        by_hand = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "starters.cli", "worker", "--processes", "2"),
            env={**os.environ, **demo.environment},  # noqa: TID251 - a second terminal has one of its own
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        try:
            code, document = await demo.result()
        finally:
            by_hand.terminate()
            await by_hand.wait()
    assert "the workers have ended (killed by SIGKILL)" in demo.said
    assert_all_as_expected(document, demo.said)
    assert code == 0


@LONG
async def test_ctrl_c_in_the_middle_leaves_no_process() -> None:
    async with DemoProcess("--any-port") as demo:
        await demo.until_completed(1)
        started = demo.descendants()
        assert len(started) == 4, "a server, a supervisor, two workers"
        assert await demo.interrupted() == 130
        assert [await gone(pid) for pid in started] == [True] * len(started)
        assert not demo.descendants()
    assert "Traceback" not in demo.said


async def test_port_that_is_taken_is_one_line_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        async with DemoProcess("--exit", "--port", str(port)) as demo:
            out, said = await demo.process.communicate()
    assert demo.process.returncode == 8
    assert out == b""
    lines = said.decode().splitlines()
    assert len(lines) == 1
    assert f"port {port} for Temporal is taken by " in lines[0]
    assert "--any-port" in lines[0]


async def test_losses_without_servers_of_others_are_one_line_with_the_remedy() -> None:
    async with DemoProcess("--exit", "--drop-every", "5") as demo:
        out, said = await demo.process.communicate()
    assert (demo.process.returncode, out) == (2, b"")
    (line,) = said.decode().splitlines()
    assert "--with counterparts" in line


@LONG
async def test_person_at_the_terminal_decides_one_lead_and_leaves_with_ctrl_c() -> None:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "starters.cli", "demo", "--any-port"),
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "160", "LINES": "50"},  # noqa: TID251 - a terminal's
    )
    os.close(theirs)
    terminal = _Terminal(ours)
    try:
        await terminal.until("pprove or reject?")
        assert "Shall this lead go to sales?" in terminal.text
        os.write(ours, b"what?\nr\n")
        await terminal.until("Everything stays up until Ctrl-C")
        rows = re.findall(r"^review-ask-at-the-terminal.*$", terminal.text, re.MULTILINE)
        assert "rejected" in rows[-1]
        assert "Every lead ended as examples/expected.json says" in terminal.text
        assert re.search(r"Web UI, all runs +http://127.0.0.1:\d+/", terminal.text)
        started = below(process.pid)
        process.send_signal(2)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        assert [await gone(pid) for pid in started] == [True] * len(started)
    finally:
        terminal.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


class _Terminal:
    """The near end of a pseudo-terminal."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._written = b""

    @property
    def text(self) -> str:
        """What was written to it, without control sequences."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", self._written.decode(errors="replace"))

    async def until(self, words: str) -> None:
        """Reads on until these words were written."""
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._file, readable.set)
        try:
            async with asyncio.timeout(120):
                while words not in self.text:
                    await readable.wait()
                    readable.clear()
                    self._written += os.read(self._file, 65_536)
        finally:
            loop.remove_reader(self._file)

    def close(self) -> None:
        """Lets go of it."""
        os.close(self._file)
