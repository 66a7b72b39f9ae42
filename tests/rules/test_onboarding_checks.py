"""What an order lacks is found before anything is touched, and said without naming anybody."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.accounts import CrmDeal
from contracts.onboarding_plan import (
    CheckPrerequisitesInput,
    JudgeTermsInput,
    Prerequisite,
    PrerequisiteCheck,
    Readiness,
    TermsVerdict,
)
from contracts.order import OrderDetails, PartyContact, PostalAddress
from contracts.routing import Truth
from rules.onboarding_checks import (
    ELSEWHERE,
    filled_in,
    prerequisites_report,
    provided,
    readiness_check,
    terms_verdict,
)
from tests.bundles import small_bundle
from tests.onboarding_bundles import small_onboarding_policy
from tests.rules.orders import PERSONAL, details, plan_of

P = Prerequisite
HERE = tuple(prerequisite for prerequisite in P if prerequisite not in ELSEWHERE)


def checks(
    order: OrderDetails, *wanted: Prerequisite, seller: str = "o-ada"
) -> tuple[PrerequisiteCheck, ...]:
    question = CheckPrerequisitesInput(
        policy_hash="h", prerequisites=wanted or tuple(P), details=order, seller_id=seller
    )
    return prerequisites_report(question, small_bundle()).checks


def problems(**fields: Any) -> dict[Prerequisite, str]:
    return {check.prerequisite: check.problem for check in checks(details(**fields)) if not check.met}


def test_a_complete_order_lacks_nothing() -> None:
    found = checks(details())
    assert tuple(check.prerequisite for check in found) == HERE
    assert all(check.met and not check.problem and not check.ask for check in found)


def test_an_empty_order_lacks_everything_that_it_can_answer() -> None:
    found = checks(OrderDetails())
    # Nobody knows whether a tax id is needed while no country is known; the address is asked for anyway.
    assert {check.prerequisite for check in found if not check.met} == {*HERE} - {P.TAX_ID}
    assert {check.ask for check in found if not check.met} == {"o-ada"}


def test_only_what_was_asked_is_answered_in_its_order() -> None:
    found = checks(OrderDetails(), P.REGION, P.BILLING_READY, P.COMPANY)
    assert [check.prerequisite for check in found] == [P.REGION, P.COMPANY]


def contact(**fields: str) -> PartyContact:
    return PartyContact(**({"name": "Grace Hopper", "email": "grace@navy.example"} | fields))


def address(**fields: str) -> PostalAddress:
    parts = {"street": "1 Isaac Hull Avenue", "city": "Boston", "country": "US"}
    return PostalAddress(**(parts | fields))


@pytest.mark.parametrize(
    ("fields", "prerequisite", "problem"),
    [
        ({"company": None}, P.COMPANY, "the company's name is not known"),
        ({"company": "  "}, P.COMPANY, "the company's name is not known"),
        ({"contract_reference": None}, P.CONTRACT_REFERENCE, "the reference of the contract is not known"),
        ({"billing_contact": None}, P.BILLING_CONTACT, "the billing contact is not known"),
        ({"billing_contact": contact(name=" ")}, P.BILLING_CONTACT, "the billing contact has no name"),
        (
            {"billing_contact": contact(email="grace.navy.example")},
            P.BILLING_CONTACT,
            "the billing contact cannot be written to: it has no @",
        ),
        (
            {"technical_contact": contact(email="grace@navy")},
            P.TECHNICAL_CONTACT,
            "the technical contact cannot be written to: the domain cannot receive mail",
        ),
        ({"technical_contact": None}, P.TECHNICAL_CONTACT, "the technical contact is not known"),
        ({"billing_address": None}, P.BILLING_ADDRESS, "the address that invoices go to is not known"),
        (
            {"billing_address": address(street=" ")},
            P.BILLING_ADDRESS,
            "the address that invoices go to lacks its street or its city",
        ),
        (
            {"billing_address": address(country="Narnia")},
            P.BILLING_ADDRESS,
            "the country of the address that invoices go to is not one that is known",
        ),
        ({"plan": None}, P.PLAN, "the plan is not known"),
        ({"plan": "gold"}, P.PLAN, "the plan gold is not sold; sold are: team, trial"),
        ({"seats": None}, P.SEATS, "the number of seats is not known"),
        ({"seats": 4}, P.SEATS, "the plan team is sold from 5 seats on, not for 4"),
        ({"seats": 101}, P.SEATS, "the plan team is sold for up to 100 seats, not for 101"),
        ({"region": None}, P.REGION, "where the customer's data must live is not known"),
        ({"region": "mars"}, P.REGION, "the region mars is not ours; ours are: eu, us"),
        (
            {"tax_id": None},
            P.TAX_ID,
            "the tax id is not known, and invoices in DE need one",
        ),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(
    fields: dict[str, Any], prerequisite: Prerequisite, problem: str
) -> None:
    assert problems(**fields) == {prerequisite: problem}


@pytest.mark.parametrize(
    ("country", "billed", "needed"),
    [
        ("US", "US", False),
        (None, None, False),
        ("Narnia", "US", False),
        ("US", "fr", True),
        ("Germany", "US", True),
        (None, "DE", True),
    ],
)
def test_a_tax_id_is_wanted_only_where_the_seat_or_the_invoice_needs_one(
    country: str | None, billed: str | None, needed: bool
) -> None:
    where = address(country=billed) if billed else None
    found = problems(country=country, billing_address=where, tax_id=" ")
    assert (P.TAX_ID in found) is needed


@pytest.mark.parametrize("seats", [5, 100])
def test_the_limits_of_a_plan_belong_to_it(seats: int) -> None:
    assert problems(seats=seats) == {}


def test_seats_of_a_plan_that_is_not_sold_have_no_limits() -> None:
    assert problems(plan="gold", seats=1_000).keys() == {P.PLAN}


def test_whoever_sold_it_is_asked_where_the_policy_says_seller() -> None:
    supply = small_onboarding_policy().supply
    ask = {**supply.ask, P.PLAN: "m-eve"}
    bundle = small_bundle(onboarding=small_onboarding_policy(supply=supply.model_copy(update={"ask": ask})))
    question = CheckPrerequisitesInput(
        policy_hash="h", prerequisites=(P.PLAN, P.REGION), details=OrderDetails(), seller_id="o-ben"
    )
    assert [check.ask for check in prerequisites_report(question, bundle).checks] == ["m-eve", "o-ben"]


@pytest.mark.parametrize("field", [name for name in OrderDetails.model_fields if name != "zone"])
def test_no_problem_names_or_reaches_anybody(field: str) -> None:
    broken = details(
        billing_contact=contact(name="Howard Aiken", email="aiken at navy.example"),
        technical_contact=contact(email="grace@@navy.example"),
        billing_address=address(city=""),
        **({field: None} if "contact" not in field and field != "billing_address" else {}),
    )
    said = " ".join(check.problem for check in checks(broken))
    assert not [value for value in PERSONAL if value in said]


def test_what_another_system_answers_becomes_a_check_with_whom_to_ask() -> None:
    plan = plan_of()
    busy = Readiness(ready=False, problem="the customer has a subscription")
    assert readiness_check(P.BILLING_READY, busy, plan) == PrerequisiteCheck(
        prerequisite=P.BILLING_READY, met=False, problem="the customer has a subscription", ask="m-eve"
    )
    mute = readiness_check(P.WORKSPACE_READY, Readiness(ready=False), plan)
    assert (mute.met, mute.problem, mute.ask) == (False, "the system cannot take the customer", "o-ada")
    assert readiness_check(P.BILLING_READY, Readiness(ready=True), plan) == PrerequisiteCheck(
        prerequisite=P.BILLING_READY, met=True
    )


# ---------------------------------------------------------------- completing an order


def test_what_somebody_supplies_goes_before_what_is_there() -> None:
    more = OrderDetails(seats=50, technical_contact=contact(name="Ada"), nonstandard_terms=False)
    found = provided(details(nonstandard_terms=True), more)
    assert found == details(seats=50, technical_contact=contact(name="Ada"), nonstandard_terms=False)


PARTS = {name: getattr(details(), name) for name in OrderDetails.model_fields}
SOME = st.sets(st.sampled_from(sorted(PARTS))).map(
    lambda names: OrderDetails(**{name: PARTS[name] for name in names})
)


@given(SOME, SOME)
def test_nothing_that_was_known_gets_lost_by_supplying_more(there: OrderDetails, more: OrderDetails) -> None:
    found = provided(there, more)
    for name in PARTS:
        given_now, before = getattr(more, name), getattr(there, name)
        assert getattr(found, name) == (before if given_now is None else given_now)
    assert provided(found, more) == found
    assert provided(there, OrderDetails()) == there


DEAL = CrmDeal(
    work_id="d-1",
    company="Shipyard",
    company_domain="ships.example",
    country="US",
    value=70_000,
    currency="USD",
    owner_id="o-ben",
)


def test_a_deal_fills_in_what_the_order_lacks() -> None:
    found = filled_in(OrderDetails(plan="team", company=" "), DEAL)
    assert found == OrderDetails(
        plan="team",
        company="Shipyard",
        company_domain="ships.example",
        country="US",
        value=70_000,
        currency="USD",
    )


def test_a_deal_changes_nothing_that_the_order_says() -> None:
    assert filled_in(details(), DEAL) == details()
    assert filled_in(OrderDetails(), CrmDeal(work_id="d-1")) == OrderDetails()


@pytest.mark.parametrize(("currency", "value"), [("EUR", None), ("USD", 70_000), (None, 70_000)])
def test_a_value_in_another_currency_is_not_taken(currency: str | None, value: int | None) -> None:
    assert filled_in(OrderDetails(currency=currency), DEAL).value == value


def test_what_an_order_cannot_hold_is_left_out_and_asked_for() -> None:
    odd = CrmDeal(
        work_id="d-1", company="Shipyard", company_domain="x" * 300, country="\x07", value=-1, currency="usd"
    )
    found = filled_in(OrderDetails(), odd)
    assert found == OrderDetails(company="Shipyard")
    assert OrderDetails.model_validate_json(found.model_dump_json()) == found


# ---------------------------------------------------------------- terms


def verdict(template: str = "full", **fields: Any) -> TermsVerdict:
    question = JudgeTermsInput(policy_hash="h", details=details(**fields), template=template)
    return terms_verdict(question, small_bundle())


def test_ordinary_terms_need_nobody() -> None:
    found = verdict()
    assert (found.review, found.rule, found.question) == (None, None, "")
    assert [(tried.rule, tried.truth) for tried in found.trace] == [
        ("terms-value", Truth.FALSE),
        ("terms-discount", Truth.FALSE),
    ]


def test_the_first_row_that_holds_says_who_must_agree() -> None:
    found = verdict(value=100_000, discount_percent=35)
    assert found.review is not None
    assert (found.rule, found.review.approval, found.review.reason) == ("terms-value", "terms", "high-value")
    assert [tried.rule for tried in found.trace] == ["terms-value"]


def test_terms_that_are_not_known_are_not_judged() -> None:
    found = verdict(value=None, discount_percent=None)
    assert found.review is None
    assert {tried.truth for tried in found.trace} == {Truth.NOT_EVALUATED}


def test_whoever_decides_reads_the_terms_on_one_line_without_a_name() -> None:
    found = verdict(value=120_000, nonstandard_terms=True)
    assert found.question == (
        "Shall this customer be onboarded on these terms: plan team, 40 seats, EUR 120,000 a year, "
        "10 % discount, terms that are not our standard, data in eu, onboarded as full? "
        "Asked because: high value."
    )
    assert not [value for value in PERSONAL if value in found.question]


def test_terms_that_nobody_knows_are_left_out_of_the_question() -> None:
    found = verdict(plan=None, seats=None, currency=None, value=100_000, discount_percent=None, region=None)
    assert "terms: currency unknown 100,000 a year, onboarded as full?" in found.question


def test_a_policy_from_before_onboarding_says_so() -> None:
    old = small_bundle(onboarding=None)
    terms = JudgeTermsInput(policy_hash="h", details=details(), template="full")
    with pytest.raises(ValueError, match="says nothing about onboarding"):
        terms_verdict(terms, old)
    order = CheckPrerequisitesInput(policy_hash="h", prerequisites=(), details=details(), seller_id="o-ada")
    with pytest.raises(ValueError, match="says nothing about onboarding"):
        prerequisites_report(order, old)
