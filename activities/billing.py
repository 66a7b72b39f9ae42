"""The steps that make a customer pay, and stop them from paying."""

from temporalio import activity

from contracts.billing import (
    BillingCustomer,
    CheckBillingInput,
    OpenBillingCustomerInput,
    StartSubscriptionInput,
    Subscription,
)
from contracts.crm import UndoInput, UndoResult
from contracts.onboarding_plan import Readiness
from contracts.onboarding_ports import Billing


class BillingActivities:
    """Opens billing customers and subscriptions; one effect per key, each with its inverse.

    All methods raise REJECTED, FORBIDDEN, CONFLICT or NOT_FOUND for good, and UNREACHABLE, UNAVAILABLE,
    RATE_LIMITED, TIMED_OUT or OUTCOME_UNKNOWN to be retried under the same key.
    """

    def __init__(self, billing: Billing) -> None:
        self._billing = billing

    @activity.defn
    async def check_billing(self, question: CheckBillingInput) -> Readiness:
        """Says whether billing can take the customer."""
        return await self._billing.readiness(question)

    @activity.defn
    async def open_billing_customer(self, request: OpenBillingCustomerInput) -> BillingCustomer:
        """Makes whom invoices go to."""
        return await self._billing.open_customer(request)

    @activity.defn
    async def close_billing_customer(self, undo: UndoInput) -> UndoResult:
        """Closes whom invoices went to; CONFLICT while a subscription is active."""
        return await self._billing.close_customer(undo)

    @activity.defn
    async def start_subscription(self, request: StartSubscriptionInput) -> Subscription:
        """Starts what is paid for."""
        return await self._billing.start_subscription(request)

    @activity.defn
    async def cancel_subscription(self, undo: UndoInput) -> UndoResult:
        """Ends what is paid for."""
        return await self._billing.cancel_subscription(undo)
