"""What the store takes for one person agrees with what the rules take for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.store.identities import email_key, match_key, name_key, name_prefix
from rules import email_addresses

LOCAL_PARTS = st.text("abcXYZ0.+-_", min_size=1, max_size=12)
DOMAINS = st.sampled_from(["gmail.com", "GoogleMail.com", "acme.example", "Mail.ACME.example"])


@given(LOCAL_PARTS, DOMAINS)
def test_addresses_are_compared_as_the_rules_compare_them(local: str, domain: str) -> None:
    assert email_key(f"{local}@{domain}") == email_addresses.match_key(f"{local}@{domain}")


def test_address_goes_before_number_and_the_given_key_before_both() -> None:
    assert match_key("Zoe+x@acme.example", None, "+1202") == "email:zoe@acme.example"
    assert match_key("zoe@acme.example", "given", "+1202") == "email:given"
    assert match_key(None, "stale", "+1202") == "phone:+1202"
    assert match_key(None, None, None) is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("  Zoë   NUÑEZ-Müller ", "zoe nunez muller"),
        ("Straße", "strasse"),
        ("李 小龍", "李 小龍"),
        ("O'Neill, Dr.", "o neill dr"),
        ("…", None),
        ("", None),
        (None, None),
    ],
)
def test_name_is_found_whatever_its_spelling(name: str | None, key: str | None) -> None:
    assert name_key(name) == key
    assert name_prefix(name) == (key[:5] if key else None)
