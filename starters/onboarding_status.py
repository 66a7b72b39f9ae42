"""`onboarding status`: how an onboarding stands, asked of its run; of the ledger where that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from starters.arguments import DEFAULT_TIMEOUT, AsJson, OnboardingId, Timeout, onboarding_id_from
from starters.console import Answer, CommandFailure, facts, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.onboarding import OnboardingRecord, OnboardingResult


def status(
    context: typer.Context,
    onboarding: OnboardingId,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Show where an onboarding stands: who must act, what is missing, the plan, and when it should be done.

    \b
    Examples:
      throughline onboarding status o7b3kq2m5x4vd6yh9t8n1a0ce
      throughline onboarding status customer-onboarding/c5zk2vwnqk3xd7yh4t6m2a9be --json

    Exit codes: 0 shown, 4 no such onboarding, 6 Temporal does not answer, 7 no worker answers.
    """  # noqa: D301
    around, onboarding_id = surroundings_of(context), onboarding_id_from(onboarding)
    run(as_json, lambda: status_of(around, onboarding_id, timeout))


async def status_of(around: Surroundings, onboarding_id: str, seconds: float) -> Answer:
    """What the run says; what the ledger says where the run is gone."""
    from starters.lead_status import if_found
    from starters.status_text import onboarding_text

    async with around.doors(seconds) as doors:
        found = await if_found(doors.onboarding.status(onboarding_id))
    if found:
        return Answer(
            {"onboarding_id": onboarding_id, "status": found, "record": None}, onboarding_text(found)
        )
    record = await record_of(around, onboarding_id)
    if record is None:
        raise not_found(onboarding_id)
    head = facts(
        (
            ("onboarding", onboarding_id),
            ("source", "the ledger; the run is no longer kept"),
            ("policy", record.policy_hash),
        )
    )
    document = {"onboarding_id": onboarding_id, "status": None, "record": record}
    return Answer(document, f"{head}\n{result_text(record.result)}")


async def record_of(around: Surroundings, onboarding_id: str) -> OnboardingRecord | None:
    """What the ledger holds about an onboarding, if it does."""
    from starters.lead_status import if_found

    async with around.readings() as readings:
        return await if_found(readings.onboarding(onboarding_id))


def not_found(onboarding_id: str) -> CommandFailure:
    """There is no such onboarding."""
    from contracts.ids import onboarding_workflow_id

    return CommandFailure(
        ExitCode.NOT_FOUND,
        "there is no such onboarding",
        where=onboarding_workflow_id(onboarding_id),
        remedy="`./throughline onboarding list` shows them",
    )


def result_text(result: OnboardingResult) -> str:
    """How an onboarding ended."""
    from starters.status_text import listed, moment

    return facts(
        (
            ("ended", f"{result.outcome} on {moment(result.finished_at)}"),
            ("customer", result.customer_id),
            ("template", result.template),
            ("reasons", listed(result.reasons)),
            ("decided by", ", ".join(result.decided_by)),
            ("made", listed([f"{one.step}: {one.external_id}" for one in result.effects])),
            (
                "taken back",
                listed(
                    [
                        one.what + (f" (kept: {', '.join(one.kept)})" if one.kept else "")
                        for one in result.undone
                    ]
                ),
            ),
            ("left there", listed([f"{one.what}: {one.code}" for one in result.left])),
            ("for good", listed(result.irreversible)),
        )
    )


if __name__ == "__main__":
    run_alone(status)
