"""The examples of customers fit the shipped policy and the doors that take them."""

import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from contracts.onboarding_states import CUSTOMER_ONBOARDING
from contracts.order import OrderDetails
from contracts.policy import PolicyBundle
from rules.orders import order_problems, parse_order
from rules.policy_source import parse_bundle
from rules.state_machine import transition_problem
from runtime.setting_types import ROOT
from starters.demo.customers import (
    SELLER,
    Customer,
    Deed,
    load_access,
    load_customers,
    load_customers_on_counterparts,
)
from starters.demo.story import EXAMPLES, load_story

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
CUSTOMERS = load_customers()

each_customer = pytest.mark.parametrize("customer", CUSTOMERS, ids=[one.name for one in CUSTOMERS])
each_end = pytest.mark.parametrize(
    "customer",
    [*CUSTOMERS, *load_customers_on_counterparts()],
    ids=[f"{one.name}-{where}" for where in ("embedded", "counterparts") for one in CUSTOMERS],
)


@pytest.fixture(scope="module")
def bundle() -> PolicyBundle:
    return parse_bundle({path.name: path.read_text() for path in (ROOT / "policies").glob("*.yaml")})


@each_customer
def test_order_can_be_started_as_it_stands(customer: Customer, bundle: PolicyBundle) -> None:
    document = json.loads((EXAMPLES / "orders" / customer.order).read_text())
    if customer.lead is None:
        assert not order_problems(parse_order(document, ordered_at=NOW), bundle)
    else:
        assert set(document) <= set(OrderDetails.model_fields)
        assert customer.lead in load_story(NOW).leads
        assert customer.outcomes[-1] == "closed_won"


@each_end
def test_everybody_who_acts_is_known(customer: Customer, bundle: PolicyBundle) -> None:
    people = {person.id for person in bundle.people}
    assert {move.by for move in customer.moves} <= {*people, SELLER, ""}


@each_end
def test_expected_way_is_a_declared_one(customer: Customer) -> None:
    visits = customer.expected.visits
    steps = pairwise(visits)
    assert [p for a, b in steps if (p := transition_problem(CUSTOMER_ONBOARDING, a, b))] == []
    assert visits[-1] == customer.expected.outcome


def test_every_order_is_of_a_customer_and_every_deed_is_done() -> None:
    assert {one.order for one in CUSTOMERS} == {path.name for path in (EXAMPLES / "orders").glob("*.json")}
    done = {move.do for one in (*CUSTOMERS, *load_customers_on_counterparts()) for move in one.moves}
    assert done == set(Deed)


def test_access_is_not_agreed_to_by_whoever_gets_it() -> None:
    assert all(one.approved_by != one.request.person_id for one in load_access())
