"""Writes the golden files anew, deliberately.

`python -m tests.golden.record` says what has changed and writes what was only added. What is gone or
changed breaks somebody: it is written with `--breaking`, once the reasons of the failing test are answered.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.golden.fingerprints import fingerprints
from tests.golden.pages import (
    COMMAND_FINGERPRINTS,
    WIRE_NAMES,
    Difference,
    differences,
    recorded,
    told,
    written,
)
from tests.golden.wire import wire_names

PAGES: Mapping[Path, Callable[[], dict[str, Any]]] = {
    WIRE_NAMES: wire_names,
    COMMAND_FINGERPRINTS: fingerprints,
}


def record(*, breaking: bool, say: Callable[[str], object]) -> bool:
    """Writes each golden file that differs; returns False where one was left because it would break."""
    all_written = True
    for file, read_off in PAGES.items():
        page = read_off()
        found = list(differences(recorded(file), page))
        if not found:
            say(f"{file.name}: unchanged\n")
            continue
        say(f"{file.name}:\n{told(found)}\n")
        if breaking or not breaks(file, found):
            file.write_text(written(page), encoding="utf-8")
            say(f"{file.name}: written\n")
        else:
            say(f"{file.name}: not written; this breaks open runs or callers unless you know better: --breaking\n")
            all_written = False
    return all_written


def breaks(file: Path, found: list[Difference]) -> bool:
    """Whether writing the file needs a second thought: any change to a page that is there already."""
    is_new = not file.exists()
    only_more_names = file == WIRE_NAMES and all(one.is_addition for one in found)
    return not (is_new or only_more_names)


if __name__ == "__main__":
    sys.exit(0 if record(breaking="--breaking" in sys.argv[1:], say=sys.stdout.write) else 1)
