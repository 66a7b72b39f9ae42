"""`lead status`: how a lead stands, asked of its runs; of the ledger where they are gone."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

import typer

from starters.arguments import DEFAULT_TIMEOUT, AsJson, LeadId, Timeout, lead_id_from
from starters.console import Answer, CommandFailure, facts, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.classification import ModelCall
    from contracts.ledger import DecisionRecord

_Status = TypeVar("_Status")


def status(
    context: typer.Context, lead: LeadId, timeout: Timeout = DEFAULT_TIMEOUT, as_json: AsJson = False
) -> None:
    """Show where a lead stands: state, lane, path, owner, what it waits for, and why.

    \b
    Examples:
      throughline lead status c5zk2vwnqk3xd7yh4t6m2a9be
      throughline lead status lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be --json

    Exit codes: 0 shown, 4 no such lead, 6 Temporal does not answer, 7 no worker answers.
    """  # noqa: D301
    around, lead_id = surroundings_of(context), lead_id_from(lead)
    run(as_json, lambda: status_of(around, lead_id, timeout))


async def status_of(around: Surroundings, lead_id: str, seconds: float) -> Answer:
    """What the lead's runs say; what the ledger says where the intake run is gone."""
    from contracts.ids import intake_workflow_id
    from starters.status_text import follow_through_text, intake_text

    async with around.doors(seconds) as doors:
        intake = await if_found(doors.intake_status(lead_id))
        follows = intake is None or intake.follow_through_id is not None
        follow_through = await if_found(doors.follow_through_status(lead_id)) if follows else None
    record = await record_of(around, lead_id) if intake is None else None
    if intake is None and follow_through is None and record is None:
        raise CommandFailure(
            ExitCode.NOT_FOUND,
            "there is no such lead",
            where=intake_workflow_id(lead_id),
            remedy="`./throughline lead list` shows them",
        )
    texts = [
        intake_text(intake) if intake else "",
        record_text(record) if record else "",
        follow_through_text(follow_through) if follow_through else "",
    ]
    document = {
        "lead_id": lead_id,
        "intake": intake,
        "follow_through": follow_through,
        "decision": record
        and {
            "at": record.at,
            "result": record.result,
            "policy_hash": record.policy_hash,
            "model_calls": model_calls_of(record),
        },
    }
    return Answer(document, "\n\n".join(filter(None, texts)))


async def if_found(asked: Awaitable[_Status]) -> _Status | None:
    """The answer, or None where there is no such run."""
    try:
        return await asked
    except CommandFailure as failure:
        if failure.code is ExitCode.NOT_FOUND:
            return None
        raise


async def record_of(around: Surroundings, lead_id: str) -> DecisionRecord | None:
    """What the ledger holds about a lead, if it does."""
    async with around.readings() as readings:
        return await if_found(readings.decision(lead_id))


def record_text(record: DecisionRecord) -> str:
    """A decision record, for a lead whose run is no longer kept."""
    from starters.status_text import model_calls_text, moment

    result = record.result
    return facts(
        (
            ("lead", record.lead_id),
            (
                "ended",
                f"{result.outcome} on {moment(record.at)} (from the ledger; the run is no longer kept)",
            ),
            ("path", result.path),
            ("rule", result.rule),
            ("owner", result.owner_id),
            ("merged into", result.merged_into),
            ("reasons", "; ".join(result.reasons)),
            ("decided by", ", ".join(record.decided_by)),
            ("read by", model_calls_text(model_calls_of(record))),
            ("policy", record.policy_hash),
        )
    )


def model_calls_of(record: DecisionRecord) -> tuple[ModelCall, ...]:
    """What models were asked about a lead, as its decision record has it."""
    reading = record.classification.call if record.classification else None
    return tuple(call for call in (reading, record.summary_call) if call is not None)


if __name__ == "__main__":
    run_alone(status)
