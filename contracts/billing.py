"""What the billing system is asked to do. Every write carries a key."""

from contracts.base import Contract, Key, Line, Slug
from contracts.order import PartyContact, PostalAddress


class CheckBillingInput(Contract):
    """The question whether billing can take a customer."""

    customer_id: Slug


class OpenBillingCustomerInput(Contract):
    """Whom invoices go to. CONFLICT where the customer has an open one under another key."""

    key: Key
    customer_id: Slug
    company: Line
    contact: PartyContact
    address: PostalAddress
    tax_id: str | None = None


class BillingCustomer(Contract):
    """A customer as billing holds it."""

    id: str


class StartSubscriptionInput(Contract):
    """Starts what is paid for. CONFLICT where the billing customer is closed or has one already."""

    key: Key
    billing_customer_id: str
    plan: Slug
    seats: int
    value: int | None = None
    """Per year, in whole units of `currency`."""
    currency: str | None = None
    discount_percent: int | None = None


class Subscription(Contract):
    """A subscription as billing holds it."""

    id: str
