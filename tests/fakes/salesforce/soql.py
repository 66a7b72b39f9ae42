"""As much of SOQL as is asked here; anything else is refused as malformed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
_QUERY = re.compile(
    r"SELECT (?P<fields>[\w, ]+) FROM (?P<name>\w+) WHERE (?P<where>.+?)"
    r"(?: ORDER BY CreatedDate)?(?: LIMIT (?P<limit>\d+))?$",
    re.DOTALL,
)
_TOKEN = re.compile(r"\s*('(?:\\.|[^'\\])*'|[\w]+|!=|[=(),])", re.DOTALL)


class Malformed(Exception):
    """A query that cannot be read."""


@dataclass(frozen=True)
class Query:
    """A query that was read."""

    name: str
    fields: tuple[str, ...]
    matches: Callable[[Row], bool]
    asked: frozenset[str]
    """Fields that it compares."""
    limit: int


def parsed(text: str) -> Query:
    found = _QUERY.match(text)
    if found is None:
        raise Malformed(text)
    reader = _Reader(found["where"])
    matches = reader.alternatives()
    if reader.tokens:
        raise Malformed(text)
    fields = tuple(one.strip() for one in found["fields"].split(","))
    return Query(found["name"], fields, matches, frozenset(reader.asked), int(found["limit"] or 2_000))


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = list[str]()
        self.asked = set[str]()
        at = 0
        while at < len(text.rstrip()):
            token = _TOKEN.match(text, at)
            if token is None:
                raise Malformed(text)
            self.tokens.append(token[1])
            at = token.end()

    def alternatives(self) -> Callable[[Row], bool]:
        parts = [self._all()]
        while self.tokens[:1] == ["OR"]:
            self._next()
            parts.append(self._all())
        return lambda row: any(part(row) for part in parts)

    def _all(self) -> Callable[[Row], bool]:
        parts = [self._one()]
        while self.tokens[:1] == ["AND"]:
            self._next()
            parts.append(self._one())
        return lambda row: all(part(row) for part in parts)

    def _one(self) -> Callable[[Row], bool]:
        if self.tokens[:1] == ["("]:
            self._next()
            inner = self.alternatives()
            self._next()
            return inner
        name, operator = self._next(), self._next()
        self.asked.add(name)
        if operator == "IN":
            self._next()
            wanted = [_value(self._next())]
            while self._next() == ",":
                wanted.append(_value(self._next()))
            return lambda row: row.get(name) in wanted
        value = _value(self._next())
        match operator:
            case "=":
                return lambda row: _same(row.get(name), value)
            case "!=":
                return lambda row: not _same(row.get(name), value)
            case "LIKE":
                pattern = re.compile(".*".join(map(re.escape, str(value).split("%"))), re.IGNORECASE)
                return lambda row: pattern.fullmatch(str(row.get(name) or "")) is not None
        raise Malformed(operator)

    def _next(self) -> str:
        if not self.tokens:
            raise Malformed("it ends too soon")
        return self.tokens.pop(0)


def _value(token: str) -> Any:
    if token.startswith("'"):
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), token[1:-1])
    if token in ("true", "null"):
        return {"true": True, "null": None}[token]
    raise Malformed(token)


def _same(held: Any, wanted: Any) -> bool:
    both_texts = isinstance(held, str) and isinstance(wanted, str)
    return bool(held.lower() == wanted.lower() if both_texts else held == wanted)
