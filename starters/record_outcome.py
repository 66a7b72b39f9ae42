"""`outcome record`: what became of a lead, also weeks after its run closed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    AsPerson,
    LeadId,
    Reason,
    Timeout,
    choice,
    lead_id_from,
    line_from,
)
from starters.console import Answer, CommandFailure, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.follow_through import FollowThroughOrder, LeadOutcome, OutcomeRecord
    from contracts.ledger import DecisionRecord


def record(
    context: typer.Context,
    *,
    lead: LeadId,
    outcome: Annotated[
        str,
        typer.Argument(
            metavar="OUTCOME", help="For example qualified, call_booked, closed_won, closed_lost."
        ),
    ],
    person: AsPerson,
    reason: Reason = "",
    report_id: Annotated[
        str, typer.Option("--id", metavar="ID", help="Your own id of this report; the same id counts once.")
    ] = "",
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Record what became of a lead; the same report repeated counts once.

    Outcomes: qualified, disqualified, call_booked, no_show, task_completed, ticket_resolved, deal_created,
    proposal_sent, closed_won, closed_lost, workflow_error. Disqualified, closed_lost and workflow_error need
    a reason. Without --id, lead, outcome, person and reason make the report's id: give an --id to record the
    same outcome twice, such as a second no-show.

    \b
    Examples:
      throughline outcome record c5zk2vwnqk3xd7yh4t6m2a9be qualified --as p-maya
      throughline outcome record c5zk2vwnqk3xd7yh4t6m2a9be closed_lost --reason price --as p-maya --id crm-11

    Exit codes: 0 recorded, 2 no such outcome or a reason is missing, 4 no such lead, 5 the run refused or
    the lead was never handed over, 7 no worker answers.
    """  # noqa: D301
    from contracts.follow_through import REASON_REQUIRED, LeadOutcome

    around, lead_id, why = surroundings_of(context), lead_id_from(lead), line_from("--reason", reason)
    chosen = choice("OUTCOME", outcome, LeadOutcome)
    if chosen in REASON_REQUIRED and not why.strip():
        raise typer.BadParameter(f"{chosen} teaches nothing without a reason", param_hint="--reason")
    checked_id = report_id_from(report_id) if report_id else report_id_of(lead_id, chosen, person, why)
    run(
        as_json,
        lambda: record_outcome(
            around, lead_id, chosen, person=person, reason=why, report_id=checked_id, seconds=timeout
        ),
    )


async def record_outcome(
    around: Surroundings,
    lead_id: str,
    outcome: LeadOutcome,
    *,
    person: str,
    reason: str,
    report_id: str,
    seconds: float,
) -> Answer:
    """Records an outcome and says how the follow-through stands then."""
    from contracts.follow_through import OutcomeReport
    from contracts.ids import effect_key, follow_through_workflow_id
    from contracts.names import Step
    from starters.identity import prove
    from starters.status_text import follow_through_text

    audience = follow_through_workflow_id(lead_id)
    actor = prove(around.settings(), around.policy(), person, audience, around.now())
    async with around.readings() as readings:
        decided = await readings.decision(lead_id)
        earlier = await readings.outcomes(lead_id)
    if effect_key(audience, Step.RECORD_OUTCOME, report_id) in {one.key for one in earlier}:
        document = {"report_id": report_id, "already_recorded": True, "follow_through": None}
        return Answer(document, f"already recorded as {report_id}")
    report = OutcomeReport(outcome=outcome, actor=actor, reason=reason, report_id=report_id)
    async with around.doors(seconds) as doors:
        status = await doors.record_outcome(reopening_order(decided, earlier), report)
    document = {"report_id": report_id, "already_recorded": False, "follow_through": status}
    return Answer(document, f"recorded as {report_id}\n\n{follow_through_text(status)}")


def reopening_order(decided: DecisionRecord, earlier: tuple[OutcomeRecord, ...]) -> FollowThroughOrder:
    """What follow-through was started with, for a run that is opened again should the first be closed.

    Raises:
        CommandFailure: REFUSED_BY_RUN where the lead was never handed over.
    """
    result = decided.result
    if decided.handover is None:
        raise CommandFailure(
            ExitCode.REFUSED_BY_RUN,
            f"the lead was never handed over, it ended as {result.outcome}",
            where=f"lead {decided.lead_id}",
            remedy=f"record the outcome on {result.merged_into}" if result.merged_into else "",
        )
    return decided.handover.model_copy(
        update={
            "reopened": True,
            "acknowledged": True,
            "previous_outcomes": tuple(one.outcome for one in earlier),
        }
    )


def report_id_from(text: str) -> str:
    """The report's id as somebody chose it.

    Raises:
        typer.BadParameter: it cannot be an id.
    """
    from pydantic import TypeAdapter, ValidationError

    from contracts.base import Slug

    try:
        return TypeAdapter[str](Slug).validate_python(text)
    except ValidationError:
        raise typer.BadParameter(
            "letters, digits and _ . : - only, at most 120 of them", param_hint="--id"
        ) from None


def report_id_of(lead_id: str, outcome: LeadOutcome, person: str, reason: str) -> str:
    """An id that the same report always gets."""
    report = f"{lead_id}\0{outcome}\0{person}\0{reason.strip()}"
    return f"cli-{hashlib.sha256(report.encode()).hexdigest()[:24]}"


if __name__ == "__main__":
    run_alone(record)
