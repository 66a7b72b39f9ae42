"""Recognisable secrets in every setting that holds one, found by walking the models of the settings."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from connectors.settings import Connections, ConnectorSettings
from runtime.settings import variable
from tests.connectors.strict_google import PEM

SHORTEST = 16
"""Of a part of a secret that is looked for: less could stand anywhere by chance."""


@dataclass(frozen=True)
class Planted:
    """A secret as a setting holds it."""

    area: str
    field: str
    value: str

    def forms(self) -> Iterator[bytes]:
        """What betrays it: its parts, as they are and as others write them."""
        for part in self._parts():
            yield part.encode()
            yield quote(part, safe="").encode()
            # In the middle of something longer, base64 looks in three ways.
            for shift in range(3):
                coded = base64.b64encode(b" " * shift + part.encode())
                yield coded[4 : len(coded) - 4]

    def _parts(self) -> list[str]:
        if self.value == PEM:
            return [line for line in PEM.splitlines() if len(line) >= SHORTEST and "PRIVATE" not in line]
        text = text_of(self.area, self.field)
        return [text, *([self.value.removeprefix("whsec_")] if self.value.startswith("whsec_") else [])]


def text_of(area: str, field: str) -> str:
    """What is planted, where any text will do."""
    return f"pLanted.{area}.{field}.7f3a9c51"


def secrets(url: str) -> tuple[Planted, ...]:
    """One for every secret of every system that settings know."""
    return tuple(
        Planted(area, name, _fitting(area, name, model.model_fields[name], url))
        for area, model in areas()
        for name in model.secrets()
    )


def areas() -> Iterator[tuple[str, Any]]:
    """Every system that is spoken to, with the model of its settings."""
    for name in Connections.model_fields:
        yield name, Connections.area_of(name)


def choices() -> dict[str, dict[str, str]]:
    """For each system the choices that put it behind every port that it serves."""
    chosen: dict[str, dict[str, str]] = {}
    for port, field in ConnectorSettings.model_fields.items():
        for name in get_args(field.annotation):
            if name in Connections.model_fields:
                chosen.setdefault(name, {})[variable("connectors", port)] = name
    return chosen


def environment(url: str, others: Mapping[str, Any]) -> dict[str, str]:
    """Variables that set every system up to be at one URL, with its secrets planted.

    Args:
        url: of whoever stands in for all of them.
        others: values for the fields without defaults that are no secrets, by name.
    """
    found = {variable(one.area, one.field): one.value for one in secrets(url)}
    for area, model in areas():
        for name, field in model.model_fields.items():
            if name in model.secrets():
                continue
            if name.endswith("url"):
                found[variable(area, name)] = f"{url}/{area}"
            elif f"{area}.{name}" in others:
                found[variable(area, name)] = _text(others[f"{area}.{name}"])
            elif field.is_required():
                assert name in others, f"say what {area}.{name} is to be in this test"
                found[variable(area, name)] = _text(others[name])
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _fitting(area: str, name: str, field: FieldInfo, url: str) -> str:
    """The first of these shapes that the setting takes."""
    if name == "private_key":
        return PEM
    text = text_of(area, name)
    whsec = f"whsec_{base64.b64encode(text.encode()).decode()}"
    kind: Any = field.annotation
    for check in field.metadata:
        kind = Annotated[kind, check]
    for value in (text, f"{url}/{text}", whsec):
        try:
            TypeAdapter(kind).validate_python(value)
        except ValidationError:
            continue
        return value
    raise AssertionError(f"nothing fits {area}.{name}")
