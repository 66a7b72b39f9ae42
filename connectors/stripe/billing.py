"""Stripe as `Billing`: invoices are sent, so no card is asked for."""

from connectors.answers import Said, read, read_part
from connectors.card import ConnectorCard, Operation
from connectors.connections.onboarding import StripeSettings
from connectors.http import quoted
from connectors.keyed import Attempt, Made, RemoteEffects
from connectors.order_terms import refuse_impossible
from connectors.stripe.api import CLOSED, CUSTOMER, KEY, SYSTEM, Marked, Page, StripeApi
from connectors.stripe.forms import customer_form, sold_item
from contracts.billing import (
    BillingCustomer,
    CheckBillingInput,
    OpenBillingCustomerInput,
    StartSubscriptionInput,
    Subscription,
)
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.onboarding_plan import Readiness
from contracts.remote_effects import StandingEffect

_MEANS = (
    "Idempotency-Key and our memory; records marked with our key are looked for before they are made anew"
)

CARD = ConnectorCard(
    name="stripe",
    port="billing",
    system="Stripe API v1",
    operations=(
        Operation("readiness", "a read", "none"),
        Operation(
            "open_customer", _MEANS, "none, while no other program opens customers for the same customer id"
        ),
        Operation("close_customer", "marks the customer as closed, which may be repeated", "none"),
        Operation("start_subscription", _MEANS, "none, while no other program subscribes the same customer"),
        Operation(
            "cancel_subscription",
            "ends it and voids what nobody paid (a draft is finalised first), each of which may be repeated",
            "none; an invoice that was paid meanwhile is kept, and named",
        ),
    ),
    rate_limit="by account; 429 is waited out",
    scopes="a restricted key that may write customers, subscriptions and invoices, and read prices",
    not_established=(
        "no live account was used: the lag of searches, the header Idempotent-Replayed, that a draft "
        "which is finalised without advancing is sent to nobody"
    ),
)


class _Price(Said):
    class _Recurring(Said):
        interval: str

    product: str
    recurring: _Recurring


class _Subscription(Marked):
    status: str


class _Invoice(Said):
    id: str
    status: str
    amount_paid: int
    """0 where nothing was due: Stripe calls that paid too."""


