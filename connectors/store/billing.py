"""The embedded billing system: one open customer and one active subscription at a time."""

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal, Made
from connectors.order_terms import refuse_impossible
from connectors.store.effects import Effects, new_id
from connectors.store.engine import Store, insert_if_absent
from connectors.store.onboarding_tables import NOT_CANCELLED, NOT_CLOSED, billing_customers, subscriptions
from connectors.store.rows import existing, first
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
from contracts.ports import Clock

SYSTEM = "billing"


class SqlBilling:
    """`Billing` over the store. Nothing is deleted: what has ended stays readable."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._effects = Effects(store, clock, SYSTEM)

    async def readiness(self, question: CheckBillingInput) -> Readiness:
        """Says whether a billing customer can be opened."""
        query = select(billing_customers.c.id).where(
            billing_customers.c.customer_id == question.customer_id, NOT_CLOSED
        )
        if await self._store.fetch(SYSTEM, query, lambda row: row["id"]):
            return Readiness(ready=False, problem="billing has an open account for this customer already")
        return Readiness(ready=True)

    async def open_customer(self, request: OpenBillingCustomerInput) -> BillingCustomer:
        """Makes whom invoices go to. Raises CONFLICT if the customer has an open one already."""

        async def make(connection: AsyncConnection) -> Made[BillingCustomer]:
            customer = BillingCustomer(id=new_id("billing_customer"))
            row = {**request.model_dump(mode="json"), "id": customer.id, "created_at": self._clock()}
            if not await insert_if_absent(
                connection, billing_customers, row, "customer_id", where=NOT_CLOSED
            ):
                raise ServiceFailure(
                    FailureCode.CONFLICT, SYSTEM, "the customer has an open billing customer already"
                )
            return Made(customer, {"id": customer.id})

        return (await self._effects.once("billing_customer", request, BillingCustomer, make)).result

    async def close_customer(self, undo: UndoInput) -> UndoResult:
        """Closes whom invoices went to. Raises CONFLICT while a subscription is active."""

        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            one = billing_customers.c.id == journal["id"]
            await connection.execute(select(billing_customers.c.id).where(one).with_for_update())
            if await first(connection, _active_subscription(journal["id"])) is not None:
                raise ServiceFailure(
                    FailureCode.CONFLICT, SYSTEM, "a subscription is active: it must be cancelled first"
                )
            await connection.execute(update(billing_customers).where(one).values(closed_at=self._clock()))
            return ()

        return await self._effects.undo("billing_customer", undo, unmake)

    async def start_subscription(self, request: StartSubscriptionInput) -> Subscription:
        """Starts what is paid for.

        Raises:
            ServiceFailure: NOT_FOUND; CONFLICT if the billing customer is closed or has an active one;
                REJECTED if seats, value or discount are not possible.
        """

        async def make(connection: AsyncConnection) -> Made[Subscription]:
            refuse_impossible(SYSTEM, request)
            subscription = Subscription(id=new_id("subscription"))
            # Locked as by `close_customer`, so that none is closed between the look and the start.
            query = select(billing_customers).where(billing_customers.c.id == request.billing_customer_id)
            customer = await existing(connection, query, system=SYSTEM, what="billing customer", lock=True)
            if customer["closed_at"] is not None:
                raise ServiceFailure(FailureCode.CONFLICT, SYSTEM, "the billing customer is closed")
            if await first(connection, _active_subscription(request.billing_customer_id)) is not None:
                raise ServiceFailure(
                    FailureCode.CONFLICT, SYSTEM, "the billing customer has an active subscription already"
                )
            row = {**request.model_dump(), "id": subscription.id, "started_at": self._clock()}
            await connection.execute(insert(subscriptions), row)
            return Made(subscription, {"id": subscription.id})

        return (await self._effects.once("subscription", request, Subscription, make)).result

    async def cancel_subscription(self, undo: UndoInput) -> UndoResult:
        """Ends what is paid for."""

        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            await connection.execute(
                update(subscriptions)
                .where(subscriptions.c.id == journal["id"])
                .values(cancelled_at=self._clock())
            )
            return ()

        return await self._effects.undo("subscription", undo, unmake)


def _active_subscription(billing_customer_id: str) -> Select[tuple[str]]:
    return select(subscriptions.c.id).where(
        subscriptions.c.billing_customer_id == billing_customer_id, NOT_CANCELLED
    )
