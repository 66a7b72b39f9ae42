"""Who speaks for a customer: one of our people, or the customer themselves at a door that knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.surroundings import Surroundings

if TYPE_CHECKING:
    from contracts.actors import Actor
    from starters.doors import Doors

PersonForCustomer = Annotated[
    str | None,
    typer.Option("--as", metavar="PERSON", help="Id of the person of ours who acts for the customer."),
]
AsCustomer = Annotated[
    bool,
    typer.Option("--as-customer", help="The customer acts themselves; whoever runs this vouches for them."),
]


def speaker_from(person: str | None, as_customer: bool) -> str | None:
    """The person of ours who acts, or None where the customer does.

    Raises:
        typer.BadParameter: neither or both are named.
    """
    if (person is None) is not as_customer:
        raise typer.BadParameter("name one of them", param_hint="--as PERSON / --as-customer")
    return person


async def speaker(around: Surroundings, doors: Doors, onboarding_id: str, person: str | None) -> Actor:
    """Whoever acts, with an assertion for this onboarding.

    The run itself knows the customer's name as an actor. That it is the customer who acts is for this door
    to know: the run only sees that the door says so.

    Raises:
        CommandFailure: INPUT_REFUSED where the policy knows no such person; NOT_FOUND; MISCONFIGURED.
    """
    from contracts.ids import onboarding_workflow_id
    from starters.identity import prove, vouch

    audience = onboarding_workflow_id(onboarding_id)
    if person is not None:
        return prove(around.settings(), around.policy(), person, audience, around.now())
    status = await doors.onboarding.status(onboarding_id)
    return vouch(around.settings(), status.customer_id, audience, around.now())
