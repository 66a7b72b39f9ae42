"""Orders for the tests of onboarding's rules: complete until told otherwise."""

from datetime import UTC, datetime
from typing import Any

from contracts.assessment import PolicyPin
from contracts.onboarding_plan import OnboardingPlan, PlanOnboardingInput
from contracts.order import OnboardingOrder, OrderDetails, PartyContact, PostalAddress
from contracts.policy import PolicyBundle
from rules.onboarding_plan import onboarding_plan
from tests.bundles import small_bundle

MONDAY = datetime(2026, 11, 30, 8, tzinfo=UTC)
"""09:00 in Berlin, when the small bundle's office opens."""

PIN = PolicyPin(hash="bundle-hash", version="2026-test.1")

PERSONAL = (
    "Grace Hopper",
    "grace@navy.example",
    "Howard Aiken",
    "aiken@navy.example",
    "Navy Yard",
    "navy.example",
    "1 Isaac Hull Avenue",
    "DE123456789",
)
"""What names or reaches somebody: it stands in no fact, no problem and no question."""


def details(**fields: Any) -> OrderDetails:
    """Everything that is known of a complete order; fields as given, None for one that is missing."""
    parts: dict[str, Any] = {
        "company": "Navy Yard",
        "company_domain": "navy.example",
        "country": "DE",
        "contract_reference": "MSA-2026-14",
        "plan": "team",
        "seats": 40,
        "value": 48_000,
        "currency": "EUR",
        "discount_percent": 10,
        "nonstandard_terms": False,
        "region": "eu",
        "tax_id": "DE123456789",
        "billing_contact": PartyContact(name="Howard Aiken", email="aiken@navy.example"),
        "billing_address": PostalAddress(street="1 Isaac Hull Avenue", city="Boston", country="US"),
        "technical_contact": PartyContact(name="Grace Hopper", email="grace@navy.example"),
        "zone": "America/New_York",
    }
    return OrderDetails(**{**parts, **fields})


def order(*, seller_id: str = "o-ada", lead_id: str | None = None, **fields: Any) -> OnboardingOrder:
    """An order sold by somebody whom the small bundle knows; fields of the details as given."""
    return OnboardingOrder(
        customer_id="cust-1",
        seller_id=seller_id,
        ordered_at=MONDAY,
        details=details(**fields),
        lead_id=lead_id,
    )


def plan_of(bundle: PolicyBundle | None = None, **fields: Any) -> OnboardingPlan:
    """The plan of such an order, by the small bundle until told otherwise."""
    return onboarding_plan(PlanOnboardingInput(order=order(**fields)), bundle or small_bundle(), PIN)
