"""`onboarding choose`: the customer takes one of the times that they are offered for the kickoff."""

from __future__ import annotations

from typing import Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    OnboardingId,
    Timeout,
    name_from,
    onboarding_id_from,
)
from starters.console import Answer, run, run_alone
from starters.speaking import AsCustomer, PersonForCustomer, speaker_from
from starters.surroundings import Surroundings, surroundings_of


def choose(
    context: typer.Context,
    *,
    onboarding: OnboardingId,
    slot: Annotated[str, typer.Argument(metavar="SLOT", help="As `onboarding status` names it.")],
    person: PersonForCustomer = None,
    as_customer: AsCustomer = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Take one of the times offered for the kickoff; it is booked, and invitations go out.

    \b
    Examples:
      throughline onboarding choose o7b3kq2m5x4vd6yh9t8n1a0ce 20261124T0900Z --as-customer
      throughline onboarding choose o7b3kq2m5x4vd6yh9t8n1a0ce 20261124T0900Z --as p-dana

    Exit codes: 0 taken, 2 nobody or two are named, 3 no such person, 4 no such onboarding, 5 the run refused
    (not offered, passed, wrong person), 7 no worker answers.
    """  # noqa: D301
    around, onboarding_id = surroundings_of(context), onboarding_id_from(onboarding)
    slot_id, speaks = name_from("SLOT", slot), speaker_from(person, as_customer)
    run(as_json, lambda: choose_kickoff(around, onboarding_id, slot_id, speaks, timeout))


async def choose_kickoff(
    around: Surroundings, onboarding_id: str, slot_id: str, person: str | None, seconds: float
) -> Answer:
    """Takes a slot and says how the onboarding stands then."""
    from contracts.onboarding import KickoffChoice
    from starters.speaking import speaker
    from starters.status_text import onboarding_text

    async with around.doors(seconds) as doors:
        actor = await speaker(around, doors, onboarding_id, person)
        choice = KickoffChoice(actor=actor, slot_id=slot_id)
        status = await doors.onboarding.choose_kickoff(onboarding_id, choice)
    return Answer(status, onboarding_text(status))


if __name__ == "__main__":
    run_alone(choose)
