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
    SEPARATOR,
    WIRE_NAMES,
    Difference,
    differences,
    recorded,
    told,
    written,
)
from tests.golden.wire import wire_names

MESSAGE_DEPTH = 1
"""How deep below its section a message stands on the page."""

PAGES: Mapping[Path, Callable[[], dict[str, Any]]] = {
    WIRE_NAMES: wire_names,
    COMMAND_FINGERPRINTS: fingerprints,
}


def record(*, breaking: bool, say: Callable[[str], object]) -> bool:
    """Writes each golden file that differs; returns False where one was left because it would break."""
    all_written = True
    for file, read_off in PAGES.items():
        page = read_off()
        found = list(differences(recorded(file), page, ordered=file == COMMAND_FINGERPRINTS))
        if not found:
            say(f"{file.name}: unchanged\n")
            continue
        say(f"{file.name}:\n{told(found)}\n")
        if breaking or not breaks(file, found):
            file.write_text(written(page), encoding="utf-8")
            say(f"{file.name}: written\n")
        else:
            say(f"{file.name}: not written, it breaks open runs or callers; if it does not: --breaking\n")
            all_written = False
    return all_written


def breaks(file: Path, found: list[Difference]) -> bool:
    """Whether writing a file needs a second thought: any change of commands does, more names do not."""
    if not file.exists():
        return False
    return file == COMMAND_FINGERPRINTS or not all(map(is_harmless, found))


def is_harmless(one: Difference) -> bool:
    """Whether a difference of names is more of something, which still reads every older payload.

    Inside a message that is a field with a default, or one more value of an enum; anything else that is
    added to a field makes it narrower.
    """
    section, *place = one.place.split(SEPARATOR)
    if not one.is_addition or section != "contracts" or len(place) == MESSAGE_DEPTH:
        return one.is_addition
    is_field = len(place) == MESSAGE_DEPTH + 1
    return '"required": true' not in one.now if is_field else place[-2] == "enum"


if __name__ == "__main__":
    sys.exit(0 if record(breaking="--breaking" in sys.argv[1:], say=sys.stdout.write) else 1)
