"""Records histories: `python -m tests.replay.record`. README.md says when, and when never.

(nothing)                       what has a scenario and no history yet
--only NAME ...                 only these of them
--rerecord NAME ... --reason T  writes these over; the reason goes into the manifest
--all --before-first-release    writes all of them over, while no run of anybody's can be open
--remeasure                     records nothing; measures anew which transitions each history covers
"""

import argparse
import asyncio
import logging
import re
import sys
from collections.abc import Callable, Sequence

from tests.architecture.source_tree import ROOT
from tests.replay.corpus import Entry, path_of, read_manifest, write_manifest
from tests.replay.recorder import (
    AT_ONCE,
    SCENARIO_OF,
    Studio,
    keep,
    open_studio,
    played,
    remeasure,
    scenarios_of,
)
from tests.replay.scenario import Scenario

RELEASED = re.compile(r"^## \[\d+\.\d+\.\d+\]", re.MULTILINE)

MAX_TOLD = 2_000
"""Characters of a failure that are shown: it quotes the last status of a run."""

Wanted = dict[str, str | None]
"""The histories to be written, with the reason where one is written over."""


class Refused(Exception):
    """What was asked for is against the rules; the text says which."""


def wanted(arguments: argparse.Namespace) -> Wanted:
    """What is to be recorded.

    Raises:
        Refused: an unknown name, or a history that would be written over without a reason.
    """
    named: list[str] = [*(arguments.only or ()), *(arguments.rerecord or ())]
    if unknown := sorted(set(named) - set(SCENARIO_OF)):
        raise Refused(f"no scenario yields {', '.join(unknown)}")
    if arguments.all:
        return dict.fromkeys(SCENARIO_OF, _before_first_release(arguments.before_first_release))
    if arguments.rerecord:
        if not (arguments.reason or "").strip():
            raise Refused("--rerecord needs --reason: why no open run can need the old history")
        return dict.fromkeys(arguments.rerecord, str(arguments.reason).strip())
    missing: Wanted = dict.fromkeys(name for name in SCENARIO_OF if not path_of(name).exists())
    if arguments.only is None:
        return missing
    if there := sorted(set(arguments.only) - set(missing)):
        raise Refused(f"{', '.join(there)}: recorded already, and never written over by itself (README.md)")
    return dict.fromkeys(arguments.only)


def _before_first_release(said: bool) -> str:
    if not said:
        raise Refused("--all needs --before-first-release")
    if RELEASED.search((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")):
        raise Refused("CHANGELOG.md has a release: runs of it can be open, so their histories stay")
    return "Before the first release."


async def record(names: Wanted, say: Callable[[str], object]) -> list[str]:
    """Plays what is needed and keeps these histories; one that goes wrong does not stop the others.

    Returns what went wrong, a line each.
    """
    entries: dict[str, Entry] = {}
    seats = asyncio.Semaphore(AT_ONCE)

    async def recorded(scenario: Scenario, studio: Studio) -> None:
        async with seats:
            histories = await played(scenario, studio)
            for name in histories.keys() & names.keys():
                entries[name] = await keep(name, histories[name], scenario.covers[name], names[name])
                say(f"{name}: {entries[name].events} events\n")

    scenarios = scenarios_of(names)
    async with open_studio() as studio:
        results = await asyncio.gather(
            *(recorded(scenario, studio) for scenario in scenarios), return_exceptions=True
        )
    write_manifest({**read_manifest(), **entries})
    return [
        f"{', '.join(scenario.covers)}: {type(error).__name__}: {str(error)[:MAX_TOLD]}"
        for scenario, error in zip(scenarios, results, strict=True)
        if isinstance(error, BaseException)
    ]


def main(arguments: Sequence[str]) -> int:
    """Runs one command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.replay.record",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--rerecord", nargs="+", metavar="NAME")
    parser.add_argument("--reason")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--before-first-release", action="store_true")
    parser.add_argument("--remeasure", action="store_true")
    given = parser.parse_args(arguments)
    # Scenarios fail steps on purpose, and the SDK warns of each.
    logging.getLogger("temporalio").setLevel(logging.ERROR)
    if given.remeasure:
        sys.stdout.write("\n".join(asyncio.run(remeasure())) + "\n")
        return 0
    try:
        names = wanted(given)
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    problems = asyncio.run(record(names, sys.stdout.write)) if names else []
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
