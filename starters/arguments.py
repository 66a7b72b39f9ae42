"""Arguments and options that several commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeVar

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
AsPerson = Annotated[
    str, typer.Option("--as", metavar="PERSON", help="Id of the person who acts, as the policy names them.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in one line; it is recorded.")]
LeadId = Annotated[
    str, typer.Argument(metavar="LEAD", help="The lead's id, or the workflow id of one of its runs.")
]
RequestId = Annotated[
    str, typer.Argument(metavar="APPROVAL", help="The approval's id, as `approval list` shows it.")
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", metavar="SECONDS", min=1, max=3600, help="How long to wait for an answer."),
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="At most so many.")]

DEFAULT_TIMEOUT = 15.0
"""Seconds; a healthy worker answers in well under one."""

_Choice = TypeVar("_Choice", bound=StrEnum)


def choice(option: str, value: str, allowed: type[_Choice]) -> _Choice:
    """The member that a person named, in capitals or not, with hyphens or underscores.

    Raises:
        typer.BadParameter: it is not a member.
    """
    spelled = value.strip().lower()
    for member in allowed:
        if spelled in (member.value, member.value.replace("_", "-")):
            return member
    raise typer.BadParameter(f"must be one of {', '.join(allowed)}", param_hint=option)


def optional_choice(option: str, value: str | None, allowed: type[_Choice]) -> _Choice | None:
    """The same, or None where nothing was named."""
    return None if value is None else choice(option, value, allowed)


def lead_id_from(text: str) -> str:
    """The lead's id, from itself or from the workflow id of one of its runs.

    Raises:
        typer.BadParameter: no id looks like this.
    """
    from pydantic import TypeAdapter, ValidationError

    from contracts.base import Slug
    from contracts.ids import lead_id_of

    try:
        return TypeAdapter[str](Slug).validate_python(lead_id_of(text) if "/" in text else text)
    except (ValidationError, ValueError):
        raise typer.BadParameter("not the id of a lead", param_hint="LEAD") from None


def request_id_from(text: str) -> str:
    """The approval's id, which is its workflow id.

    Raises:
        typer.BadParameter: no approval's id looks like this.
    """
    from contracts.ids import lead_id_of, parent_of_approval

    try:
        lead_id_of(parent_of_approval(text))
    except ValueError:
        raise typer.BadParameter(
            "not the id of an approval; `approval list` shows them", param_hint="APPROVAL"
        ) from None
    return text


def line_from(option: str, text: str) -> str:
    """A text that must be one line without control characters.

    Raises:
        typer.BadParameter: it is not, or is longer than a line may be.
    """
    from pydantic import TypeAdapter, ValidationError

    from contracts.base import Line

    try:
        return TypeAdapter[str](Line).validate_python(text)
    except ValidationError as refused:
        reason = refused.errors(include_input=False, include_url=False)[0]["msg"]
        raise typer.BadParameter(reason, param_hint=option) from None
