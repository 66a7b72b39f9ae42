"""Durations, clock times and sorted sets: what a policy is written in survives being kept as JSON."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.policy_terms import MAX_DURATION, BusinessDuration, ClockTime, Duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1_800),
        ("2h", 7_200),
        ("1h30m", 5_400),
        (" 2H ", 7_200),
        ("PT2H", 7_200),
        ("PT1H30M5S", 5_405),
        ("0.5s", 0.5),
        ("0s", 0),
    ],
)
def test_durations_are_read_in_both_spellings(text: str, seconds: float) -> None:
    assert TypeAdapter(Duration).validate_python(text) == timedelta(seconds=seconds)
    assert TypeAdapter(BusinessDuration).validate_python(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["1d12h", "1d", "P1D", "P1DT12H", "0d2h"])
def test_days_are_for_elapsed_time_only(text: str) -> None:
    assert TypeAdapter(Duration).validate_python(text) >= timedelta(hours=2)
    with pytest.raises(ValidationError, match="write hours"):
        TypeAdapter(BusinessDuration).validate_python(text)


@pytest.mark.parametrize(
    "value",
    ["", "h", "2", "2 hours", "-2h", "1h2h", "30m2h", "P", "PT", "1e3s", 7_200, True, None, "9" * 400 + "s"],
)
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(value)


@pytest.mark.parametrize("value", [timedelta(seconds=-1), MAX_DURATION + timedelta(seconds=1)])
def test_a_duration_beyond_all_sense_is_refused(value: timedelta) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(BusinessDuration).validate_python(value)


@given(st.timedeltas(timedelta(0), MAX_DURATION))
def test_a_duration_survives_json_exactly(value: timedelta) -> None:
    for adapter in (TypeAdapter[timedelta](Duration), TypeAdapter[timedelta](BusinessDuration)):
        text = adapter.dump_json(value)
        assert adapter.validate_json(text) == value
        assert adapter.dump_json(adapter.validate_json(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("9:00", "09:00:00"), ("17:30", "17:30:00"), ("24:00", "00:00:00"), ("09:00:30", "09:00:30")],
)
def test_clock_times_are_read(text: str, expected: str) -> None:
    assert str(TypeAdapter(ClockTime).validate_python(text)) == expected


@pytest.mark.parametrize("value", ["9", "25:00", "12:60", "noon", 9, 9.5, "24:30", "12:00Z"])
def test_what_is_no_clock_time_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ClockTime).validate_python(value)
