"""Conformance of `Billing`: one open customer and one active subscription at a time, ended in their order."""

import pytest

from contracts.billing import BillingCustomer, CheckBillingInput
from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.onboarding_plan import Readiness
from contracts.onboarding_ports import Billing
from contracts.order import PartyContact, PostalAddress
from tests.connectors.examples import LONG, Refused
from tests.connectors.onboarding_examples import all_at_once, billed, subscribing


@pytest.fixture(params=["embedded", "stripe"])
def billing_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def customer(billing: Billing) -> BillingCustomer:
    return await billing.open_customer(billed())


async def is_ready(billing: Billing, customer_id: str = "acme") -> Readiness:
    return await billing.readiness(CheckBillingInput(customer_id=customer_id))


async def test_billing_is_ready_until_the_customer_is_there_and_again_once_it_is_closed(
    billing: Billing,
) -> None:
    assert await is_ready(billing) == Readiness(ready=True)
    await billing.open_customer(billed())
    taken = await is_ready(billing)
    assert not taken.ready
    assert taken.problem
    assert "Acme" not in taken.problem
    assert (await is_ready(billing, "globex")).ready
    await billing.close_customer(UndoInput(key=billed().key))
    assert (await is_ready(billing)).ready


async def test_same_key_returns_the_first_result_whatever_it_asks(billing: Billing) -> None:
    customer = await billing.open_customer(billed())
    assert await billing.open_customer(billed(customer_id="globex")) == customer
    assert (await is_ready(billing, "globex")).ready


async def test_second_customer_under_another_key_is_refused(
    billing: Billing, customer: BillingCustomer
) -> None:
    with Refused(FailureCode.CONFLICT):
        await billing.open_customer(billed(key="again"))
    other = await billing.open_customer(billed(key="other", customer_id="globex"))
    assert other.id != customer.id


async def test_of_ten_runs_for_one_customer_at_once_one_opens_it(billing: Billing) -> None:
    made, refused = await all_at_once(billing.open_customer, [billed(key=f"run-{n}") for n in range(10)])
    assert len(made) == 1
    assert refused == [FailureCode.CONFLICT] * 9


async def test_refused_key_can_be_used_once_nothing_is_in_its_way(
    billing: Billing, customer: BillingCustomer
) -> None:
    with Refused(FailureCode.CONFLICT):
        await billing.open_customer(billed(key="again"))
    await billing.close_customer(UndoInput(key=billed().key))
    assert (await billing.open_customer(billed(key="again"))).id != customer.id


async def test_long_names_of_any_script_are_taken(billing: Billing) -> None:
    customer = await billing.open_customer(
        billed(
            company=LONG,
            contact=PartyContact(name=LONG, email=f"{'z' * 300}@acme.example"),
            address=PostalAddress(street=LONG, city="東京", postal_code="〒100-0001", country="JP"),
            tax_id="検査" * 30,
        )
    )
    assert customer.id


async def test_customer_with_an_active_subscription_is_not_closed(
    billing: Billing, customer: BillingCustomer
) -> None:
    request = subscribing(customer.id)
    await billing.start_subscription(request)
    with Refused(FailureCode.CONFLICT):
        await billing.close_customer(UndoInput(key=billed().key))
    assert not (await is_ready(billing)).ready
    assert (await billing.cancel_subscription(UndoInput(key=request.key))).undone
    assert (await billing.close_customer(UndoInput(key=billed().key))).undone


async def test_closed_customer_is_not_subscribed(billing: Billing, customer: BillingCustomer) -> None:
    await billing.close_customer(UndoInput(key=billed().key))
    with Refused(FailureCode.CONFLICT):
        await billing.start_subscription(subscribing(customer.id))


async def test_subscription_of_nobody_is_not_found(billing: Billing) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await billing.start_subscription(subscribing("billing_customer_0"))


async def test_second_subscription_is_refused_until_the_first_is_cancelled(
    billing: Billing, customer: BillingCustomer
) -> None:
    first = await billing.start_subscription(subscribing(customer.id))
    with Refused(FailureCode.CONFLICT):
        await billing.start_subscription(subscribing(customer.id, key="again"))
    await billing.cancel_subscription(UndoInput(key=subscribing(customer.id).key))
    assert (await billing.start_subscription(subscribing(customer.id, key="again"))).id != first.id


async def test_of_ten_subscriptions_at_once_one_starts(billing: Billing, customer: BillingCustomer) -> None:
    requests = [subscribing(customer.id, key=f"run-{n}") for n in range(10)]
    made, refused = await all_at_once(billing.start_subscription, requests)
    assert len(made) == 1
    assert refused == [FailureCode.CONFLICT] * 9


async def test_subscription_without_a_price_is_taken(billing: Billing, customer: BillingCustomer) -> None:
    free = subscribing(customer.id, value=None, currency=None, discount_percent=None)
    assert (await billing.start_subscription(free)).id


@pytest.mark.parametrize(
    "impossible",
    [
        {"seats": 0},
        {"seats": -1},
        {"seats": 2**70},
        {"value": -1},
        {"value": 2**70},
        {"discount_percent": 101},
    ],
    ids=str,
)
async def test_terms_that_nobody_can_be_billed_for_are_refused(
    billing: Billing, customer: BillingCustomer, impossible: dict[str, int]
) -> None:
    with Refused(FailureCode.REJECTED):
        await billing.start_subscription(subscribing(customer.id, **impossible))
    assert (await billing.start_subscription(subscribing(customer.id))).id
