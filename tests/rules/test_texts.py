"""Lines made tidy for keeping, plain for comparing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.texts import plain, spelling_key, tidy


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  Ada \u00a0  Lovelace ", "Ada Lovelace"),
        ("Zoe\u0308", "Zoë"),
        (" ", None),
        ("", None),
        (None, None),
    ],
)
def test_line_is_kept_tidy(raw: str | None, kept: str | None) -> None:
    assert tidy(raw) == kept


@pytest.mark.parametrize(
    ("raw", "compared"),
    [
        ("Zoë O'Neill-Müller", "zoe o neill muller"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("李小龙", "李小龙"),
    ],
)
def test_line_is_compared_plain(raw: str, compared: str) -> None:
    assert plain(raw) == compared


@pytest.mark.parametrize(
    "raw", ["Google Ads", "google-ads", "GOOGLE_ADS", " google  ads! ", "\uff27oogle Ads"]
)
def test_spellings_of_a_listed_name_share_a_key(raw: str) -> None:
    assert spelling_key(raw) == "google-ads"


@given(st.text(max_size=60))
def test_doing_it_twice_changes_nothing(raw: str) -> None:
    assert tidy(tidy(raw)) == tidy(raw)
    assert plain(plain(raw)) == plain(raw)
