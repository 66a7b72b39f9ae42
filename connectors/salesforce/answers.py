"""Salesforce's answers, as far as they are read."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.http import Answer


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Saved(_Part):
    """What was written."""

    id: str = Field(min_length=15)


class Column(_Part):
    """A field of an object's schema."""

    name: str
    length: int = 0
    updateable: bool = False
    unique: bool = False


class Described(_Part):
    """An object's schema."""

    fields: tuple[Column, ...]


P = TypeVar("P", bound=_Part)


def read(answer: Answer, kind: type[P]) -> P:
    """An answer as its model has it. Raises MALFORMED."""
    try:
        return kind.model_validate(answer.object())
    except ValidationError:
        raise answer.malformed("lacks fields that it must have") from None


def text(row: Mapping[str, Any], name: str) -> str | None:
    """A value of a row as text; whole numbers without their fraction."""
    value = row.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if value not in (None, "") else None
