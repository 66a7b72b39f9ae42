"""`approval list` and `approval show`: what waits for a person, and how one approval stands."""

from __future__ import annotations

from typing import Annotated

import typer

from starters.arguments import DEFAULT_TIMEOUT, AsJson, Limit, RequestId, Timeout, request_id_from
from starters.console import Answer, CommandFailure, facts, run, run_alone, table
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

OPEN = "open"


def list_(
    context: typer.Context,
    *,
    status: Annotated[
        str, typer.Option("--status", metavar="STATUS", help="open, approved, rejected, expired or all.")
    ] = OPEN,
    person: Annotated[
        str | None, typer.Option("--for", metavar="PERSON", help="Only those that this person may decide.")
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List approvals from the inbox, the most urgent first.

    \b
    Examples:
      throughline approval list
      throughline approval list --for p-maya --json

    Exit codes: 0 listed, 2 no such status, 6 the store does not answer.
    """  # noqa: D301
    from contracts.approval import ApprovalOutcome

    allowed = (OPEN, *ApprovalOutcome, "all")
    if status not in allowed:
        raise typer.BadParameter(f"must be one of {', '.join(allowed)}", param_hint="--status")
    around = surroundings_of(context)
    run(as_json, lambda: list_approvals(around, None if status == "all" else status, person, limit))


def show(
    context: typer.Context, approval: RequestId, timeout: Timeout = DEFAULT_TIMEOUT, as_json: AsJson = False
) -> None:
    """Show one approval: the question, the run that asks, who may decide, and what was decided or refused.

    \b
    Examples:
      throughline approval show lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be/approval
      throughline approval show customer-onboarding/o7b3kq2m5x4vd6yh9t8n1a0ce/approval-2

    Exit codes: 0 shown, 4 no such approval, 6 Temporal does not answer, 7 no worker answers.
    """  # noqa: D301
    around, request_id = surroundings_of(context), request_id_from(approval)
    run(as_json, lambda: show_approval(around, request_id, timeout))


async def list_approvals(around: Surroundings, status: str | None, person: str | None, limit: int) -> Answer:
    """The approvals of the inbox."""
    from starters.status_text import moment

    async with around.readings() as readings:
        tasks = await readings.approvals(status, person, limit)
    if not tasks:
        return Answer({"approvals": []}, "no approvals")
    return Answer(
        {"approvals": tasks},
        table(
            ("APPROVAL", "STATUS", "DUE", "MAY DECIDE", "QUESTION"),
            [
                (task.request_id, task.status, moment(task.due_at), ",".join(task.approvers), task.question)
                for task in tasks
            ],
        ),
    )


async def show_approval(around: Surroundings, request_id: str, seconds: float) -> Answer:
    """What the approval's run says; what the inbox says where the run is gone."""
    from starters.lead_status import if_found
    from starters.status_text import approval_text, asker, moment

    async with around.doors(seconds) as doors:
        status = await if_found(doors.approval_status(request_id))
    if status:
        return Answer(status, approval_text(status))
    async with around.readings() as readings:
        task = await if_found(readings.approval(request_id))
    if task is None:
        raise CommandFailure(
            ExitCode.NOT_FOUND,
            "there is no such approval",
            where=request_id,
            remedy="`./throughline approval list --status all` shows them",
        )
    return Answer(
        task,
        facts(
            (
                ("approval", task.request_id),
                ("status", f"{task.status} (from the inbox; the run is no longer kept)"),
                ("question", task.question),
                ("asked by", asker(task.subject_id)),
                ("decided by", task.decided_by),
                ("decided", moment(task.decided_at)),
            )
        ),
    )


if __name__ == "__main__":
    run_alone(list_, show)
