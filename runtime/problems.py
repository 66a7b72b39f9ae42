"""What a person at the terminal can put right: shown as one line, never as a traceback."""

from typing import ClassVar


class Problem(Exception):
    """Something outside the code is wrong: the text says what, where, and what to do about it.

    It never holds a secret or personal data. The exit codes follow sysexits.h, so that a supervisor can
    tell what a restart may heal (69) from what it can't (78).
    """

    exit_code: ClassVar[int] = 1


class SettingsProblem(Problem):
    """A setting is missing or wrong; one line per setting, naming its variable and never its value."""

    exit_code = 78


class TemporalUnreachable(Problem):
    """The Temporal server does not answer, or does not know the namespace."""

    exit_code = 69


class DevServerProblem(Problem):
    """The local Temporal server cannot be started, or has ended."""

    exit_code = 69


class CounterpartProblem(Problem):
    """A counterpart can't be installed or started, or has ended."""

    exit_code = 69
