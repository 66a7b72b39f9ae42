"""How alike people and companies are by what they are called."""

import pytest
from hypothesis import given

from rules.likeness import Identity, comparable_company, comparable_name, likeness, names_compatible
from tests.rules.leads import LINES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Analytical Engines Ltd", "ANALYTICAL ENGINES"),
        ("Müller GmbH & Co. KG", "Muller"),
        ("Acme, Inc.", "acme"),
        ("Acme S.A.R.L.", "Acme"),
        ("Acme Sp. z o.o.", "Acme"),
        ("The Acme Company", "The Acme"),
    ],
)
def test_legal_form_does_not_tell_companies_apart(one: str, other: str) -> None:
    assert comparable_company(one) == comparable_company(other) != ""


@pytest.mark.parametrize("name", ["Co", "Inc.", "SE", "AG"])
def test_company_called_like_a_legal_form_keeps_its_name(name: str) -> None:
    assert comparable_company(name)


def test_form_of_address_is_no_part_of_a_name() -> None:
    assert comparable_name("Frau Dr. Ada Lovelace") == comparable_name("ada lovelace")
    assert comparable_name("Dr.") == "dr"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Lovelace", "LOVELACE, Ada"),
        ("Ada Lovelace", "A. Lovelace"),
        ("Ada Lovelace", "Ada"),
        ("Ada King Lovelace", "Ada Lovelace"),
        ("Stephen Smith", "Steven Smyth"),
        ("Zoë Müller", "Zoe Muller"),
        ("Ada Lovelace", None),
        (None, ""),
    ],
)
def test_spellings_of_one_name_are_compatible(one: str | None, other: str | None) -> None:
    assert names_compatible(one, other)
    assert names_compatible(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Lovelace", "Grace Hopper"),
        ("John Smith", "Jane Smith"),
        ("Ada Lovelace", "B. Lovelace"),
        ("Ada Ada", "Ada Lovelace"),
        ("Ada", "Grace"),
        ("李 小龙", "王 小明"),
    ],
)
def test_names_of_two_people_are_not_compatible(one: str, other: str) -> None:
    assert not names_compatible(one, other)
    assert not names_compatible(other, one)


ADA = Identity("Ada Lovelace", "Analytical Engines Ltd", "analytical.example")


def test_same_name_company_and_domain_is_complete_likeness() -> None:
    found = likeness(ADA, Identity("ada lovelace", "Analytical Engines", "analytical.example"))
    assert found.score == 1.0
    assert found.evidence == ("name", "company", "company_domain")


@pytest.mark.parametrize(
    "other",
    [
        Identity("Ada Lovelace", None, None),
        Identity(None, "Analytical Engines Ltd", "analytical.example"),
        Identity("", "Analytical Engines Ltd", None),
    ],
)
def test_namesake_alone_and_colleague_alone_are_no_likeness(other: Identity) -> None:
    assert likeness(ADA, other).score == 0.0


def test_colleague_is_less_alike_than_a_person_with_a_slip_in_the_name() -> None:
    colleague = likeness(ADA, Identity("Charles Babbage", ADA.company, ADA.domain))
    slip = likeness(ADA, Identity("Ada Lovelance", ADA.company, ADA.domain))
    assert colleague.score < 0.7
    assert 0.9 < slip.score < 1.0
    assert colleague.evidence == ("company", "company_domain")


def test_namesake_of_another_company_is_less_alike_than_the_review_band() -> None:
    assert likeness(ADA, Identity("Ada Lovelace", "Navy", "navy.example")).score < 0.8


@given(LINES, LINES, LINES, LINES)
def test_likeness_is_symmetric_and_bounded(name: str, company: str, other: str, domain: str) -> None:
    one, two = Identity(name, company, domain), Identity(other, company, None)
    assert likeness(one, two) == likeness(two, one)
    assert 0.0 <= likeness(one, two).score <= 1.0
    assert comparable_company(comparable_company(company)) == comparable_company(company)
