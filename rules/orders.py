"""The front door's rules for orders: what becomes one, what becomes details of one, and what is refused.

Doors refuse what contracts ignore: unknown keys.
"""

from datetime import datetime

from contracts.order import OnboardingOrder, OrderDetails
from contracts.policy import PolicyBundle
from rules.documents import Problem, object_in, parsed, refuse_far_instants

ORDER = "order"
DETAILS = "order's details"
"""What a problem of the whole document is filed under."""


def parse_order(data: object, *, ordered_at: datetime) -> OnboardingOrder:
    """The order that decoded JSON stands for.

    Args:
        data: an object as `json.loads` gives it.
        ordered_at: counts where the data does not say itself.

    Raises:
        DocumentRefused: it is no order; each problem is named.
    """
    document = object_in(data, ORDER)
    if document.get("ordered_at") is None:
        document["ordered_at"] = ordered_at
    order = parsed(document, OnboardingOrder, ORDER)
    refuse_far_instants(
        {"ordered_at": order.ordered_at, "details.contract_signed_at": order.details.contract_signed_at}
    )
    return order


def parse_details(data: object) -> OrderDetails:
    """The details of an order that decoded JSON stands for.

    Raises:
        DocumentRefused: they are none; each problem is named.
    """
    details = parsed(object_in(data, DETAILS), OrderDetails, DETAILS)
    refuse_far_instants({"contract_signed_at": details.contract_signed_at})
    return details


def order_problems(order: OnboardingOrder, bundle: PolicyBundle) -> tuple[Problem, ...]:
    """Why an order that is one cannot be onboarded under this policy, as far as that is known at once."""
    people = {person.id for person in bundle.people}
    problems: list[Problem] = []
    if order.seller_id not in people:
        problems.append(Problem("seller_id", "is nobody whom the policy knows"))
    if order.customer_id in people:
        # A customer acts under this name, and must not pass for one of ours.
        problems.append(Problem("customer_id", "is the id of one of our own people"))
    return tuple(problems)
