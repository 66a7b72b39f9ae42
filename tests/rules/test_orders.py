"""What doors take for an order and what they refuse: by name and reason, never by value."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.order import OnboardingOrder, OrderDetails, PartyContact
from rules.documents import DocumentRefused, Problem
from rules.orders import order_problems, parse_details, parse_order
from tests.bundles import small_bundle

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PLANTED = "planted7f3a"

ORDER: dict[str, Any] = {
    "customer_id": "cus-77",
    "seller_id": "o-ada",
    "details": {
        "company": "Buyer Works",
        "seats": 10,
        "technical_contact": {"name": "Tess", "email": "tess@buyer.example"},
        "contract_signed_at": "2026-11-20T10:00:00+01:00",
    },
}


def problems_with(data: object) -> tuple[Problem, ...]:
    with pytest.raises(DocumentRefused) as refused:
        parse_order(data, ordered_at=NOON)
    return refused.value.problems


def test_an_order_is_taken_as_it_is_and_dated_where_it_is_not() -> None:
    order = parse_order(ORDER, ordered_at=NOON)
    assert (order.customer_id, order.seller_id, order.ordered_at) == ("cus-77", "o-ada", NOON)
    assert order.details.technical_contact == PartyContact(name="Tess", email="tess@buyer.example")
    dated = parse_order(ORDER | {"ordered_at": "2026-11-01T08:00:00Z"}, ordered_at=NOON)
    assert dated.ordered_at == datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"surprise": 1}, "surprise", "is no field of an order"),
        ({"details": {"surprise": 1}}, "details.surprise", "is no field of an order"),
        ({"details": {"tax": {"id": "1"}}}, "details.tax", "is no field of an order"),
        ({"details": {"billing_contact": {"name": "A"}}}, "details.billing_contact.email", "is missing"),
        ({"details": {"seats": "ten"}}, "details.seats", "must be a whole number"),
        ({"details": {"seats": 0}}, "details.seats", "must be at least 1"),
        ({"details": {"currency": "euro"}}, "details.currency", "must have the form"),
        ({"details": "all"}, "details", "must be an object"),
        ({"details": {"company": "a\nb"}}, "details.company", "must be one line"),
        ({"details": {"contract_signed_at": "2026-11-20T10:00:00"}}, "details.contract_signed_at", "zone"),
        ({"details": {"contract_signed_at": "1026-11-20T10:00:00Z"}}, "details.contract_signed_at", "2000"),
        ({"ordered_at": "yesterday"}, "ordered_at", "must be an ISO 8601 date and time"),
        ({"ordered_at": "3026-11-20T10:00:00Z"}, "ordered_at", "must lie between 2000 and 2100"),
        ({"customer_id": "two words"}, "customer_id", "must have the form"),
        ({"customer_id": None}, "customer_id", "must be text"),
    ],
)
def test_what_is_wrong_with_an_order_is_named(change: dict[str, Any], field: str, reason: str) -> None:
    (problem,) = problems_with(ORDER | change)
    assert problem.field == field
    assert reason in problem.reason


@pytest.mark.parametrize("data", [None, 7, "order", [ORDER]])
def test_what_is_no_object_is_no_order(data: object) -> None:
    assert problems_with(data) == (Problem("order", "must be an object"),)


def test_an_order_without_a_customer_is_refused() -> None:
    assert problems_with({"seller_id": "o-ada"}) == (Problem("customer_id", "is missing"),)


def test_no_value_of_an_order_is_repeated() -> None:
    planted = {"name": f"{PLANTED}\n", "email": 7}
    text = str(problems_with(ORDER | {"details": {"tax_id": PLANTED * 20, "technical_contact": planted}}))
    assert "details.tax_id" in text
    assert PLANTED not in text


def test_details_are_taken_and_refused_like_those_of_an_order() -> None:
    assert parse_details({"tax_id": "DE136695976"}) == OrderDetails(tax_id="DE136695976")
    with pytest.raises(DocumentRefused) as refused:
        parse_details({"customer_id": "cus-77", "contract_signed_at": "2200-01-01T00:00:00Z"})
    assert refused.value.problems == (Problem("customer_id", "is no field of an order's details"),)
    with pytest.raises(DocumentRefused, match="contract_signed_at: must lie between"):
        parse_details({"contract_signed_at": "2200-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    ("seller_id", "customer_id", "fields"),
    [
        ("o-ada", "cus-77", []),
        ("o-nobody", "cus-77", ["seller_id"]),
        ("o-ada", "o-ben", ["customer_id"]),
        ("cus-77", "m-eve", ["seller_id", "customer_id"]),
    ],
)
def test_seller_and_customer_are_who_they_can_be(seller_id: str, customer_id: str, fields: list[str]) -> None:
    order = OnboardingOrder(customer_id=customer_id, seller_id=seller_id, ordered_at=NOON)
    assert [one.field for one in order_problems(order, small_bundle())] == fields
