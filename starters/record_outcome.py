"""`outcome record`: what became of a lead, also weeks after its run closed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
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
    name_from,
)
from starters.console import Answer, CommandFailure, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.follow_through import (
        FollowThroughOrder,
        FollowThroughStatus,
        LeadOutcome,
        OutcomeRecord,
    )
    from contracts.ledger import DecisionRecord
    from contracts.order import OrderDetails
    from starters.doors import Doors

SECONDS_TO_SETTLE = 5.0
"""How long a won deal's onboarding is waited for: it starts once the outcome is recorded."""


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
    order: Annotated[
        str | None,
        typer.Option(
            "--order", metavar="FILE|-", help="With closed_won: what was sold, as JSON; - is stdin."
        ),
    ] = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Record what became of a lead; the same report repeated counts once.

    Outcomes: qualified, disqualified, call_booked, no_show, task_completed, ticket_resolved, deal_created,
    proposal_sent, closed_won, closed_lost, workflow_error. Disqualified, closed_lost and workflow_error need
    a reason. Without --id, lead, outcome, person, reason and order make the report's id: give an --id to
    record the same outcome twice, such as a second no-show. A deal that is closed_won is onboarded: what was
    sold may come with it in --order, with the fields of an order's `details`.

    \b
    Examples:
      throughline outcome record c5zk2vwnqk3xd7yh4t6m2a9be qualified --as p-maya
      throughline outcome record c5zk2vwnqk3xd7yh4t6m2a9be closed_lost --reason price --as p-maya --id crm-11
      throughline outcome record c5zk2vwnqk3xd7yh4t6m2a9be closed_won --as p-maya --order sold.json

    Exit codes: 0 recorded, 2 no such outcome or a reason is missing, 3 the order cannot be used, 4 no such
    lead, 5 the run refused or the lead was never handed over, 7 no worker answers.
    """  # noqa: D301
    from contracts.follow_through import REASON_REQUIRED, LeadOutcome

    around, lead_id, why = surroundings_of(context), lead_id_from(lead), line_from("--reason", reason)
    chosen = choice("OUTCOME", outcome, LeadOutcome)
    if chosen in REASON_REQUIRED and not why.strip():
        raise typer.BadParameter(f"{chosen} teaches nothing without a reason", param_hint="--reason")
    if order is not None and chosen is not LeadOutcome.CLOSED_WON:
        raise typer.BadParameter(
            f"{chosen} sells nothing: only closed_won has an order", param_hint="--order"
        )
    own_id = name_from("--id", report_id) if report_id else None
    report = Report(lead_id, chosen, person, why, own_id)
    run(as_json, lambda: record_outcome(around, report, order, timeout))


@dataclass(frozen=True)
class Report:
    """What a person reports, before they are vouched for."""

    lead_id: str
    outcome: LeadOutcome
    person: str
    reason: str
    own_id: str | None = None


async def record_outcome(
    around: Surroundings, reported: Report, order_file: str | None, seconds: float
) -> Answer:
    """Records an outcome and says how the follow-through stands then."""
    from contracts.follow_through import LeadOutcome, OutcomeReport
    from contracts.ids import effect_key, follow_through_workflow_id
    from contracts.names import Step
    from starters.identity import prove
    from starters.status_text import follow_through_text

    sold = sold_in(order_file) if order_file else None
    report_id = reported.own_id or report_id_of(reported, sold)
    audience = follow_through_workflow_id(reported.lead_id)
    actor = prove(around.settings(), around.policy(), reported.person, audience, around.now())
    async with around.readings() as readings:
        decided = await readings.decision(reported.lead_id)
        earlier = await readings.outcomes(reported.lead_id)
    if effect_key(audience, Step.RECORD_OUTCOME, report_id) in {one.key for one in earlier}:
        document = {"report_id": report_id, "already_recorded": True, "follow_through": None}
        return Answer(document, f"already recorded as {report_id}")
    report = OutcomeReport(
        outcome=reported.outcome, actor=actor, reason=reported.reason, report_id=report_id, order=sold
    )
    async with around.doors(seconds) as doors:
        status = await doors.record_outcome(reopening_order(decided, earlier), report)
        if reported.outcome is LeadOutcome.CLOSED_WON:
            status = await settled(doors, status)
    document = {"report_id": report_id, "already_recorded": False, "follow_through": status}
    return Answer(document, f"recorded as {report_id}\n\n{follow_through_text(status)}")


def sold_in(file: str) -> OrderDetails:
    """What was sold.

    Raises:
        CommandFailure: INPUT_REFUSED.
    """
    from rules.orders import DETAILS, parse_details
    from starters.json_documents import document_in, refusing

    with refusing(file):
        return parse_details(document_in(file, DETAILS))


async def settled(doors: Doors, status: FollowThroughStatus) -> FollowThroughStatus:
    """The status once a won deal's onboarding has been started, or clearly is not."""
    from contracts.states import Lane
    from starters.watching import watched

    def is_settled(seen: FollowThroughStatus) -> bool:
        return seen.onboarding_id is not None or seen.lane in (Lane.COMPLETED, Lane.BLOCKED)

    if is_settled(status):
        return status
    return await watched(lambda: doors.follow_through_status(status.lead_id), is_settled, SECONDS_TO_SETTLE)


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


def report_id_of(reported: Report, sold: OrderDetails | None) -> str:
    """An id that the same report always gets."""
    parts = [reported.lead_id, reported.outcome, reported.person, reported.reason.strip()]
    if sold is not None:
        parts.append(sold.model_dump_json(exclude_none=True))
    return f"cli-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:24]}"


if __name__ == "__main__":
    run_alone(record)
