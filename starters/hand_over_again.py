"""`onboarding hand-over`: what the success team lacked is mended, and they are asked again."""

from __future__ import annotations

from typing import Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    AsPerson,
    OnboardingId,
    Timeout,
    onboarding_id_from,
    words_from,
)
from starters.console import Answer, run, run_alone
from starters.surroundings import Surroundings, surroundings_of


def hand_over(
    context: typer.Context,
    *,
    onboarding: OnboardingId,
    person: AsPerson,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="What was mended, in one line; it is recorded.")
    ],
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Ask the success team again to take a customer over, after they refused or did not answer.

    \b
    Example:
      throughline onboarding hand-over o7b3kq2m5x4vd6yh9t8n1a0ce --as p-ines --reason 'goals are written down'

    Exit codes: 0 they are asked again, 2 no reason, 3 no such person, 4 no such onboarding, 5 the run refused
    (they have refused nothing), 7 no worker answers.
    """  # noqa: D301
    around, onboarding_id = surroundings_of(context), onboarding_id_from(onboarding)
    mended = words_from("--reason", reason)
    run(as_json, lambda: hand_over_again(around, onboarding_id, person, mended, timeout))


async def hand_over_again(
    around: Surroundings, onboarding_id: str, person: str, mended: str, seconds: float
) -> Answer:
    """Has the success team asked again, and says how the onboarding stands then."""
    from contracts.ids import onboarding_workflow_id
    from contracts.onboarding import HandOverAgain
    from starters.identity import prove
    from starters.status_text import onboarding_text

    audience = onboarding_workflow_id(onboarding_id)
    actor = prove(around.settings(), around.policy(), person, audience, around.now())
    async with around.doors(seconds) as doors:
        again = HandOverAgain(actor=actor, reason=mended)
        status = await doors.onboarding.hand_over_again(onboarding_id, again)
    return Answer(status, onboarding_text(status))


if __name__ == "__main__":
    run_alone(hand_over)
