"""What a later step may rely on because an earlier one has seen to it."""

from typing import TypeVar

T = TypeVar("T")


class NotYetKnown(Exception):
    """A step asked for what no earlier step has found out: a bug, so the run is suspended."""


def known(value: T | None, what: str) -> T:
    """Returns the value.

    Raises:
        NotYetKnown: there is none.
    """
    if value is None:
        raise NotYetKnown(what)
    return value
