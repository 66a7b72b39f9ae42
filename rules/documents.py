"""Documents as data: what is refused before anybody asks what it means, and how a refusal is worded.

A refusal names fields and reasons, never values.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

MAX_TEXT = 1_000_000
"""Characters of one JSON document: four times the largest submission that fits the contract."""

MAX_DEPTH = 20
"""Levels of nesting; a submission has two."""

MAX_VALUES = 2_000
"""Values in one document; a full submission has fewer than a hundred."""

MAX_INTEGER = 2**63

MAX_PROBLEMS = 50

DOCUMENT = "submission"
"""What a problem of the whole document is filed under."""

UNREADABLE = "(a name that is not plain)"
"""Stands for a key that could hold anything, an address for example."""

TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"
NAME_IS_NO_TEXT = "has a name that is no text"

_JSON_TYPES = (str, bool, int, float, datetime, dict, list, tuple, type(None))
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ \-]{0,59}")


@dataclass(frozen=True)
class Problem:
    """One reason why a submission is refused."""

    field: str
    """Dotted name, or the column of a row."""
    reason: str
    """Plain words that do not repeat the value."""


class SubmissionRefused(Exception):
    """What is no submission; the text lists every problem and holds no value."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.reason}" for problem in problems))
        self.problems = problems


def decoded(text: str) -> object:
    """What a JSON text stands for.

    Raises:
        SubmissionRefused: it is too long, too deep, no JSON, or has a key twice.
    """
    if len(text) > MAX_TEXT:
        raise SubmissionRefused((Problem(DOCUMENT, f"must have at most {MAX_TEXT} characters"),))
    try:
        return json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=_unambiguous, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise SubmissionRefused((Problem(DOCUMENT, TOO_DEEP),)) from None
    except json.JSONDecodeError as error:
        place = f"is not JSON: line {error.lineno}, column {error.colno}"
        raise SubmissionRefused((Problem(DOCUMENT, place),)) from None
    except ValueError:
        raise SubmissionRefused((Problem(DOCUMENT, "holds a number with too many digits"),)) from None


def _unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    twice: dict[str, Problem] = {}
    for name, value in pairs:
        if name in found:
            twice[name] = Problem(readable_name(name), "appears twice")
        found[name] = value
    if twice:
        raise SubmissionRefused(tuple(twice.values())[:MAX_PROBLEMS])
    return found


def _refuse_constant(name: str) -> object:
    raise SubmissionRefused((Problem(DOCUMENT, f"holds {name}, which is no JSON number"),))


def structural_problems(document: dict[object, object]) -> tuple[Problem, ...]:
    """What keeps a document from being written as JSON, or makes it too big to look at."""
    problems: list[Problem] = []
    pending: list[tuple[tuple[object, ...], object]] = [((), document)]
    seen = 0
    while pending and len(problems) < MAX_PROBLEMS:
        place, value = pending.pop()
        inner = _inner(value)
        seen += len(inner)
        if seen > MAX_VALUES:
            return (Problem(DOCUMENT, f"holds more than {MAX_VALUES} values"),)
        reason = _structural_reason(value, depth=len(place))
        if reason:
            problems.append(Problem(dotted(place), reason))
        else:
            pending.extend(((*place, name), one) for name, one in inner)
    return tuple(problems)


def _inner(value: object) -> list[tuple[object, object]]:
    if isinstance(value, dict):
        return list(cast("dict[object, object]", value).items())
    if isinstance(value, list | tuple):
        return list(enumerate(cast("Sequence[object]", value)))
    return []


def _structural_reason(value: object, depth: int) -> str | None:
    names = cast("dict[object, object]", value) if isinstance(value, dict) else ()
    reasons = {
        TOO_DEEP: depth > MAX_DEPTH,
        NAME_IS_NO_TEXT: not all(isinstance(name, str) and _is_text(name) for name in names),
        "holds characters that are no Unicode text": isinstance(value, str) and not _is_text(value),
        "must be a finite number": isinstance(value, float) and not math.isfinite(value),
        "is too large a number": isinstance(value, int) and abs(value) >= MAX_INTEGER,
        "has a type that JSON does not have": not isinstance(value, _JSON_TYPES),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _is_text(value: str) -> bool:
    """Whether it can be written down: half a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def readable_name(key: str) -> str:
    """The key if it looks like a name; else it may be anything, and is not repeated."""
    return key if _PLAIN_NAME.fullmatch(key) else UNREADABLE


def dotted(place: Sequence[object]) -> str:
    """The dotted name of a place in a document."""
    return ".".join(readable_name(one) for one in place if isinstance(one, str)) or DOCUMENT
