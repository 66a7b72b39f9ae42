"""Tables for onboarding and access look at what is declared, and at nothing that names anybody."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.access_request import AccessRequest
from contracts.order import OrderDetails
from contracts.policy import Person
from contracts.policy_terms import Comparison, Op
from contracts.routing import Truth
from rules.conditions import evaluate
from rules.facts import FactKind
from rules.onboarding_facts import (
    ACCESS_FACTS,
    ONBOARDING_FACTS,
    TERMS_FACTS,
    access_facts,
    onboarding_facts,
)
from tests.rules.orders import PERSONAL, details

KINDS: dict[FactKind, tuple[type, ...]] = {
    FactKind.TEXT: (str,),
    FactKind.NUMBER: (int, float),
    FactKind.FLAG: (bool,),
    FactKind.LIST: (tuple,),
}

PERSON = Person(
    id="o-ada",
    name="Ada Owner",
    email="ada@ours.example",
    zone="Europe/Berlin",
    calendar="office",
    roles=frozenset({"sales", "finance"}),
)
REQUEST = AccessRequest(
    request_id="r-1",
    person_id="o-ada",
    system="billing",
    role="reader",
    reason="to look up what Grace Hopper pays",
    days=14,
    requested_at=datetime(2026, 11, 30, 9, tzinfo=UTC),
)


def test_the_facts_of_an_order_are_those_that_are_declared_and_of_their_kind() -> None:
    facts = onboarding_facts(details(), template="full")
    assert set(facts) == set(TERMS_FACTS) == {*ONBOARDING_FACTS, "template"}
    for name, kind in TERMS_FACTS.items():
        assert isinstance(facts[name], KINDS[kind]), name


def test_the_facts_of_a_request_are_those_that_are_declared_and_of_their_kind() -> None:
    facts = access_facts(REQUEST, PERSON)
    assert set(facts) == set(ACCESS_FACTS)
    for name, kind in ACCESS_FACTS.items():
        assert isinstance(facts[name], KINDS[kind]), name
    assert facts["person.roles"] == ("finance", "sales")


def test_nothing_that_names_anybody_is_a_fact() -> None:
    said = str(onboarding_facts(details())) + str(access_facts(REQUEST, PERSON))
    assert not [value for value in (*PERSONAL, "Ada Owner", "ada@ours.example") if value in said]


@pytest.mark.parametrize("fact", [name for name in ONBOARDING_FACTS if name != "order.has_tax_id"])
def test_what_an_order_does_not_say_is_not_evaluated(fact: str) -> None:
    truth, _ = evaluate(Comparison(field=fact, op=Op.EQ, value="x"), onboarding_facts(OrderDetails()))
    assert truth is Truth.NOT_EVALUATED


@pytest.mark.parametrize(
    ("fields", "fact", "value"),
    [
        ({"country": "Germany"}, "order.country", "DE"),
        ({"country": "de"}, "order.country", "DE"),
        ({"country": "Narnia"}, "order.country", None),
        ({"tax_id": "  "}, "order.has_tax_id", False),
        ({"tax_id": None}, "order.has_tax_id", False),
        ({"value": 0}, "order.value", 0),
    ],
)
def test_values_are_compared_in_one_spelling(fields: dict[str, Any], fact: str, value: object) -> None:
    assert onboarding_facts(details(**fields))[fact] == value
