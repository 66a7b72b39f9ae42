"""Arguments and options that several commands share, declared once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
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
OnboardingId = Annotated[
    str, typer.Argument(metavar="ONBOARDING", help="The onboarding's id, or the workflow id of its run.")
]
AccessId = Annotated[
    str, typer.Argument(metavar="REQUEST", help="The access request's id, or the workflow id of its run.")
]
RequestId = Annotated[
    str, typer.Argument(metavar="APPROVAL", help="The approval's id, as `approval list` shows it.")
]
SignedAt = Annotated[
    str | None,
    typer.Option("--signed-at", metavar="TIME", help="When, as ISO 8601 with a zone; now if unset."),
]
LaneName = Annotated[
    str | None,
    typer.Option("--lane", metavar="LANE", help="running, waiting, blocked, escalated or completed."),
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", metavar="SECONDS", min=1, max=3600, help="How long to wait for an answer."),
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="At most so many.")]

DEFAULT_TIMEOUT = 15.0
"""Seconds; a healthy worker answers in well under one."""

_Choice = TypeVar("_Choice", bound=StrEnum)


def choice(option: str, value: str, allowed: type[_Choice], *, without: Collection[_Choice] = ()) -> _Choice:
    """The member that a person named, in capitals or not, with hyphens or underscores.

    Raises:
        typer.BadParameter: it is not a member.
    """
    spelled = value.strip().lower()
    members = [member for member in allowed if member not in without]
    for member in members:
        if spelled in (member.value, member.value.replace("_", "-")):
            return member
    raise typer.BadParameter(f"must be one of {', '.join(members)}", param_hint=option)


def optional_choice(
    option: str, value: str | None, allowed: type[_Choice], *, without: Collection[_Choice] = ()
) -> _Choice | None:
    """The same, or None where nothing was named."""
    return None if value is None else choice(option, value, allowed, without=without)


def lead_id_from(text: str) -> str:
    """The lead's id, from itself or from the workflow id of one of its runs.

    Raises:
        typer.BadParameter: no id looks like this.
    """
    from contracts.ids import lead_id_of

    return _id_from(text, lead_id_of, "LEAD", "not the id of a lead")


def onboarding_id_from(text: str) -> str:
    """The onboarding's id, from itself or from the workflow id of its run.

    Raises:
        typer.BadParameter: no id looks like this.
    """
    from contracts.ids import onboarding_id_of

    return _id_from(text, onboarding_id_of, "ONBOARDING", "not the id of an onboarding")


def access_id_from(text: str) -> str:
    """The access request's id, from itself or from the workflow id of its run.

    Raises:
        typer.BadParameter: no id looks like this.
    """
    from contracts.ids import access_request_id_of

    return _id_from(text, access_request_id_of, "REQUEST", "not the id of an access request")


def _id_from(text: str, inverse: Callable[[str], str], hint: str, problem: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    from contracts.base import Slug

    try:
        return TypeAdapter[str](Slug).validate_python(inverse(text) if "/" in text else text)
    except (ValidationError, ValueError):
        raise typer.BadParameter(problem, param_hint=hint) from None


def workflow_id_from(text: str) -> str:
    """The workflow id of a run that can park, which is any but an approval.

    Raises:
        typer.BadParameter: no such run's id looks like this.
    """
    from starters.run_commands import is_approval

    if "/" not in text or is_approval(text):
        raise typer.BadParameter(
            "not the workflow id of a run that can park; `parked list` shows them", param_hint="WORKFLOW-ID"
        )
    from contracts.ids import subject_of

    _id_from(text, lambda run: subject_of(run)[1], "WORKFLOW-ID", "not the workflow id of a run")
    return text


def cause_from(option: str, text: str) -> str:
    """A cause, as `parked list` shows it.

    Raises:
        typer.BadParameter: it is none, or stands for runs that do not say theirs.
    """
    from rules.parking import parts_of
    from starters.parked_runs import UNRECORDED

    if text == UNRECORDED:
        raise typer.BadParameter(
            "these runs do not say why they are parked: take each by its workflow id", param_hint=option
        )
    try:
        parts_of(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{wrong}; `parked list` shows them", param_hint=option) from None
    return text


def request_id_from(text: str) -> str:
    """The approval's id, which is its workflow id.

    Raises:
        typer.BadParameter: no approval's id looks like this.
    """
    from contracts.ids import parent_of_approval, subject_of

    try:
        subject_of(parent_of_approval(text))
    except ValueError:
        raise typer.BadParameter(
            "not the id of an approval; `approval list` shows them", param_hint="APPROVAL"
        ) from None
    return text


def name_from(option: str, text: str) -> str:
    """A name that somebody chose, fit to be an id.

    Raises:
        typer.BadParameter: it is not.
    """
    from pydantic import TypeAdapter, ValidationError

    from contracts.base import Slug

    try:
        return TypeAdapter[str](Slug).validate_python(text)
    except ValidationError:
        raise typer.BadParameter(
            "letters, digits and _ . : - only, at most 120 of them", param_hint=option
        ) from None


def past_instant_from(option: str, text: str | None, now: datetime) -> datetime | None:
    """When something happened, or None where nobody says.

    Raises:
        typer.BadParameter: it is no instant with a zone, or one that is still to come.
    """
    from rules.documents import EARLIEST

    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("must be an ISO 8601 date and time", param_hint=option) from None
    if at.tzinfo is None:
        raise typer.BadParameter("must have a time zone offset, such as Z or +02:00", param_hint=option)
    if not EARLIEST <= at <= now:
        raise typer.BadParameter(f"must lie between {EARLIEST:%Y} and now", param_hint=option)
    return at.astimezone(UTC)


def since_from(option: str, text: str | None, now: datetime) -> datetime | None:
    """The instant since when something is asked for: an ISO 8601 time, or a span back from now such as 24h.

    Raises:
        typer.BadParameter: it is neither, or still to come.
    """
    from pydantic import TypeAdapter, ValidationError

    from contracts.policy_terms import Duration

    if text is None or not text[:1].isdigit() or not text[-1:].isalpha() or text.endswith("Z"):
        return past_instant_from(option, text, now)
    try:
        return now - TypeAdapter[timedelta](Duration).validate_python(text)
    except (ValidationError, OverflowError):
        raise typer.BadParameter(
            "must be a time, or a span such as 90m, 24h or 7d", param_hint=option
        ) from None


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


def words_from(option: str, text: str) -> str:
    """The same, of a text that must not be blank.

    Raises:
        typer.BadParameter: it is no such line, or blank.
    """
    line = line_from(option, text)
    if not line.strip():
        raise typer.BadParameter("must not be blank", param_hint=option)
    return line
