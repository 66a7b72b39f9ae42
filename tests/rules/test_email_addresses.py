"""Which addresses are usable, in what spelling, and which two are one mailbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.email_addresses import email_problem, is_shared_mailbox, match_key, normalised_email

USABLE = {
    "ada@analytical.example": "ada@analytical.example",
    "  Ada.Lovelace@Analytical.Example ": "ada.lovelace@analytical.example",
    "ada+news@gmail.com": "ada+news@gmail.com",
    "a_b-c%d!e@x-y.example": "a_b-c%d!e@x-y.example",
    "müller@bücher.example": "müller@bücher.example",
    "ada@xn--bcher-kva.example": "ada@bücher.example",
    "用户@例子.广告": "用户@例子.广告",
    "x" * 64 + "@long.example": "x" * 64 + "@long.example",
    "o'neill@eire.example": "o'neill@eire.example",
    "ada@mail.sub.analytical.co.uk": "ada@mail.sub.analytical.co.uk",
    "1@1.example": "1@1.example",
}

UNUSABLE = {
    "": "it has no @",
    "ada": "it has no @",
    "@analytical.example": "the part before or after the @ is missing",
    "ada@": "the part before or after the @ is missing",
    "ada@@analytical.example": "it has more than one @",
    "ada@b@analytical.example": "it has more than one @",
    "x" * 65 + "@long.example": "the part before the @ is longer than 64 characters",
    "ada@" + "x" * 60 + "." + "y" * 60 + "." + "z" * 60 + "." + "w" * 62 + ".example.com": (
        "it is longer than 254 characters"
    ),
    "ada@analytical.example.": "the domain cannot receive mail",
    "ada@localhost": "the domain cannot receive mail",
    "ada@analytical": "the domain cannot receive mail",
    "ada@-analytical.example": "the domain cannot receive mail",
    "ada@ana_lytical.example": "the domain cannot receive mail",
    "ada@[127.0.0.1]": "the domain cannot receive mail",
    "ada@analytical.example\u200b": "the domain cannot receive mail",
    "ada@analytical.invalid": "the domain cannot receive mail",
    "ada@a..example": "the domain cannot receive mail",
    ".ada@analytical.example": "the part before the @ is not one that mail allows",
    "ada..l@analytical.example": "the part before the @ is not one that mail allows",
    "ada lovelace@analytical.example": "the part before the @ is not one that mail allows",
    '"ada l"@analytical.example': "the part before the @ is not one that mail allows",
    "Ada <ada@analytical.example>": "the domain cannot receive mail",
    "ada\n@analytical.example": "the part before the @ is not one that mail allows",
    "ada@analytical.example\nBcc: x@y.example": "it has more than one @",
    "ada(c)@analytical.example": "the part before the @ is not one that mail allows",
}


@pytest.mark.parametrize(("raw", "address"), USABLE.items())
def test_usable_address_gets_one_spelling(raw: str, address: str) -> None:
    found = normalised_email(raw)
    assert found is not None
    assert found.address == address
    assert found.address == f"{found.local}@{found.domain}"


@pytest.mark.parametrize(("raw", "problem"), UNUSABLE.items())
def test_unusable_address_is_refused_with_a_reason(raw: str, problem: str) -> None:
    assert normalised_email(raw) is None
    assert email_problem(raw) == problem


def test_missing_address_is_none() -> None:
    assert normalised_email(None) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Analytical.Example", "ada@analytical.example"),
        ("ada+form7@analytical.example", "ada@analytical.example"),
        ("a.d.a+x@gmail.com", "ADA@googlemail.com"),
    ],
)
def test_spellings_of_one_mailbox_share_a_key(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.da@analytical.example", "ada@analytical.example"),
        ("ada@analytical.example", "ada@analytic.example"),
        ("+tag@analytical.example", "@analytical.example"),
        ("ada@gmail.com", "ada@gmx.de"),
    ],
)
def test_different_mailboxes_have_different_keys(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


@pytest.mark.parametrize("address", ["info@a.example", "Sales+de@a.example", "front-desk@a.example"])
def test_role_address_is_a_shared_mailbox(address: str) -> None:
    assert is_shared_mailbox(address)


@pytest.mark.parametrize("address", ["ada@a.example", "information.desk.ada@a.example"])
def test_personal_address_is_no_shared_mailbox(address: str) -> None:
    assert not is_shared_mailbox(address)


@given(st.emails() | st.text(max_size=80))
def test_normalising_twice_changes_nothing(raw: str) -> None:
    once = normalised_email(raw)
    if once is not None:
        assert normalised_email(once.address) == once
        assert match_key(once.match_key) == once.match_key
    else:
        assert email_problem(raw)
