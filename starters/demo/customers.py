"""The shipped examples of customers and access requests: what happens, who does what, how each must end."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from contracts.access_request import AccessRequest, AccessRequestState
from contracts.follow_through import LeadOutcome
from contracts.onboarding_states import OnboardingState
from contracts.order import OrderDetails
from starters.demo.story import EXAMPLES, Page, load_change

SELLER = "seller"
"""Stands for whoever sold the order, wherever a move names a person."""


class Deed(StrEnum):
    """What somebody does about a customer."""

    PROVIDE = "provide"
    SIGN = "sign"
    APPROVE = "approve"
    REJECT = "reject"
    CHOOSE = "choose"
    HAND_OVER = "hand_over"
    USE = "use"
    """The customer gets something out of their workspace, and time passes until that is looked at."""
    WAIT = "wait"
    """Time passes until it is looked whether they got something out of it; the product cannot say."""
    ABANDON = "abandon"
    CANCEL = "cancel"


class CustomerMove(Page):
    """One deed. The moves of a customer are made in the order of the file."""

    when: OnboardingState
    do: Deed
    by: str = ""
    """A person of the policy or `seller`; the customer where nobody is named."""
    reason: str = ""
    details: OrderDetails = OrderDetails()
    reference: str = ""
    """Of the contract that is signed."""
    slot: int = 0
    """Which of the times that are offered, from 0."""


class CustomerEnd(Page):
    """How an onboarding must end."""

    outcome: OnboardingState
    template: str
    visits: tuple[OnboardingState, ...]
    undone: tuple[str, ...]


class Customer(Page):
    """One customer's story."""

    name: str
    about: str
    lead: str | None = None
    """The example lead whose deal is won; without one the order's file is a whole order."""
    outcomes: tuple[LeadOutcome, ...] = ()
    order: str
    """A file of `examples/orders/`."""
    moves: tuple[CustomerMove, ...]
    expected: CustomerEnd


class Access(Page):
    """One access request's story."""

    request: AccessRequest
    approved_by: str
    outcome: AccessRequestState


def load_customers() -> tuple[Customer, ...]:
    """Reads `examples/customers.json`.

    Raises:
        ValueError: an example is wrong.
        OSError: the file cannot be read.
    """
    return TypeAdapter(tuple[Customer, ...]).validate_python(_read("customers.json"))


def load_customers_on_counterparts() -> tuple[Customer, ...]:
    """The same with the ends that they have on systems of others; raises as `load_customers` does."""
    stories = _read("customers.json")
    by_name = {story["name"]: story for story in stories}
    for name, change in load_change().customers.items():
        story = by_name[name]
        story["expected"] |= change.expected
        for number, move in change.moves.items():
            story["moves"][number : number + 1] = [move]
    return TypeAdapter(tuple[Customer, ...]).validate_python(stories)


def load_access() -> tuple[Access, ...]:
    """Reads `examples/access_requests.json`; raises as `load_customers` does."""
    return TypeAdapter(tuple[Access, ...]).validate_python(_read("access_requests.json"))


def _read(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
