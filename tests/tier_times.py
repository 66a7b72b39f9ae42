"""A pytest plugin that says how long each tier took, and which tiers did not run at all.

A tier is a folder directly below `tests/`. Where several processes run the suite, their times are added up.
"""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Add the report to this run."""
    config.pluginmanager.register(TierTimes(), "tier-times")


class TierTimes:
    """Adds up what pytest reports, test by test."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._tests: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count set-up, call and teardown to the tier: a server that a fixture starts is part of the cost."""
        tier = tier_of(report.nodeid)
        self._seconds[tier] += report.duration
        self._tests[tier] += report.when == "setup"
        self._skipped[tier] += report.skipped

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write one line a tier, above pytest's own summary line."""
        if not self._tests:
            return
        terminalreporter.section("tiers")
        for tier, seconds in sorted(self._seconds.items(), key=lambda item: -item[1]):
            skipped = f", {self._skipped[tier]} skipped" if self._skipped[tier] else ""
            terminalreporter.write_line(f"{tier:14} {seconds:7.1f} s  {self._tests[tier]:5} tests{skipped}")
        if left_out := sorted(tiers_on_disk() - set(self._seconds)):
            terminalreporter.write_line(f"not run: {', '.join(left_out)}")


def tier_of(nodeid: str) -> str:
    """The folder below `tests/` that a test stands in, or `tests` for a file directly there."""
    folders = nodeid.partition("::")[0].split("/")
    return folders[1] if len(folders) > len(("tests", "test_file.py")) else "tests"


def tiers_on_disk() -> set[str]:
    """Every folder directly below `tests/` that holds tests."""
    return {path.name for path in TESTS.iterdir() if any(path.glob("**/test_*.py"))}