class StripeBilling:
    """`Billing` over Stripe. A customer is closed by a mark: what was invoiced stays readable.

    Stripe knows no unique customers. Whoever opens or changes one is alone with it (`RemoteEffects.alone`),
    and looks at what is there first.
    """

    def __init__(self, api: StripeApi, effects: RemoteEffects, settings: StripeSettings) -> None:
        self._api = api
        self._effects = effects
        self._settings = settings

    async def readiness(self, question: CheckBillingInput) -> Readiness:
        """Says whether a billing customer can be opened."""
        if await self._open_ones(question.customer_id):
            return Readiness(ready=False, problem="billing has an open account for this customer already")
        return Readiness(ready=True)

    async def open_customer(self, request: OpenBillingCustomerInput) -> BillingCustomer:
        """Makes whom invoices go to. Raises CONFLICT if the customer has an open one already."""

        async def mine() -> Marked | None:
            found = await self._open_ones(request.customer_id)
            if any(one.metadata.get(KEY) != request.key for one in found):
                raise _conflict("the customer has an open billing customer already")
            return found[0] if found else None

        async def make(_: Attempt) -> Made[BillingCustomer]:
            async with self._effects.alone(f"stripe_customer/{request.customer_id}"):
                customer = await mine()
                if customer is None:
                    form = customer_form(request)
                    made = await self._api.create("open customer", "/customers", request.key, form, mine)
                    customer = made if isinstance(made, Marked) else read(made, Marked)
            return Made(BillingCustomer(id=customer.id), {"id": customer.id})

        return (await self._effects.once("billing_customer", request, BillingCustomer, make)).result

    async def close_customer(self, undo: UndoInput) -> UndoResult:
        """Closes whom invoices went to. Raises CONFLICT while a subscription is active."""

        async def unmake(standing: StandingEffect) -> UndoResult:
            ids = await self._ids_of("/customers", undo.key, standing)
            for customer_id in ids:
                async with self._effects.alone(f"stripe_subscription/{customer_id}"):
                    if await self._active(customer_id):
                        raise _conflict("a subscription is active: it must be cancelled first")
                    path, closed = f"/customers/{quoted(customer_id)}", [(f"metadata[{CLOSED}]", "true")]
                    await self._api.change("close customer", "POST", path, closed)
            return UndoResult(undone=bool(ids))

        return await self._effects.undo("billing_customer", undo, unmake)

    async def start_subscription(self, request: StartSubscriptionInput) -> Subscription:
        """Starts what is paid for.

        Raises:
            ServiceFailure: NOT_FOUND; CONFLICT if the billing customer is closed or has an active one;
                REJECTED if the terms are not possible, or no price is set for the plan.
        """
        customer_id = request.billing_customer_id

        async def mine() -> Marked | None:
            found = await self._active(customer_id)
            if any(one.metadata.get(KEY) != request.key for one in found):
                raise _conflict("the billing customer has an active subscription already")
            return found[0] if found else None

        async def make(_: Attempt) -> Made[Subscription]:
            refuse_impossible(SYSTEM, request)
            price = self._price_of(request)
            async with self._effects.alone(f"stripe_subscription/{customer_id}"):
                await self._must_be_open(customer_id)
                subscription = await mine()
                if subscription is None:
                    form = await self._subscription_form(request, price)
                    made = await self._api.create(
                        "start subscription", "/subscriptions", request.key, form, mine
                    )
                    subscription = made if isinstance(made, Marked) else read(made, Marked)
            return Made(Subscription(id=subscription.id), {"id": subscription.id})

        return (await self._effects.once("subscription", request, Subscription, make)).result

    async def cancel_subscription(self, undo: UndoInput) -> UndoResult:
        """Ends what is paid for, and takes back invoices that nobody has paid yet."""

        async def unmake(standing: StandingEffect) -> UndoResult:
            ids = await self._ids_of("/subscriptions", undo.key, standing)
            kept = list[str]()
            for subscription_id in ids:
                path = f"/subscriptions/{quoted(subscription_id)}"
                await self._api.change("cancel subscription", "DELETE", path)
                kept += await self._void_invoices(subscription_id)
            return UndoResult(undone=bool(ids), kept=tuple(kept))

        return await self._effects.undo("subscription", undo, unmake)

    async def _open_ones(self, customer_id: str) -> tuple[Marked, ...]:
        found = await self._api.marked("/customers", CUSTOMER, customer_id)
        return tuple(one for one in found if CLOSED not in one.metadata)

    async def _active(self, billing_customer_id: str) -> tuple[_Subscription, ...]:
        """Without a status in the question, Stripe lists what is not cancelled."""
        answer = await self._api.get(
            "list of subscriptions", "/subscriptions", [("customer", billing_customer_id), ("limit", "100")]
        )
        found = (read_part(answer, one, _Subscription) for one in read(answer, Page).data)
        return tuple(one for one in found if one.status not in ("canceled", "incomplete_expired"))

    async def _must_be_open(self, billing_customer_id: str) -> None:
        answer = await self._api.get("read of customer", f"/customers/{quoted(billing_customer_id)}")
        customer = read(answer, Marked)
        if customer.deleted or CLOSED in customer.metadata:
            raise _conflict("the billing customer is closed")

    def _price_of(self, request: StartSubscriptionInput) -> str:
        price = self._settings.prices.get(request.plan)
        if price is None:
            raise ServiceFailure(
                FailureCode.REJECTED, SYSTEM, "plan: THROUGHLINE__STRIPE__PRICES names no price for it"
            )
        if request.discount_percent and request.value is None:
            raise ServiceFailure(
                FailureCode.REJECTED, SYSTEM, "value: must say what a year comes to after a discount"
            )
        return price

    async def _subscription_form(self, request: StartSubscriptionInput, price: str) -> list[tuple[str, str]]:
        form = [
            ("customer", request.billing_customer_id),
            ("collection_method", "send_invoice"),
            ("days_until_due", str(self._settings.days_until_due)),
            (f"metadata[{KEY}]", request.key),
            ("metadata[plan]", request.plan),
            ("metadata[seats]", str(request.seats)),
        ]
        if request.value is None:
            return [*form, ("items[0][price]", price), ("items[0][quantity]", str(request.seats))]
        answer = await self._api.get("read of price", f"/prices/{quoted(price)}")
        product = read(answer, _Price).product
        if request.currency is None:
            raise ServiceFailure(FailureCode.REJECTED, SYSTEM, "currency: is missing beside the value")
        return [*form, *sold_item(product, request.value, request.currency)]

    async def _ids_of(self, resource: str, key: str, standing: StandingEffect) -> tuple[str, ...]:
        if standing.result is not None:
            return (str(standing.journal["id"]),)
        return tuple(one.id for one in await self._api.marked(resource, KEY, key))

    async def _void_invoices(self, subscription_id: str) -> list[str]:
        query = [("subscription", subscription_id), ("limit", "100")]
        answer = await self._api.get("list of invoices", "/invoices", query)
        kept = list[str]()
        for one in read(answer, Page).data:
            invoice = read_part(answer, one, _Invoice)
            if invoice.status == "draft":
                invoice = await self._finalised(invoice)
            if invoice.status in ("open", "uncollectible"):
                await self._api.change("void invoice", "POST", f"/invoices/{quoted(invoice.id)}/void")
            elif invoice.status == "paid" and invoice.amount_paid:
                kept.append("an invoice that is paid")
        return kept

    async def _finalised(self, invoice: _Invoice) -> _Invoice:
        """As it can be voided, and sent to nobody: a subscription's draft is neither deleted nor voided."""
        path = f"/invoices/{quoted(invoice.id)}/finalize"
        answer = await self._api.change("finalize invoice", "POST", path, [("auto_advance", "false")])
        return invoice if answer is None else read(answer, _Invoice)


def _conflict(message: str) -> ServiceFailure:
    return ServiceFailure(FailureCode.CONFLICT, SYSTEM, message)
