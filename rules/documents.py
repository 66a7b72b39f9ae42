"""Documents as data: what is refused before anybody asks what it means, and how a refusal is worded.

A refusal names fields and reasons, never values.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar, cast

from pydantic import ValidationError

from contracts.base import Contract

MAX_TEXT = 1_000_000
"""Characters of one JSON document: four times the largest submission that fits the contract."""

MAX_DEPTH = 20
"""Levels of nesting; a submission has two, an order three."""

MAX_VALUES = 2_000
"""Values in one document; a full submission has fewer than a hundred."""

MAX_INTEGER = 2**63

MAX_PROBLEMS = 50

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Instants outside are slips or mixed-up units; at the far ends they cannot be converted between zones."""

# By the error types of pydantic, in words for people who fill in forms and tables.
_REASONS = {
    "bool_type": "must be true or false",
    "datetime_from_date_parsing": "must be an ISO 8601 date and time",
    "datetime_parsing": "must be an ISO 8601 date and time",
    "datetime_type": "must be an ISO 8601 date and time",
    "dict_type": "must be an object",
    "enum": "must be one of {expected}",
    "extra_forbidden": "is no field of {whole}",
    "float_type": "must be a number",
    "greater_than_equal": "must be at least {ge}",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "missing": "is missing",
    "model_type": "must be an object",
    "string_pattern_mismatch": "must have the form {pattern}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_type": "must be text",
    "timezone_aware": "must have a time zone offset",
    "too_long": "must have at most {max_length} characters",
    "too_short": "must not be empty",
    "value_error": "{error}",
}

UNREADABLE = "(a name that is not plain)"
"""Stands for a key that could hold anything, an address for example."""

TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"
NAME_IS_NO_TEXT = "has a name that is no text"

_JSON_TYPES = (str, bool, int, float, datetime, dict, list, tuple, type(None))
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ \-]{0,59}")

_Kind = TypeVar("_Kind", bound=Contract)


@dataclass(frozen=True)
class Problem:
    """One reason why a document is refused."""

    field: str
    """Dotted name, or the column of a row."""
    reason: str
    """Plain words that do not repeat the value."""


class DocumentRefused(Exception):
    """What is not what it should be; the text lists every problem and holds no value."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.reason}" for problem in problems))
        self.problems = problems


def decoded(text: str, whole: str) -> object:
    """What a JSON text stands for.

    Args:
        text: the document.
        whole: what a problem of the whole document is filed under, such as `submission`.

    Raises:
        DocumentRefused: it is too long, too deep, no JSON, or has a key twice.
    """
    if len(text) > MAX_TEXT:
        raise refusal(whole, f"must have at most {MAX_TEXT} characters")

    def refuse_constant(name: str) -> object:
        raise refusal(whole, f"holds {name}, which is no JSON number")

    try:
        return json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=_unambiguous, parse_constant=refuse_constant
        )
    except RecursionError:
        raise refusal(whole, TOO_DEEP) from None
    except json.JSONDecodeError as error:
        place = f"is not JSON: line {error.lineno}, column {error.colno}"
        raise refusal(whole, place) from None
    except ValueError:
        raise refusal(whole, "holds a number with too many digits") from None


def refusal(field: str, reason: str) -> DocumentRefused:
    """What is refused for one reason."""
    return DocumentRefused((Problem(field, reason),))


def object_in(data: object, whole: str) -> dict[object, object]:
    """The object that decoded JSON is, as a copy.

    Raises:
        DocumentRefused: it is none.
    """
    if not isinstance(data, dict):
        raise refusal(whole, "must be an object")
    return dict(cast("dict[object, object]", data))


def parsed(document: dict[object, object], kind: type[_Kind], whole: str) -> _Kind:
    """The message that an object stands for. Doors refuse what contracts ignore: unknown keys.

    Raises:
        DocumentRefused: it stands for none; each problem is named.
    """
    problems = structural_problems(document, whole)
    if problems:
        raise DocumentRefused(problems)
    try:
        # Strict JSON: a number is no text and "5" is no number, but an instant is written as text.
        return kind.model_validate_json(
            json.dumps(document, default=datetime.isoformat), strict=True, extra="forbid"
        )
    except ValidationError as error:
        raise DocumentRefused(problems_of(error, whole)) from None


def problems_of(error: ValidationError, whole: str) -> tuple[Problem, ...]:
    """What pydantic found wrong, in words for people."""
    found = error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]
    return tuple(
        Problem(dotted(one["loc"], whole), _reason(one["type"], one.get("ctx", {}), whole)) for one in found
    )


def refuse_far_instants(instants: Mapping[str, datetime | None]) -> None:
    """Raises DocumentRefused where one of these fields lies too far off to be meant."""
    reason = f"must lie between {EARLIEST:%Y} and {LATEST:%Y}"
    problems = tuple(
        Problem(field, reason)
        for field, instant in instants.items()
        if instant is not None and not EARLIEST <= instant < LATEST
    )
    if problems:
        raise DocumentRefused(problems)


def _reason(kind: str, context: Mapping[str, object], whole: str) -> str:
    article = "an" if whole[0] in "aeiou" else "a"
    return _REASONS.get(kind, "is not valid").format_map({**context, "whole": f"{article} {whole}"})


def _unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    twice: dict[str, Problem] = {}
    for name, value in pairs:
        if name in found:
            twice[name] = Problem(readable_name(name), "appears twice")
        found[name] = value
    if twice:
        raise DocumentRefused(tuple(twice.values())[:MAX_PROBLEMS])
    return found


def structural_problems(document: dict[object, object], whole: str) -> tuple[Problem, ...]:
    """What keeps a document from being written as JSON, or makes it too big to look at."""
    problems: list[Problem] = []
    pending: list[tuple[tuple[object, ...], object]] = [((), document)]
    seen = 0
    while pending and len(problems) < MAX_PROBLEMS:
        place, value = pending.pop()
        inner = _inner(value)
        seen += len(inner)
        if seen > MAX_VALUES:
            return (Problem(whole, f"holds more than {MAX_VALUES} values"),)
        reason = _structural_reason(value, depth=len(place))
        if reason:
            problems.append(Problem(dotted(place, whole), reason))
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


def dotted(place: Sequence[object], whole: str) -> str:
    """The dotted name of a place in a document; the whole's own where it is no part of it."""
    return ".".join(readable_name(one) for one in place if isinstance(one, str)) or whole
