"""One JSON document that a person hands in: every way it can be wrong has its own words."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from rules.documents import DocumentRefused, Problem, decoded
from starters.console import CommandFailure
from starters.input_text import STDIN, read_text, refused

SHOWN_PROBLEMS = 5


def document_in(file: str, whole: str) -> object:
    """What stands in a JSON file, or on stdin where the name is `-`.

    Args:
        file: its name.
        whole: what it should be, in a word.

    Raises:
        CommandFailure: INPUT_REFUSED.
    """
    with refusing(file):
        return decoded(read_text(file), whole)


@contextmanager
def refusing(file: str) -> Generator[None]:
    """Translates a refusal.

    Raises:
        CommandFailure: INPUT_REFUSED, naming each field and why, never the value.
    """
    try:
        yield
    except DocumentRefused as wrong:
        raise refusal(wrong.problems, file) from None


def refusal(problems: Sequence[Problem], file: str) -> CommandFailure:
    """A document that cannot be used."""
    name = "stdin" if file == STDIN else file
    return refused(
        problems_in_words(problems), name, "correct it and run this again; nothing was done", problems
    )


def problems_in_words(problems: Sequence[Problem]) -> str:
    """The first few, on one line."""
    shown = "; ".join(f"{one.field} {one.reason}" for one in problems[:SHOWN_PROBLEMS])
    more = len(problems) - SHOWN_PROBLEMS
    return shown + (f"; and {more} more (--json lists them)" if more > 0 else "")
