"""The Stripe connector on subscriptions and invoices that we did not write, also where answers are lost."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
import stripe

from connectors.answers import read
from connectors.store.engine import Store
from connectors.stripe.api import CLOSED, CUSTOMER, KEY, Marked, StripeApi, stripe_system
from connectors.stripe.billing import StripeBilling
from connectors.stripe.forms import customer_form
from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.onboarding_ports import Billing
from runtime.counterparts.fault_proxy import Faults
from runtime.counterparts.servers import CounterpartServer
from tests.connectors.conformance.conftest import (  # noqa: F401 - fixtures of the suites
    bounds,
    provisioning,
    scheduling,
    scheduling_name,
)
from tests.connectors.conformance.onboarding_systems import remembered
from tests.connectors.conformance.test_billing import *  # noqa: F403 - the suite of the port
from tests.connectors.conformance.test_keyed_effects import *  # noqa: F403 - the suite of every keyed step
from tests.connectors.conformance.test_keyed_effects import Case, open_customer, start_subscription
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import Refused
from tests.connectors.onboarding_examples import billed, subscribing
from tests.connectors.patience import patient
from tests.counterparts.conftest import Proxied
from tests.counterparts.onboarding_suite import *  # noqa: F403 - its fixtures
from tests.counterparts.stripe_world import SECRET, StripeAccount, keys_of, offered, settings_of

Over = Callable[[str], AbstractAsyncContextManager[Billing]]
AN_HOUR = timedelta(hours=1).total_seconds()


@pytest.fixture(params=[open_customer, start_subscription])  # type: ignore[no-redef]
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param, "stripe")


@pytest.fixture  # type: ignore[no-redef]
def billing_name() -> str:
    return "stripe"


@pytest.fixture
def clock() -> SettableClock:
    """As the server's at first: what is too new for a search is listed by its time."""
    clock = SettableClock()
    clock.now = datetime.now(UTC)
    return clock


@pytest_asyncio.fixture
async def account(localstripe: CounterpartServer) -> StripeAccount:
    """Without records, and with searches that find nothing made within the hour."""
    account = StripeAccount(localstripe.url())
    await account.forget()
    await account.set_front(search_lag_seconds=AN_HOUR)
    return account


@pytest_asyncio.fixture
async def prices(localstripe: CounterpartServer, account: StripeAccount) -> dict[str, str]:
    return await offered(localstripe.url(), "team")


@pytest.fixture
def over(prices: dict[str, str], store: Store, clock: SettableClock) -> Over:
    """Opens the connector over a way to the server."""

    @asynccontextmanager
    async def opened(url: str) -> AsyncGenerator[Billing]:
        settings = settings_of(url, prices)
        async with stripe_system(settings) as system:
            port = StripeBilling(StripeApi(system, clock), remembered(store, clock, "stripe"), settings)
            yield patient(port, clock)

    return opened


@pytest_asyncio.fixture
async def billing(localstripe: CounterpartServer, over: Over) -> AsyncIterator[Billing]:
    async with over(localstripe.url()) as opened:
        yield opened


async def test_what_was_sold_is_what_the_server_invoices(billing: Billing, account: StripeAccount) -> None:
    customer = await billing.open_customer(billed())
    await billing.start_subscription(subscribing(customer.id))
    (subscription,) = await account.subscriptions()
    (invoice,) = await account.invoices()
    assert subscription["items"]["data"][0]["price"]["unit_amount"] == 1_200_000
    assert (invoice["customer"], invoice["customer_email"]) == (customer.id, "zoe@acme.example")
    assert (invoice["total"], invoice["currency"], invoice["status"]) == (1_200_000, "eur", "draft")


async def test_what_has_no_value_of_its_own_costs_what_the_list_says(
    billing: Billing, account: StripeAccount
) -> None:
    customer = await billing.open_customer(billed())
    await billing.start_subscription(
        subscribing(customer.id, value=None, currency=None, discount_percent=None)
    )
    (invoice,) = await account.invoices()
    assert invoice["total"] == 25 * 48_000


async def test_customer_too_old_for_the_list_is_found_by_search(
    billing: Billing, account: StripeAccount, clock: SettableClock
) -> None:
    await billing.open_customer(billed())
    clock.advance(days=2)
    await account.set_front(search_lag_seconds=0)
    with Refused(FailureCode.CONFLICT):
        await billing.open_customer(billed(key="again"))


@pytest.mark.parametrize("replays", [True, False], ids=["with-keys", "without-keys"])
async def test_one_effect_per_key_where_every_fifth_answer_is_lost(
    localstripe: CounterpartServer, account: StripeAccount, over: Over, proxied: Proxied, replays: bool
) -> None:
    await account.set_front(replays=replays)
    way = await proxied(localstripe.url(), Faults(drop_every=5))
    async with over(way.url) as billing:
        for n in range(8):
            customer = await billing.open_customer(billed(key=f"c-{n}", customer_id=f"c-{n}"))
            await billing.start_subscription(subscribing(customer.id, key=f"s-{n}"))
        assert keys_of(await account.customers()) == [f"c-{n}" for n in range(8)]
        assert keys_of(await account.subscriptions()) == [f"s-{n}" for n in range(8)]
        assert len(await account.invoices()) == 8
        for n in range(8):
            assert (await billing.cancel_subscription(UndoInput(key=f"s-{n}"))).undone
            assert (await billing.close_customer(UndoInput(key=f"c-{n}"))).undone
    assert await account.customers() == await account.subscriptions() == []
    assert {one["status"] for one in await account.invoices()} == {"void"}
    assert (await way.counts())["drop"] >= 5


