"""Salesforce's answers, as far as they are read."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from connectors.answers import Said


class Saved(Said):
    """What was written."""

    id: str = Field(min_length=15)


class Outcome(Said):
    """What became of one record of a collection; a refusal comes with HTTP's word of success."""

    success: bool


class Column(Said):
    """A field of an object's schema."""

    name: str
    length: int = 0
    updateable: bool = False
    unique: bool = False


class Described(Said):
    """An object's schema."""

    fields: tuple[Column, ...]


def text(row: Mapping[str, Any], name: str) -> str | None:
    """A value of a row as text; whole numbers without their fraction."""
    value = row.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if value not in (None, "") else None
