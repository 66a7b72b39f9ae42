"""Reads the text of a policy file: plain values, and the line that each of them stands on.

A small dialect, so that a page means what it looks like: `17:30` and `2026-12-25` stay text, only `true` and
`false` are truth values (`NO` is Norway), a key stands once, and nothing refers to what is written elsewhere.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import yaml

Place = tuple[str | int, ...]
"""Where a value stands in a document: keys and list positions from the top."""

MAX_DEPTH = 40
"""No honest condition is nested deeper; beyond it a page is a mistake or an attack."""


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One thing that is wrong with a bundle."""

    file: str
    line: int
    """1 for the first line."""
    where: str
    """The place in words, with the ids of rules and people instead of their positions."""
    message: str

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"{self.file}:{self.line}: {where}{self.message}"


class PolicyRefused(Exception):
    """A bundle that cannot be used. Nothing of it is used then."""

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A file as read."""

    file: str
    data: Mapping[str, Any]
    lines: Mapping[Place, int]

    def problem(self, place: Place, message: str) -> PolicyProblem:
        """A problem with a place of this page, or with the nearest place above it that is there."""
        known, words = self._known_part(place)
        return PolicyProblem(self.file, self.lines.get(known, 1), words, message)

    def _known_part(self, place: Place) -> tuple[Place, str]:
        """Follows a place; parts that are not in it name missing keys or schema branches."""
        known: Place = ()
        words = ""
        value: object = self.data
        for part in place:
            deeper = _member(value, part)
            if deeper is _MISSING:
                continue
            known, value = (*known, part), deeper
            words += _spelled(part, value, first=not words)
        return known, words


_MISSING = object()
_NAMING_KEYS = ("id", "name", "person", "step")
"""What an entry of a list is called by, where it has such a key."""


def _member(value: object, part: str | int) -> object:
    if isinstance(value, dict):
        return cast("dict[object, object]", value).get(part, _MISSING)
    items = cast("list[object]", value) if isinstance(value, list) else []
    return items[part] if isinstance(part, int) and 0 <= part < len(items) else _MISSING


def _spelled(part: str | int, value: object, *, first: bool) -> str:
    if isinstance(part, str):
        return part if first else f".{part}"
    names = (_member(value, key) for key in _NAMING_KEYS)
    return f"[{next((name for name in names if isinstance(name, str)), part)}]"


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the few scalar types of the dialect, without aliases and tags."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        alias = self.check_event(yaml.AliasEvent)
        event: Any = cast("Any", self).peek_event()
        if alias or getattr(event, "tag", None) is not None:
            what = (
                "aliases are not read here: write the value where it is used"
                if alias
                else "tags are not read"
            )
            raise yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {}
_resolvers: Any = _Loader
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(?:0|[1-9][0-9]{0,17})", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
):
    _resolvers.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first)
    )


def read_page(file: str, text: str) -> PolicyPage:
    """The values of a file and their lines.

    Raises:
        PolicyRefused: the text is not YAML, holds a key twice, or is not a mapping at the top.
    """
    try:
        loader: Any = _Loader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise PolicyRefused([PolicyProblem(file, 1, "", "the file must hold keys with values")])
        lines: dict[Place, int] = {}
        found = list(_survey(node, (), lines))
        page = PolicyPage(file, loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = PolicyProblem(file, mark.line + 1 if mark else 1, "", f"not readable: {error.problem}")
        raise PolicyRefused([problem]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = PolicyProblem(file, line, "", "holds a character that YAML does not allow")
        raise PolicyRefused([problem]) from error
    except RecursionError as error:
        raise PolicyRefused([PolicyProblem(file, 1, "", "is nested too deep")]) from error
    if found:
        raise PolicyRefused([replace(page.problem(place, text), line=line) for place, line, text in found])
    return page


def _survey(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Iterator[tuple[Place, int, str]]:
    """Notes the line of every place below a node, and yields what is wrong with its keys."""
    lines.setdefault(place, node.start_mark.line + 1)
    if len(place) > MAX_DEPTH:
        yield place, node.start_mark.line + 1, f"is nested deeper than {MAX_DEPTH} levels"
    elif isinstance(node, yaml.MappingNode):
        yield from _survey_keys(node, place, lines)
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _survey(item, (*place, position), lines)


def _survey_keys(
    node: yaml.MappingNode, place: Place, lines: dict[Place, int]
) -> Iterator[tuple[Place, int, str]]:
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or not key.tag.endswith(":str"):
            yield place, line, "a key must be text; quote it if it looks like a number"
            continue
        inner = (*place, str(key.value))
        if inner in lines:
            yield (
                inner,
                line,
                f"the key {key.value!r} stands here a second time, first on line {lines[inner]}",
            )
            continue
        lines[inner] = line
        yield from _survey(value, inner, lines)
