"""`./throughline counterparts` as a person types it: addresses on stdout, everything ended at Ctrl-C."""

import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from runtime.counterparts.catalogue import COUNTERPARTS
from runtime.counterparts.installing import fingerprint, install, is_installed
from runtime.counterparts.places import program
from runtime.counterparts.servers import CounterpartServer
from runtime.problems import CounterpartProblem

COMMAND = [sys.executable, "-P", "-m", "starters.cli", "counterparts"]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_started_servers_answer_at_the_addresses_that_are_told_and_end_with_the_command(
    scim2_server: CounterpartServer,
) -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "start", "scim2-server", "radicale", "--json", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    told = json.loads(await process.stdout.readuntil(b"\n}\n"))["counterparts"]
    async with httpx.AsyncClient() as http:
        for one in told:
            assert (await http.get(one["address"])).status_code < 500
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    assert [one["counterpart"] for one in told] == ["scim2-server", "radicale"]
    assert [one["counterpart"] for one in told if is_alive(one["pid"])] == []


async def test_what_is_installed_is_not_installed_again(
    scim2_server: CounterpartServer, radicale: CounterpartServer
) -> None:
    said: list[str] = []
    started = time.monotonic()
    assert await install(["scim2-server", "radicale"], said.append) == {}
    assert said == []
    assert time.monotonic() - started < 1


async def test_other_contents_of_a_lock_file_want_another_installation(
    radicale: CounterpartServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = COUNTERPARTS["radicale"]
    before = fingerprint(one)
    (tmp_path / "radicale.txt").write_text(one.python_lock.read_text() + "\n")
    monkeypatch.setattr("runtime.counterparts.catalogue.LOCKS", tmp_path)
    assert fingerprint(one) != before
    assert not is_installed(one)
    with pytest.raises(CounterpartProblem, match="counterparts install radicale"):
        await CounterpartServer(one, tmp_path / "run").start()


async def test_server_that_ends_at_once_is_told_with_its_last_words(
    radicale: CounterpartServer, tmp_path: Path
) -> None:
    refused = replace(
        COUNTERPARTS["radicale"], command=lambda run: [program("radicale", "radicale"), "--no-such"]
    )
    with pytest.raises(CounterpartProblem, match=r"radicale has ended \(exit code 2\): .*--no-such"):
        await CounterpartServer(refused, tmp_path).start()


async def test_unknown_name_is_a_usage_error_that_names_it() -> None:
    process = await asyncio.create_subprocess_exec(*COMMAND, "start", "odoo", stderr=asyncio.subprocess.PIPE)
    _, told = await process.communicate()
    assert process.returncode == 2
    assert told.decode().startswith("throughline: no counterpart is called odoo, counterparts: `./through")
