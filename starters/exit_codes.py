"""What a command's exit code means; scripts may rely on these numbers."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended. A number never changes its meaning."""

    OK = 0
    FAILED = 1
    """Something unexpected, or a check that found a problem (`doctor`, `reconcile`)."""
    USAGE = 2
    """The command line itself is wrong; nothing was tried."""
    INPUT_REFUSED = 3
    """What was handed in cannot be used; the message names what and where. Of an import: some rows."""
    NOT_FOUND = 4
    """No such run, approval or entry."""
    REFUSED_BY_RUN = 5
    """Whoever got the command, most often a run, said no; the message gives the reason."""
    UNREACHABLE = 6
    """Temporal or the store does not answer."""
    NO_ANSWER = 7
    """The time given was not enough, most often because no worker runs."""
    MISCONFIGURED = 8
    """A setting or the policy bundle is wrong; `doctor` says which."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed unexpectedly, or a check found a problem",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.INPUT_REFUSED: "the input cannot be used (import: some rows were refused)",
    ExitCode.NOT_FOUND: "no such run, approval or entry",
    ExitCode.REFUSED_BY_RUN: "refused by the run, with its reason",
    ExitCode.UNREACHABLE: "Temporal or the store does not answer",
    ExitCode.NO_ANSWER: "not answered in time: most often no worker runs",
    ExitCode.MISCONFIGURED: "a setting or the policy bundle is wrong",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C",
}
"""One line each, for `./throughline --help`."""
