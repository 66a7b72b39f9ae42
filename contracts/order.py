"""What was sold, to whom and on which terms: the start input of onboarding."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.base import Contract, Line, Slug


class PartyContact(Contract):
    """Somebody at the customer. Protected data, as everything that names a person."""

    name: Line
    email: Annotated[Line, Field(min_length=3, max_length=320)]


class PostalAddress(Contract):
    """Where invoices go."""

    street: Line
    city: Line
    postal_code: Annotated[Line, Field(max_length=20)] = ""
    country: Annotated[Line, Field(max_length=64)]
    """ISO 3166 alpha-2 code."""


class OrderDetails(Contract):
    """What is known of an order. What is missing is checked and asked for, not refused at doors."""

    company: Line | None = None
    company_domain: Annotated[Line, Field(max_length=253)] | None = None
    country: Annotated[Line, Field(max_length=64)] | None = None
    """ISO 3166 alpha-2 code of the company's seat."""
    contract_reference: Annotated[Line, Field(max_length=120)] | None = None
    contract_signed_at: AwareDatetime | None = None
    plan: Slug | None = None
    seats: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    value: Annotated[int, Field(ge=0, le=1_000_000_000_000)] | None = None
    """Per year, in whole units of `currency`."""
    currency: Annotated[Line, Field(pattern=r"^[A-Z]{3}$")] | None = None
    discount_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    nonstandard_terms: bool | None = None
    region: Slug | None = None
    """Where the customer's data must live."""
    tax_id: Annotated[Line, Field(max_length=64)] | None = None
    billing_contact: PartyContact | None = None
    billing_address: PostalAddress | None = None
    technical_contact: PartyContact | None = None
    """Becomes the first administrator, and is written to about kickoff and access."""
    zone: Annotated[Line, Field(max_length=64)] | None = None
    """IANA zone in which the customer is told times; UTC where nobody knows."""


class OnboardingOrder(Contract):
    """Start input of `CustomerOnboardingWorkflow`: a deal that is won."""

    customer_id: Slug
    """Opaque, and the same for every order of the customer; also the customer's name as an actor."""
    seller_id: Slug
    """Who sold it: supplies what is missing, and may not approve its terms."""
    ordered_at: AwareDatetime
    details: OrderDetails = OrderDetails()
    lead_id: Slug | None = None
    contact_id: str | None = None
    work_id: str | None = None
    """The deal in the CRM, where it came from one; what it knows fills in what the order lacks."""
