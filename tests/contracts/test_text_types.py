"""Bounded texts: what fits and what is refused."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.base import Key, Line, LongText, Slug, Text

FITS: list[tuple[Any, str]] = [
    (Line, ""),
    (Line, "x" * 500),
    (Line, "Zoë 李 \u00a0"),
    (Slug, "a"),
    (Slug, "2026-11-21.1:x_y"),
    (Slug, "x" * 120),
    (Text, "one\r\n\ttwo"),
    (Text, "x" * 20_000),
    (LongText, "x" * 200_000),
    (Key, "lead-intake/c1#create_task"),
    (Key, "x" * 255),
]

REFUSED: list[tuple[Any, str]] = [
    (Line, "x" * 501),
    (Line, "one\ntwo"),
    (Line, "one\rtwo"),
    (Line, "tab\there"),
    (Line, "nul\x00"),
    (Line, "escape\x1b[2J"),
    (Line, "delete\x7f"),
    (Slug, ""),
    (Slug, "x" * 121),
    (Slug, "-a"),
    (Slug, "a b"),
    (Slug, "a/b"),
    (Slug, "a\n"),
    (Slug, "ada@analytical.example"),
    (Slug, "é"),
    (Text, "x" * 20_001),
    (Text, "nul\x00"),
    (Text, "bell\x07"),
    (LongText, "x" * 200_001),
    (LongText, "nul\x00"),
    (Key, ""),
    (Key, "x" * 256),
]


@pytest.mark.parametrize(("kind", "value"), FITS, ids=lambda value: repr(value)[:24])
def test_text_that_fits_is_kept_as_it_is(kind: Any, value: str) -> None:
    assert TypeAdapter(kind).validate_python(value) == value


@pytest.mark.parametrize(("kind", "value"), REFUSED, ids=lambda value: repr(value)[:24])
def test_text_that_does_not_fit_is_refused(kind: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)
