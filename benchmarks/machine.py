"""What was measured on: without it a number says nothing."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from runtime.dev_server import temporal_binary

KIBIBYTES_A_GIBIBYTE = 1024 * 1024


def description() -> dict[str, str]:
    """The machine and the versions of what runs on it."""
    server = subprocess.run([temporal_binary(), "--version"], capture_output=True, text=True, check=False)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return {
        "machine": f"{os.cpu_count()} x {_processor()}, {_memory()}",
        "system": f"{platform.system()} {platform.release()}",
        "load before": f"{load} (1, 5, 15 minutes)",
        "python": platform.python_version(),
        "temporalio": version("temporalio"),
        "server": server.stdout.strip(),
        "store": f"SQLite by SQLAlchemy {version('sqlalchemy')}, on file",
    }


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> str:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal"):
            return f"{int(line.split()[1]) / KIBIBYTES_A_GIBIBYTE:.0f} GiB"
    return "memory unknown"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
