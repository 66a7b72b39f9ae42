"""Installs counterparts, each into an environment of its own, from lock files with hashes."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from pathlib import Path

from runtime.child_process import bound_to_parent, end_child, last_words
from runtime.counterparts.catalogue import CLIENTS, COUNTERPARTS, NODE, Counterpart
from runtime.counterparts.places import HOME, SCRIPTS, environment, node_home, python_of
from runtime.problems import CounterpartProblem

Say = Callable[[str], None]
"""Takes a line of progress."""

_PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off")
_HASHED = ("--require-hashes", "--no-deps", "-r")
_STOP_WITHIN = 5.0


def is_installed(one: Counterpart) -> bool:
    """Whether the last complete installation was of what the lock files name now."""
    stamp = _stamp(one)
    return stamp.exists() and stamp.read_text() == fingerprint(one)


def fingerprint(one: Counterpart) -> str:
    """A hash of all that an installation depends on."""
    sources = [one.python_lock, *sorted(one.node_lock.glob("*.json"))]
    if one.prepare:
        sources.append(SCRIPTS / f"prepare_{one.name}.py")
    contents = b"".join(source.read_bytes() for source in sources if source.exists())
    return hashlib.sha256(contents + f"{sys.version_info[:2]}{one.name}".encode()).hexdigest()


async def install(names: Iterable[str], say: Say) -> dict[str, float]:
    """Installs what is not installed yet; the seconds that each took.

    Raises:
        CounterpartProblem: with what to do.
    """
    known = {**COUNTERPARTS, **CLIENTS}
    wanted = [known[name] for name in names]
    if any(NODE.name in one.needs for one in wanted):
        wanted.insert(0, NODE)
    if all(is_installed(one) for one in wanted):
        return {}
    took: dict[str, float] = {}
    async with _guarded(say):
        for one in wanted:
            if not is_installed(one):
                say(f"installing {one.name} {one.version} ...")
                started = time.monotonic()
                await _install(one)
                took[one.name] = time.monotonic() - started
                say(f"installed {one.name} {one.version} in {took[one.name]:.1f} s")
    return took


async def _install(one: Counterpart) -> None:
    folder = environment(one.name)
    # What is left of an installation that broke off goes first.
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    if one.node_lock.is_dir():
        await _install_for_node(one, folder)
    else:
        await _install_for_python(one, folder)
    if one.prepare:
        await _step(one, folder, one.prepare(folder))
    _stamp(one).write_text(fingerprint(one))


async def _install_for_python(one: Counterpart, folder: Path) -> None:
    lock = (*_HASHED, str(one.python_lock))
    if uv := _uv():
        await _step(one, HOME, [uv, "venv", "--python", sys.executable, str(folder)])
        await _step(one, HOME, [uv, "pip", "install", "--python", python_of(one.name), *lock])
        return
    await _step(one, HOME, [sys.executable, "-m", "venv", str(folder)])
    await _step(one, HOME, [python_of(one.name), *_PIP, *lock])


async def _install_for_node(one: Counterpart, folder: Path) -> None:
    await asyncio.to_thread(shutil.copytree, one.node_lock, folder)
    npm = node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = str(node_home() / "bin" / "node")
    await _step(one, folder, [node, str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"])


def _uv() -> str | None:
    beside_python = Path(sys.executable).parent / "uv"
    return str(beside_python) if beside_python.is_file() else shutil.which("uv")


def _stamp(one: Counterpart) -> Path:
    return environment(one.name) / ".installed"


async def _step(one: Counterpart, folder: Path, command: Sequence[str]) -> None:
    log_file = HOME / f"{one.name}.log"
    with log_file.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *bound_to_parent(command, os.getpid()),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        code = await process.wait()
    finally:
        await end_child(process, _STOP_WITHIN)
    if code:
        raise CounterpartProblem(
            f"{one.name} could not be installed: {last_words(log_file, 1)}: check the network, the disk and "
            f"`pip config list`, and run `./throughline counterparts install {one.name}` again "
            f"(log: {log_file})"
        )


@contextlib.asynccontextmanager
async def _guarded(say: Say) -> AsyncGenerator[None]:
    """One installation at a time: a second start waits here for the first."""
    HOME.mkdir(exist_ok=True)
    with (HOME / "install.lock").open("w") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another installation is under way, waiting for it ...")
            await asyncio.to_thread(fcntl.flock, guard, fcntl.LOCK_EX)
        yield