async def test_vendors_own_client_finds_the_front_as_it_expects_it(
    localstripe: CounterpartServer, account: StripeAccount, prices: dict[str, str]
) -> None:
    await account.set_front(search_lag_seconds=0)
    await asyncio.to_thread(as_the_vendor_asks, localstripe.url(), prices["team"])


def client_of(url: str, secret: str = SECRET) -> stripe.StripeClient:
    http = stripe.RequestsClient()
    return stripe.StripeClient(secret, base_addresses={"api": url}, http_client=http, max_network_retries=0)


def as_the_vendor_asks(url: str, price: str) -> None:
    ours = client_of(url).v1
    made = [
        ours.customers.create({"name": "Globex", "metadata": {"k": "it's"}}, {"idempotency_key": "k"})
        for _ in range(2)
    ]
    assert made[0].id == made[1].id
    headers = [one.last_response.headers.get("idempotent-replayed") for one in made if one.last_response]
    assert headers == [None, "true"]
    with pytest.raises(stripe.IdempotencyError):
        ours.customers.create({"name": "Other"}, {"idempotency_key": "k"})
    assert [one.id for one in ours.customers.search({"query": r"metadata['k']:'it\'s'"}).data] == [made[0].id]
    assert ours.prices.retrieve(price).recurring
    subscription = ours.subscriptions.create(
        {
            "customer": made[0].id,
            "items": [{"price": price, "quantity": 2}],
            "collection_method": "send_invoice",
            "days_until_due": 30,
            "metadata": {"k": "v"},
        }
    )
    assert (subscription.status, subscription["items"].data[0].price.id) == ("active", price)
    found = ours.subscriptions.search({"query": "metadata['k']:'v'"}).data
    assert [one.id for one in found] == [subscription.id]
    listed = ours.subscriptions.list({"customer": made[0].id, "created": {"gte": subscription.created}})
    assert [one.id for one in listed.data] == [subscription.id]
    assert ours.subscriptions.list({"created": {"gt": subscription.created}}).data == []
    as_the_vendor_ends_it(ours, subscription.id)
    with pytest.raises(stripe.AuthenticationError):
        client_of(url, "wrong").v1.customers.list()


def as_the_vendor_ends_it(ours: stripe.V1Services, subscription: str) -> None:
    (invoice,) = ours.invoices.list({"subscription": subscription}).data
    assert invoice.id
    assert invoice.status == "draft"
    for refused in (ours.invoices.delete, ours.invoices.void_invoice):
        with pytest.raises(stripe.InvalidRequestError):
            refused(invoice.id)
    assert ours.invoices.finalize_invoice(invoice.id, {"auto_advance": False}).status == "open"
    assert ours.invoices.void_invoice(invoice.id).status == "void"
    assert ours.subscriptions.cancel(subscription).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        ours.subscriptions.cancel(subscription)
    assert caught.value.code == "resource_missing"


async def test_two_calls_under_a_key_at_once_are_one_and_a_conflict(
    localstripe: CounterpartServer, account: StripeAccount
) -> None:
    await account.set_front(slow_seconds=1)
    customers = client_of(localstripe.url()).v1.customers

    def create() -> str:
        return customers.create({"name": "Globex"}, {"idempotency_key": "k"}).id

    ends = await asyncio.gather(*[asyncio.to_thread(create) for _ in range(3)], return_exceptions=True)
    refused = [one for one in ends if isinstance(one, stripe.StripeError)]
    assert [(one.http_status, one.error and one.error.code) for one in refused] == [
        (409, "idempotency_key_in_use")
    ] * 2
    (made,) = {one for one in ends if isinstance(one, str)}
    assert [one["id"] for one in await account.customers()] == [made]


async def nobody() -> None:
    """Was made by an earlier attempt."""


async def test_customers_and_prices_are_said_as_another_emulator_understands_them(
    emulate: CounterpartServer, clock: SettableClock
) -> None:
    """It has no searches and no subscriptions, so that only single calls can be shown to it."""
    url, request = emulate.url("stripe"), billed()
    (price,) = (await offered(url, "team")).values()
    customers = client_of(url).v1.customers
    async with stripe_system(settings_of(url, {"team": price})) as system:
        api = StripeApi(system, clock)
        answer = await api.create("open customer", "/customers", request.key, customer_form(request), nobody)
        assert answer is not None
        customer = read(answer, Marked)
        seen = await asyncio.to_thread(customers.retrieve, customer.id)
        assert (seen.name, seen.email, seen.description) == ("Acme", "zoe@acme.example", "Acme")
        assert seen.metadata
        assert (seen.metadata[KEY], seen.metadata[CUSTOMER]) == (request.key, "acme")
        closed = [(f"metadata[{CLOSED}]", "true")]
        await api.change("close customer", "POST", f"/customers/{customer.id}", closed)
        seen = await asyncio.to_thread(customers.retrieve, customer.id)
        assert seen.metadata
        assert seen.metadata[CLOSED] == "true"
        assert await api.change("close customer", "POST", "/customers/cus_none", closed) is None
        said = (await api.get("read of price", f"/prices/{price}")).object()
        assert (said["id"], said["unit_amount"]) == (price, 48_000)
