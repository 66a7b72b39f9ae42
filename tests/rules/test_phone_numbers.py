"""Numbers are read in their region and written as E.164, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.phone_numbers import normalised_phone, phone_problem

USABLE = [
    ("(415) 555-2671", "US", "+14155552671"),
    ("415.555.2671", "US", "+14155552671"),
    ("+1 202 555 0143", "DE", "+12025550143"),
    ("030 901820", "DE", "+4930901820"),
    ("+49 (0)30 901820", "US", "+4930901820"),
    ("0049 30 901820", "US", "+4930901820"),
    ("0049 30 901820", "DE", "+4930901820"),
    ("020 7946 0958", "GB", "+442079460958"),
    ("06 698 12345", "IT", "+390669812345"),
    ("04 99 12 34 56", "BE", "+32499123456"),
    ("1300 975 707", "AU", "+611300975707"),
    ("98765 43210", "IN", "+919876543210"),
    ("(11) 91234-5678", "BR", "+5511912345678"),
    ("+1 415 555 2671 ext. 12", "US", "+14155552671"),
    ("+1 415 555 2671 x12", "US", "+14155552671"),
    ("tel:+1-202-555-0143", "US", "+12025550143"),
    ("٠٣٠٩٠١٨٢٠", "DE", "+4930901820"),
    ("\uff0b49\u201030\u2010901820", "US", "+4930901820"),
]

IS_NO_NUMBER = "it holds more than a number and an extension"
DOES_NOT_FIT = "it is no number of the lead's country, and has no country code that fits"

UNUSABLE = [
    ("12", "US", DOES_NOT_FIT),
    ("415 555 267", "US", DOES_NOT_FIT),
    ("415 555 26711234", "US", DOES_NOT_FIT),
    ("+999 1234567", "US", DOES_NOT_FIT),
    ("030 901820", "US", DOES_NOT_FIT),
    ("+44 7700", "GB", DOES_NOT_FIT),
    ("000000000000", "US", DOES_NOT_FIT),
    ("call me", "US", IS_NO_NUMBER),
    ("call 415 555 2671", "US", IS_NO_NUMBER),
    ("1-800-FLOWERS", "US", IS_NO_NUMBER),
    ("415 555 2671 or 415 555 2672", "US", IS_NO_NUMBER),
    ("ada@analytical.example", "US", IS_NO_NUMBER),
    ("", "US", IS_NO_NUMBER),
]


@pytest.mark.parametrize(("raw", "region", "e164"), USABLE)
def test_usable_number_becomes_e164(raw: str, region: str, e164: str) -> None:
    assert normalised_phone(raw, region) == e164


@pytest.mark.parametrize(("raw", "region", "problem"), UNUSABLE)
def test_unusable_number_is_refused_with_a_reason(raw: str, region: str, problem: str) -> None:
    assert normalised_phone(raw, region) is None
    assert phone_problem(raw) == problem


def test_missing_and_endless_numbers_are_none() -> None:
    assert normalised_phone(None, "US") is None
    assert normalised_phone("4" * 10_000, "US") is None


@given(st.text("0123456789+()-. x", max_size=20) | st.text(max_size=70), st.sampled_from(["US", "DE", "IN"]))
def test_normalising_twice_changes_nothing(raw: str, region: str) -> None:
    once = normalised_phone(raw, region)
    assert normalised_phone(once, "FR") == once
