"""`onboarding cancel`: an onboarding is called off, by the customer or by one of our people for them."""

from __future__ import annotations

from typing import Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    OnboardingId,
    Timeout,
    onboarding_id_from,
    words_from,
)
from starters.console import Answer, run, run_alone
from starters.speaking import AsCustomer, PersonForCustomer, speaker_from
from starters.surroundings import Surroundings, surroundings_of


def cancel(
    context: typer.Context,
    *,
    onboarding: OnboardingId,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why, in one line; it is recorded.")
    ],
    person: PersonForCustomer = None,
    as_customer: AsCustomer = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Call an onboarding off: what was done is undone in reverse, and whoever was told is told again.

    \b
    Examples:
      throughline onboarding cancel o7b3kq2m5x4vd6yh9t8n1a0ce --as-customer --reason 'budget was cut'
      throughline onboarding cancel o7b3kq2m5x4vd6yh9t8n1a0ce --as p-jonas --reason 'they merge with a rival'

    Exit codes: 0 taken, 2 nobody or two are named, or no reason, 3 no such person, 4 no such onboarding, 5
    the run refused (too late, wrong person), 7 no worker answers.
    """  # noqa: D301
    around, onboarding_id = surroundings_of(context), onboarding_id_from(onboarding)
    why, speaks = words_from("--reason", reason), speaker_from(person, as_customer)
    run(as_json, lambda: cancel_onboarding(around, onboarding_id, why, speaks, timeout))


async def cancel_onboarding(
    around: Surroundings, onboarding_id: str, reason: str, person: str | None, seconds: float
) -> Answer:
    """Calls an onboarding off and says how it stands then."""
    from contracts.onboarding import CancelOnboarding
    from starters.speaking import speaker
    from starters.status_text import onboarding_text

    async with around.doors(seconds) as doors:
        actor = await speaker(around, doors, onboarding_id, person)
        request = CancelOnboarding(actor=actor, reason=reason)
        status = await doors.onboarding.cancel(onboarding_id, request)
    return Answer(status, onboarding_text(status))


if __name__ == "__main__":
    run_alone(cancel)
