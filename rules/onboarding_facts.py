"""What the tables for onboarding and access may look at: named facts, none of which is personal data."""

from collections.abc import Mapping

from contracts.access_request import AccessRequest
from contracts.order import OrderDetails
from contracts.policy import Person
from rules.countries import iso_country
from rules.facts import Fact, FactKind

ONBOARDING_FACTS: Mapping[str, FactKind] = {
    "order.plan": FactKind.TEXT,
    "order.seats": FactKind.NUMBER,
    "order.value": FactKind.NUMBER,
    "order.currency": FactKind.TEXT,
    "order.discount_percent": FactKind.NUMBER,
    "order.nonstandard_terms": FactKind.FLAG,
    "order.region": FactKind.TEXT,
    "order.country": FactKind.TEXT,
    "order.has_tax_id": FactKind.FLAG,
}
"""Known when the way of a customer is chosen; what the order does not say is not evaluated."""

TERMS_FACTS: Mapping[str, FactKind] = {**ONBOARDING_FACTS, "template": FactKind.TEXT}
"""Known when the terms are judged: the way is chosen by then."""

ACCESS_FACTS: Mapping[str, FactKind] = {
    "access.system": FactKind.TEXT,
    "access.role": FactKind.TEXT,
    "access.days": FactKind.NUMBER,
    "person.roles": FactKind.LIST,
}
"""Known of an access request, and of the person who gets the access."""


def onboarding_facts(details: OrderDetails, *, template: str | None = None) -> dict[str, Fact]:
    """What is known of an order, and the template that it goes by once there is one."""
    return {
        "order.plan": details.plan,
        "order.seats": details.seats,
        "order.value": details.value,
        "order.currency": details.currency,
        "order.discount_percent": details.discount_percent,
        "order.nonstandard_terms": details.nonstandard_terms,
        "order.region": details.region,
        "order.country": iso_country(details.country),
        "order.has_tax_id": bool(details.tax_id and details.tax_id.strip()),
        "template": template,
    }


def access_facts(request: AccessRequest, person: Person) -> dict[str, Fact]:
    """What is known of an access request."""
    return {
        "access.system": request.system,
        "access.role": request.role,
        "access.days": request.days,
        "person.roles": tuple(sorted(person.roles)),
    }
