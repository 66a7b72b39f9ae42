"""Stripe: what is sent, what a key means to it, and what each of its errors means to us."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
import stripe

from connectors.connections.onboarding import StripeSettings
from connectors.errors import ErrorRow, declared
from connectors.store.engine import Store
from connectors.stripe.api import API_VERSION, ERRORS, StripeApi, intent_of, stripe_system
from connectors.stripe.billing import StripeBilling
from contracts.billing import CheckBillingInput
from contracts.crm import UndoInput
from contracts.failures import FailureCode, ServiceFailure
from contracts.onboarding_ports import Billing
from contracts.order import PostalAddress
from tests.connectors.conformance.onboarding_systems import OnStripe, on_stripe, remembered
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import Refused
from tests.connectors.odd_answers import ODD_ANSWERS, SOON, OddAnswer
from tests.connectors.onboarding_examples import billed, subscribing
from tests.connectors.strict_stripe import PRICE, PRODUCT, SECRET

SETTINGS = StripeSettings.model_validate({"secret_key": SECRET, "prices": {"team": PRICE}})


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest_asyncio.fixture
async def on(store: Store, clock: SettableClock) -> AsyncIterator[OnStripe]:
    async with on_stripe(store, clock) as one:
        yield one


async def failure_of(billing: Billing, step: str = "open") -> ServiceFailure:
    look = CheckBillingInput(customer_id="acme")
    asked = billing.open_customer(billed()) if step == "open" else billing.readiness(look)
    with pytest.raises(ServiceFailure) as caught:
        await asked
    return caught.value


def with_transport(transport: httpx.MockTransport, store: Store, clock: SettableClock) -> StripeBilling:
    system = stripe_system(SETTINGS, transport=transport, within=SOON)
    return StripeBilling(StripeApi(system, clock), remembered(store, clock, "stripe"), SETTINGS)


async def test_vendors_own_client_finds_the_fake_as_it_expects_it(on: OnStripe) -> None:
    await asyncio.to_thread(as_the_vendor_asks, on.url)


def as_the_vendor_asks(url: str) -> None:
    def client(secret: str) -> stripe.StripeClient:
        http = stripe.RequestsClient()
        return stripe.StripeClient(
            secret, base_addresses={"api": url}, http_client=http, max_network_retries=0
        )

    ours = client(SECRET).v1
    made = [ours.customers.create({"name": "Globex"}, {"idempotency_key": "k"}) for _ in range(2)]
    assert made[0].id == made[1].id
    with pytest.raises(stripe.IdempotencyError):
        ours.customers.create({"name": "Other"}, {"idempotency_key": "k"})
    with pytest.raises(stripe.InvalidRequestError, match="planted"):
        ours.customers.retrieve("cus_0")
    subscription = ours.subscriptions.create(
        {
            "customer": made[0].id,
            "items": [{"price": PRICE, "quantity": 2}],
            "collection_method": "send_invoice",
            "days_until_due": 30,
        }
    )
    listed = ours.subscriptions.list({"customer": made[0].id})
    assert [one.id for one in listed.data] == [subscription.id]
    (invoice,) = ours.invoices.list({"subscription": subscription.id}).data
    assert ours.subscriptions.cancel(subscription.id).status == "canceled"
    assert invoice.id
    for refused in (ours.invoices.delete, ours.invoices.void_invoice):
        with pytest.raises(stripe.InvalidRequestError, match="planted"):
            refused(invoice.id)
    assert ours.invoices.finalize_invoice(invoice.id, {"auto_advance": False}).status == "open"
    assert ours.invoices.void_invoice(invoice.id).status == "void"
    assert ours.customers.search({"query": "metadata['throughline_key']:'k'"}).data == []
    with pytest.raises(stripe.AuthenticationError):
        client("sk_test_wrong").v1.customers.list()


async def test_every_call_is_pinned_and_every_creation_carries_our_key(on: OnStripe) -> None:
    customer = await on.billing.open_customer(billed())
    await on.billing.start_subscription(subscribing(customer.id))
    assert {one.headers["stripe-version"] for one in on.account.asked} == {API_VERSION}
    keys = [one.headers.get("idempotency-key") for one in on.account.asked if one.method == "POST"]
    assert keys == [billed().key, subscribing(customer.id).key]


async def test_customer_is_told_what_is_printed_on_invoices(on: OnStripe) -> None:
    await on.billing.open_customer(billed())
    (asked,) = (one for one in on.account.asked if one.method == "POST")
    form = dict(asked.form())
    assert form["name"] == "Acme"
    assert form["email"] == "zoe@acme.example"
    assert form["address[city]"] == "León"
    assert (form["tax_id_data[0][type]"], form["tax_id_data[0][value]"]) == ("eu_vat", "ESB12345678")


async def test_tax_id_of_a_country_without_a_known_form_is_kept_beside(on: OnStripe) -> None:
    address = PostalAddress(street="1", city="Tokyo", country="JP")
    customer = await on.billing.open_customer(billed(address=address, tax_id="T1"))
    assert on.account.customers[customer.id]["metadata"]["tax_id"] == "T1"


@pytest.mark.parametrize(("currency", "amount"), [("EUR", "1200000"), ("JPY", "12000"), ("KWD", "12000000")])
async def test_what_was_sold_is_what_is_invoiced(on: OnStripe, currency: str, amount: str) -> None:
    customer = await on.billing.open_customer(billed())
    await on.billing.start_subscription(subscribing(customer.id, currency=currency))
    (subscription,) = on.account.active()
    form = subscription["form"]
    assert form["items[0][price_data][unit_amount]"] == amount
    assert form["items[0][price_data][currency]"] == currency.lower()
    assert form["items[0][price_data][product]"] == PRODUCT
    assert form["collection_method"] == "send_invoice"


async def test_what_has_no_value_of_its_own_costs_what_the_list_says(on: OnStripe) -> None:
    customer = await on.billing.open_customer(billed())
    await on.billing.start_subscription(
        subscribing(customer.id, value=None, currency=None, discount_percent=None)
    )
    (subscription,) = on.account.active()
    assert subscription["form"]["items[0][price]"] == PRICE
    assert subscription["form"]["items[0][quantity]"] == "25"


@pytest.mark.parametrize("terms", [{"plan": "unknown"}, {"value": None}, {"currency": None}], ids=str)
async def test_terms_that_say_too_little_to_invoice_are_refused(
    on: OnStripe, terms: dict[str, str | None]
) -> None:
    customer = await on.billing.open_customer(billed())
    with Refused(FailureCode.REJECTED):
        await on.billing.start_subscription(subscribing(customer.id, **terms))
    assert on.account.subscriptions == {}


async def test_saved_failure_is_asked_anew_under_another_key_once_nothing_is_found(on: OnStripe) -> None:
    on.account.fail_next = 1
    customer = await on.billing.open_customer(billed())
    assert list(on.account.customers) == [customer.id]
    keys = [one.headers["idempotency-key"] for one in on.account.asked if one.method == "POST"]
    assert keys == [billed().key, billed().key, intent_of(billed().key, 2)]


async def test_system_that_fails_every_time_is_not_asked_for_ever(store: Store, clock: SettableClock) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"data": [], "has_more": False})
        error = {"error": {"type": "api_error"}}
        return httpx.Response(500, json=error, headers={"idempotent-replayed": "true"})

    failure = await failure_of(with_transport(httpx.MockTransport(answer), store, clock))
    assert failure.code is FailureCode.CONFLICT


async def test_amended_request_under_the_key_of_a_refused_one_is_taken(on: OnStripe) -> None:
    with Refused(FailureCode.REJECTED):
        await on.billing.open_customer(billed(tax_id="no vat"))
    customer = await on.billing.open_customer(billed(tax_id="ESB12345678"))
    assert list(on.account.customers) == [customer.id]


@pytest.mark.parametrize("skew", [-30, 30])
async def test_one_effect_per_key_where_every_fifth_answer_is_lost(
    on: OnStripe, clock: SettableClock, skew: int
) -> None:
    ours = clock.now
    on.account.clock = lambda: clock.now + timedelta(minutes=skew)
    on.account.lose_every = 5
    for n in range(8):
        customer = await on.billing.open_customer(billed(key=f"c-{n}", customer_id=f"c-{n}"))
        await on.billing.start_subscription(subscribing(customer.id, key=f"s-{n}"))
    assert len(on.account.customers) == len(on.account.subscriptions) == 8
    assert clock.now > ours, "an answer was lost, and waited for"
    for n in range(8):
        assert (await on.billing.cancel_subscription(UndoInput(key=f"s-{n}"))).undone
        assert (await on.billing.close_customer(UndoInput(key=f"c-{n}"))).undone
    assert on.account.active() == on.account.open_customers() == []
    assert {one["status"] for one in on.account.invoices.values()} == {"void"}


async def test_paid_invoice_is_kept_and_named(on: OnStripe) -> None:
    customer = await on.billing.open_customer(billed())
    await on.billing.start_subscription(subscribing(customer.id))
    for invoice in on.account.invoices.values():
        invoice |= {"status": "paid", "amount_paid": invoice["amount_due"]}
    undone = await on.billing.cancel_subscription(UndoInput(key=subscribing(customer.id).key))
    assert undone.kept == ("an invoice that is paid",)


@pytest.mark.parametrize("status", ["draft", "open", "uncollectible"])
async def test_invoice_that_nobody_paid_is_voided_and_sent_to_nobody(on: OnStripe, status: str) -> None:
    customer = await on.billing.open_customer(billed())
    await on.billing.start_subscription(subscribing(customer.id))
    (invoice,) = on.account.invoices.values()
    invoice["status"] = status
    undone = await on.billing.cancel_subscription(UndoInput(key=subscribing(customer.id).key))
    assert undone.kept == ()
    assert invoice["status"] == "void"
    assert invoice["auto_advance"] is (status != "draft")


async def test_invoice_of_nothing_is_not_called_paid(on: OnStripe) -> None:
    customer = await on.billing.open_customer(billed())
    await on.billing.start_subscription(subscribing(customer.id, value=0))
    undone = await on.billing.cancel_subscription(UndoInput(key=subscribing(customer.id).key))
    assert undone.kept == ()


async def test_failed_undo_is_tried_again_until_it_succeeds(on: OnStripe) -> None:
    customer = await on.billing.open_customer(billed())
    await on.billing.start_subscription(subscribing(customer.id))
    on.account.fail_next = 1
    await on.billing.cancel_subscription(UndoInput(key=subscribing(customer.id).key))
    on.account.fail_next = 1
    await on.billing.close_customer(UndoInput(key=billed().key))
    assert on.account.open_customers() == []
    assert {one["status"] for one in on.account.invoices.values()} == {"void"}


async def test_customer_too_old_for_the_list_is_found_by_search(on: OnStripe, clock: SettableClock) -> None:
    await on.billing.open_customer(billed())
    clock.advance(days=2)
    on.account.search_is_up_to_date = True
    with Refused(FailureCode.CONFLICT):
        await on.billing.open_customer(billed(key="again"))


def test_keys_that_no_header_takes_are_sent_as_digests() -> None:
    for key in ("ä", " a", "k" * 256):
        assert intent_of(key, 1).isascii()
        assert len(intent_of(key, 1)) <= 255
        assert intent_of(key, 1) != intent_of(key, 2)
    assert intent_of("k" * 255, 1) == "k" * 255
    assert len(intent_of("k" * 255, 2)) <= 255


@pytest.mark.parametrize("row", declared(ERRORS), ids=lambda row: f"{row.status}-{row.code}")
async def test_every_row_of_the_table(row: ErrorRow, store: Store, clock: SettableClock) -> None:
    body = {"error": {"type": row.code or "invalid_request_error", "message": "zoe@acme.example"}}
    if row.code and row.code != "idempotency_error":
        body["error"] |= {"code": row.code, "type": "invalid_request_error"}
    transport = httpx.MockTransport(lambda _: httpx.Response(row.status or 500, json=body))
    failure = await failure_of(with_transport(transport, store, clock), "look")
    expected = ERRORS.row_for(row.status or 500, json.loads(json.dumps(body)))
    assert failure.code is expected.meaning
    assert row not in ERRORS.rows or failure.code is row.meaning
    assert "zoe" not in failure.message


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("step", ["open", "look"])
async def test_odd_answers_end_in_a_named_failure(
    odd: OddAnswer, step: str, store: Store, clock: SettableClock
) -> None:
    failure = await failure_of(with_transport(odd.transport(), store, clock), step)
    assert failure.code in odd.expected


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
async def test_odd_answers_to_a_creation_end_in_a_named_failure(
    odd: OddAnswer, store: Store, clock: SettableClock
) -> None:
    planted = odd.transport()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"data": [], "has_more": False})
        return await planted.handle_async_request(request)

    failure = await failure_of(with_transport(httpx.MockTransport(answer), store, clock))
    assert failure.code in odd.expected
    assert "Ann" not in failure.message
