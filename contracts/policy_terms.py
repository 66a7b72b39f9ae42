"""What a policy bundle is written in: the strict model, durations, clock times, sets and conditions."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, PlainSerializer, Tag

from contracts.base import Contract, Slug


class PolicyModel(Contract):
    """A part of a bundle. A misspelt key is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=False, populate_by_name=True)


# ---------------------------------------------------------------- durations and clock times

MAX_DURATION = timedelta(days=3650)

_SECONDS = r"(\d{1,6}(?:\.\d{1,6})?)"
_SHORT = re.compile(rf"(?:(\d{{1,6}})d)?(?:(\d{{1,6}})h)?(?:(\d{{1,6}})m)?(?:{_SECONDS}s)?")
_ISO = re.compile(rf"P(?:(\d{{1,6}})D)?(?:T(?:(\d{{1,6}})H)?(?:(\d{{1,6}})M)?(?:{_SECONDS}S)?)?")


def _parts(text: str) -> tuple[str | None, ...]:
    match = _SHORT.fullmatch(text.lower()) or _ISO.fullmatch(text.upper())
    parts = match.groups() if match else ()
    if not any(part is not None for part in parts):
        raise ValueError("write a duration such as 90s, 30m, 2h, 1d12h or PT2H")
    return parts


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError("write a duration with its unit, such as 90s, 30m or 2h")  # noqa: TRY004 - pydantic turns only ValueError into a problem with a place
    days, hours, minutes, seconds = (float(part or 0) for part in _parts(value.strip()))
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _business_duration(value: object) -> object:
    if isinstance(value, str) and _parts(value.strip())[0] is not None:
        raise ValueError(
            "business time is counted in hours of open time, and a day has no fixed number of them:"
            " write hours, for example 17h for two office days of 8.5 hours"
        )
    return _duration(value)


def _iso(value: timedelta) -> str:
    """Spells a duration without days, so that every duration type reads it back exactly."""
    minutes, seconds = divmod(value.days * 86_400 + value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{value.microseconds:06d}" if value.microseconds else ""
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    if seconds or fraction or not (hours or minutes):
        parts.append(f"{seconds}{fraction}S")
    return "PT" + "".join(parts)


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    Field(ge=timedelta(0), le=MAX_DURATION),
    PlainSerializer(_iso, when_used="json"),
]
"""Elapsed time: `90s`, `30m`, `2h`, `1d12h` or ISO 8601."""

BusinessDuration = Annotated[
    timedelta,
    BeforeValidator(_business_duration),
    Field(ge=timedelta(0), le=MAX_DURATION),
    PlainSerializer(_iso, when_used="json"),
]
"""Hours of open time: `30m`, `2h`, `17h`. Days are refused, because an office day has no fixed length."""


def _clock_time(value: object) -> object:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", value):
        raise ValueError("write a clock time as HH:MM, such as 09:00 or 17:30")
    padded = value.zfill(len("HH:MM"))
    return "00:00" if padded == "24:00" else padded


ClockTime = Annotated[time, BeforeValidator(_clock_time)]
"""A wall-clock time without a zone; `24:00` is read as midnight."""


# Sets have no order of their own, and a bundle is hashed: they are written sorted.
def _sorted_texts(values: Iterable[str]) -> list[str]:
    return sorted(values)


def _sorted_days(values: Iterable[date]) -> list[str]:
    return sorted(day.isoformat() for day in values)


TextSet = Annotated[frozenset[str], PlainSerializer(_sorted_texts, when_used="json")]
SlugSet = Annotated[frozenset[Slug], PlainSerializer(_sorted_texts, when_used="json")]
DaySet = Annotated[frozenset[date], PlainSerializer(_sorted_days, when_used="json")]


# ---------------------------------------------------------------- conditions


class Op(StrEnum):
    """Comparisons that a condition may make."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    EXISTS = "exists"
    """True or false, never not-evaluated: whether the field has a value. `value: false` turns it round."""


def _plain(value: object) -> bool:
    return isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value))


def _all_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(_plain(member) for member in cast("Sequence[object]", value))
    return value is None or _plain(value)


def _comparable(value: object) -> object:
    if not _all_plain(value):
        raise ValueError("must be text, a number, true or false, or a list of these")
    return value


Scalar = bool | int | float | str
"""What a field is compared with."""


class Comparison(PolicyModel):
    """One field against one value. Text is compared without regard to case."""

    field: str
    op: Op
    value: Annotated[Scalar | tuple[Scalar, ...] | None, BeforeValidator(_comparable)] = None


class AllOf(PolicyModel):
    """Holds where every part holds."""

    all: tuple["Condition", ...] = Field(min_length=1)


class AnyOf(PolicyModel):
    """Holds where one part holds."""

    any: tuple["Condition", ...] = Field(min_length=1)


class NotOf(PolicyModel):
    """Holds where its part does not."""

    not_: "Condition" = Field(validation_alias="not", serialization_alias="not")


class Always(PolicyModel):
    """Holds for every lead: the condition of a table's last row."""

    always: Literal[True] = True


_KINDS: dict[str, type[PolicyModel]] = {
    "all": AllOf,
    "any": AnyOf,
    "not": NotOf,
    "always": Always,
    "field": Comparison,
}
"""The key that says which kind of condition a mapping is."""


def _kind_of_condition(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return next((kind.__name__ for key, kind in _KINDS.items() if key in value), None)
    return type(value).__name__ if type(value) in _KINDS.values() else None


Condition = Annotated[
    Annotated[AllOf, Tag("AllOf")]
    | Annotated[AnyOf, Tag("AnyOf")]
    | Annotated[NotOf, Tag("NotOf")]
    | Annotated[Always, Tag("Always")]
    | Annotated[Comparison, Tag("Comparison")],
    Discriminator(
        _kind_of_condition,
        custom_error_type="not_a_condition",
        custom_error_message="a condition is {field, op, value}, or one of all, any, not, always",
    ),
]
"""A condition is data: `{field, op, value}`, or `all`, `any`, `not` of conditions, or `{always: true}`."""

for _model in (AllOf, AnyOf, NotOf):
    _model.model_rebuild()
