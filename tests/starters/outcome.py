"""What a command left behind."""

import json
from dataclasses import dataclass
from typing import Any

from starters.exit_codes import ExitCode


@dataclass(frozen=True)
class Outcome:
    """Exit code, stdout and stderr of one command line."""

    code: ExitCode
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)
