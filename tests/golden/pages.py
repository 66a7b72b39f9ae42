"""The golden files: how they are written, and what is told about two of them that differ."""

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

HERE = Path(__file__).parent
WIRE_NAMES = HERE / "wire_names.json"
COMMAND_FINGERPRINTS = HERE / "command_fingerprints.json"

MISSING = "(none)"
MAX_LINE = 110
SEPARATOR = " > "


class Difference(NamedTuple):
    """One place where the code and its golden file disagree."""

    place: str
    was: str
    now: str

    @property
    def is_addition(self) -> bool:
        """Whether the code merely has something that it did not have."""
        return self.was == MISSING

    def __str__(self) -> str:
        was, now = (_lines(side) for side in (self.was, self.now))
        if was is None or now is None:
            return f"  {self.place}\n    was {self.was}\n    is  {self.now}"
        changes = difflib.unified_diff(was, now, n=2, lineterm="")
        return "\n".join([f"  {self.place}", *(f"    {line}" for line in changes if line[:3] not in _HEADS)])


_HEADS = ("---", "+++")


def _lines(side: str) -> list[str] | None:
    """The lines of a side that is a list of names."""
    value = [] if side == MISSING else json.loads(side)
    return cast("list[str]", value) if _are_names(value) else None


def written(page: Mapping[str, Any]) -> str:
    """A page as text: what fits stands on one line, so that a change of one field changes one line."""
    return _written(page, "") + "\n"


def _written(value: Any, indent: str) -> str:
    flat = _flat(value)
    if not isinstance(value, dict | list) or len(indent) + len(flat) <= MAX_LINE or not value:
        return flat
    inner = indent + " "
    if isinstance(value, list):
        parts = [_written(part, inner) for part in value]
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}]"
    pairs = cast("dict[str, Any]", value).items()
    lines = [f"{inner}{_flat(name)}: {_written(part, inner)}" for name, part in pairs]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def recorded(file: Path) -> dict[str, Any]:
    """What a golden file holds; nothing where there is none yet."""
    if not file.exists():
        return {}
    page: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return page


def differences(was: object, now: object, place: str = "", *, ordered: bool = False) -> Iterator[Difference]:
    """Yields every place at which two pages differ, the deepest that has a name.

    Args:
        was: a page, or a part of it.
        now: the same part of the other page.
        place: where the part stands.
        ordered: whether the order counts in a list of names; where it does not, each name counts by itself,
            so that one more is told from another one.
    """
    if not ordered and _are_names(was) and _are_names(now):
        was, now = _listed(was), _listed(now)
    if isinstance(was, dict) and isinstance(now, dict):
        before, after = cast("dict[str, object]", was), cast("dict[str, object]", now)
        for name in dict.fromkeys((*before, *after)):
            inner = f"{place}{SEPARATOR}{name}" if place else name
            if name not in after:
                yield Difference(inner, _flat(before[name]), MISSING)
            elif name not in before:
                yield Difference(inner, MISSING, _flat(after[name]))
            else:
                yield from differences(before[name], after[name], inner, ordered=ordered)
    elif was != now:
        yield Difference(place, _flat(was), _flat(now))


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in cast("list[object]", value))


def _listed(value: object) -> dict[str, str]:
    return dict.fromkeys(cast("list[str]", value), "listed")


def _flat(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def told(found: list[Difference]) -> str:
    """The differences as text, what is gone or changed first."""
    return "\n".join(str(one) for one in sorted(found, key=lambda one: (one.is_addition, one.place)))
