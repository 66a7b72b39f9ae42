"""`lead resolve`: a person's answer to a parked step."""

from __future__ import annotations

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
    from contracts.status import ResolutionAnswer, RunStatus
    from starters.doors import Doors


ALL = "all"


def resolve(
    context: typer.Context,
    *,
    lead: LeadId,
    answer: Annotated[
        str,
        typer.Argument(
            metavar="retry|skip|abandon",
            help="Try the step again, go on without it, or undo everything so far.",
        ),
    ],
    person: AsPerson,
    reason: Reason = "",
    step: Annotated[
        str,
        typer.Option("--step", metavar="STEP", help="Which step, where several are parked; `all` is each."),
    ] = "",
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Answer the parked steps of a lead's run, so that it goes on, or gives up and undoes what it did.

    \b
    Examples:
      throughline lead resolve c5zk2vwnqk3xd7yh4t6m2a9be retry --as p-maya --reason 'CRM is back'
      throughline lead resolve lead-follow-through/c5zk2vwnqk3xd7yh4t6m2a9be abandon --as p-maya

    Exit codes: 0 taken, 4 no such lead, 5 nothing is parked or the run refused, 7 no worker answers.
    """  # noqa: D301
    from contracts.status import ResolutionAnswer

    around, lead_id = surroundings_of(context), lead_id_from(lead)
    why, chosen = line_from("--reason", reason), choice("retry|skip|abandon", answer, ResolutionAnswer)
    run_id = lead if "/" in lead else None
    run(
        as_json,
        lambda: resolve_step(
            around, lead_id, run_id, chosen, person=person, reason=why, step=step, seconds=timeout
        ),
    )


async def resolve_step(
    around: Surroundings,
    lead_id: str,
    run_id: str | None,
    answer: ResolutionAnswer,
    *,
    person: str,
    reason: str,
    step: str,
    seconds: float,
) -> Answer:
    """Answers what is parked now, and says how the run stands then."""
    from contracts.status import Resolution
    from starters.identity import prove
    from starters.status_text import run_text

    async with around.doors(seconds) as doors:
        status = await parked_run(doors, lead_id, run_id)
        actor = prove(around.settings(), around.policy(), person, status.workflow_id, around.now())
        for parked in steps_to_answer(status, answer, step):
            resolution = Resolution(answer=answer, step=parked, actor=actor, reason=reason)
            status = await doors.resolve(status.workflow_id, resolution)
    return Answer(status, run_text(status))


def steps_to_answer(status: RunStatus, answer: ResolutionAnswer, step: str) -> list[str]:
    """The parked steps that the answer is for.

    Raises:
        CommandFailure: REFUSED_BY_RUN where nothing is parked; USAGE where several are, and none was named.
    """
    from contracts.status import ResolutionAnswer

    names = [one.step for one in status.parked]
    if not names:
        raise CommandFailure(
            ExitCode.REFUSED_BY_RUN, f"nothing is parked, it is {status.state}", where=status.workflow_id
        )
    if step == ALL:
        # One abandoned step undoes the run, and the others with it.
        return names[:1] if answer is ResolutionAnswer.ABANDON else names
    if step or len(names) == 1:
        return [step or names[0]]
    raise CommandFailure(
        ExitCode.USAGE,
        f"several steps are parked: {', '.join(names)}",
        where=status.workflow_id,
        remedy=f"name one with --step, or --step {ALL}",
    )


async def parked_run(doors: Doors, lead_id: str, run_id: str | None) -> RunStatus:
    """The run of a lead that has a parked step; the one that was named, else intake before follow-through.

    Raises:
        CommandFailure: NOT_FOUND.
    """
    from contracts.names import Process
    from starters.lead_status import if_found

    if run_id and run_id.startswith(f"{Process.LEAD_FOLLOW_THROUGH}/"):
        return await doors.follow_through_status(lead_id)
    intake = await doors.intake_status(lead_id)
    if run_id or intake.parked or not intake.follow_through_id:
        return intake
    return await if_found(doors.follow_through_status(lead_id)) or intake


if __name__ == "__main__":
    run_alone(resolve)
