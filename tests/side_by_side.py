"""A pytest plugin for a suite that runs in several processes: who runs what, and what they say at the end.

`./throughline test` runs the whole suite so. It is pytest-xdist that starts the processes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

HEAVY = (
    "tests/chaos/",
    "tests/e2e/",
    "tests/counterparts/test_demo.py",
    "tests/starters/test_outage_drill.py",
)
"""Tests that start a whole deployment each, or hundreds of runs: one process runs them, one after another."""

Lines = Callable[[], Sequence[str]]
SECTIONS = pytest.StashKey[dict[str, Lines]]()
SAID = "sections"
"""What a process hands over, by xdist's way to do so."""


def say_at_the_end(config: pytest.Config, title: str, lines: Lines) -> None:
    """Has lines written below the results, in whichever process they came to be."""
    config.stash.setdefault(SECTIONS, {})[title] = lines


class ByFile(LoadFileScheduling):  # type: ignore[misc]
    """Hands out a file at a time, and everything `HEAVY` to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return "heavy" if nodeid.startswith(HEAVY) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Files go out in the order that `pytest_collection_modifyitems` gave them."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files with the longest limit begin first, so that none of them is left over at the end."""
    if not _is_one_of_several(config):
        return
    limits = dict[str, float]()
    for item in items:
        limits[item.location[0]] = max(limits.get(item.location[0], 0), _limit(item))
    items.sort(key=lambda item: -limits[item.location[0]])


@pytest.hookimpl
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what this process has to say, if it is one of several."""
    if _is_one_of_several(session.config):
        said = {title: list(lines()) for title, lines in session.config.stash.get(SECTIONS, {}).items()}
        vars(session.config)["workeroutput"][SAID] = said


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Keep what a process said; one that died has said nothing."""
    name = node.gateway.id
    for title, lines in getattr(node, "workeroutput", {}).get(SAID, {}).items():
        say_at_the_end(node.config, f"{title} ({name})", list(lines).copy)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write it."""
    for title, lines in sorted(config.stash.get(SECTIONS, {}).items()):
        if told := lines():
            terminalreporter.section(title)
            for line in told:
                terminalreporter.write_line(line)


def _is_one_of_several(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _limit(item: pytest.Item) -> float:
    mark = item.get_closest_marker("timeout")
    limit = mark.args[0] if mark else item.config.getini("timeout")
    # A test without any limit says `timeout(0)`.
    return float(limit) or float("inf")
