"""`onboarding contract-signed`: whoever has the signed contract says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    AsPerson,
    OnboardingId,
    SignedAt,
    Timeout,
    onboarding_id_from,
    past_instant_from,
    words_from,
)
from starters.console import Answer, CommandFailure, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.onboarding import OnboardingStatus

SECONDS_TO_SETTLE = 3.0
"""A signal has no answer: how long to look for what the run makes of it."""


def contract_signed(
    context: typer.Context,
    *,
    onboarding: OnboardingId,
    reference: Annotated[
        str, typer.Option("--reference", metavar="REF", help="The contract's reference, as the order has it.")
    ],
    person: AsPerson,
    signed_at: SignedAt = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Say that the contract is signed; it counts from now on, also before anybody waits for it.

    \b
    Examples:
      throughline onboarding contract-signed o7b3kq2m5x4vd6yh9t8n1a0ce --reference C-2026-41 --as p-jonas
      throughline onboarding contract-signed o7b3kq2m5x4vd6yh9t8n1a0ce --reference C-2026-41 \\
        --signed-at 2026-11-20T10:00:00+01:00 --as p-jonas

    Exit codes: 0 told, 2 no such time, 3 no such person, 4 no such onboarding, 5 the run refused (another
    reference), 7 no worker answers.
    """  # noqa: D301
    around, onboarding_id = surroundings_of(context), onboarding_id_from(onboarding)
    now = around.now()
    at = past_instant_from("--signed-at", signed_at, now) or now
    signature = Signature(words_from("--reference", reference), at)
    run(as_json, lambda: tell_signed(around, onboarding_id, person, signature, timeout))


@dataclass(frozen=True)
class Signature:
    """What somebody says of a contract."""

    reference: str
    signed_at: datetime


async def tell_signed(
    around: Surroundings, onboarding_id: str, person: str, signature: Signature, seconds: float
) -> Answer:
    """Tells the run, and looks what it makes of that.

    Raises:
        CommandFailure: REFUSED_BY_RUN with the run's reason.
    """
    from contracts.ids import onboarding_workflow_id
    from contracts.onboarding import ContractSigned
    from starters.identity import prove
    from starters.status_text import onboarding_text
    from starters.watching import watched

    audience = onboarding_workflow_id(onboarding_id)
    actor = prove(around.settings(), around.policy(), person, audience, around.now())
    signed = ContractSigned(actor=actor, reference=signature.reference, signed_at=signature.signed_at)
    async with around.doors(seconds) as doors:
        before = await doors.onboarding.status(onboarding_id)
        await doors.onboarding.contract_signed(onboarding_id, signed)
        status = await watched(
            lambda: doors.onboarding.status(onboarding_id),
            lambda seen: has_reacted(before, seen),
            min(seconds, SECONDS_TO_SETTLE),
        )
    if reason := new_refusal(before, status):
        raise CommandFailure(ExitCode.REFUSED_BY_RUN, reason, where=audience)
    return Answer(status, f"told\n\n{onboarding_text(status)}")


def has_reacted(before: OnboardingStatus, seen: OnboardingStatus) -> bool:
    """Whether it shows what a run has made of it; one that does not wait for a contract shows nothing."""
    from contracts.onboarding_states import OnboardingState

    waiting = (OnboardingState.AWAITING_CONTRACT, OnboardingState.AWAITING_PREREQUISITES)
    return (
        before.state not in waiting
        or len(seen.visits) > len(before.visits)
        or bool(new_refusal(before, seen))
    )


def new_refusal(before: OnboardingStatus, seen: OnboardingStatus) -> str | None:
    """Why the run has refused it, if it has."""
    known = set(before.refusals)
    fresh = [one.reason for one in seen.refusals if one.command == "contract_signed" and one not in known]
    return fresh[-1] if fresh else None


if __name__ == "__main__":
    run_alone(contract_signed)
