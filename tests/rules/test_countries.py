"""Countries as people write them."""

import pytest
from phonenumbers import SUPPORTED_REGIONS

from rules.countries import SPELLINGS, iso_country
from rules.texts import spelling_key


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("DE", "DE"),
        (" de ", "DE"),
        ("deutschland", "DE"),
        ("U.S.A.", "US"),
        ("United  States of America", "US"),
        ("UK", "GB"),
        ("Türkiye", "TR"),
        ("日本", "JP"),
        ("VA", "VA"),
        ("Narnia", None),
        ("XX", None),
        ("", None),
        (None, None),
    ],
)
def test_country_becomes_its_code(raw: str | None, code: str | None) -> None:
    assert iso_country(raw) == code


def test_every_spelling_means_one_known_country() -> None:
    keys = [spelling_key(name) for names in SPELLINGS.values() for name in names]
    assert len(keys) == len(set(keys))
    assert set(SPELLINGS) <= SUPPORTED_REGIONS
    assert not [name for names in SPELLINGS.values() for name in names if name in SUPPORTED_REGIONS]
