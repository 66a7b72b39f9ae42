"""`lead list`: the runs of leads, by lane, path and process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import DEFAULT_TIMEOUT, AsJson, LaneName, Limit, Timeout, optional_choice
from starters.console import Answer, run, run_alone, table
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from starters.doors import LeadFilter


def list_(
    context: typer.Context,
    *,
    lane: LaneName = None,
    path: Annotated[
        str | None,
        typer.Option("--path", metavar="PATH", help="sales, nurture, support or disqualified."),
    ] = None,
    process: Annotated[
        str | None,
        typer.Option(
            "--process", metavar="PROCESS", help="lead-intake or lead-follow-through; both if unset."
        ),
    ] = None,
    limit: Limit = 50,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """List the runs of leads, newest first; the list is a moment behind the runs.

    \b
    Examples:
      throughline lead list --lane blocked
      throughline lead list --path sales --process lead-follow-through --json

    Exit codes: 0 listed, 2 no such lane or path, 6 Temporal does not answer.
    """  # noqa: D301
    from contracts.names import Process
    from contracts.routing import LeadPath
    from contracts.states import Lane
    from starters.doors import LEAD_PROCESSES, LeadFilter
    from starters.run_commands import GROUPS

    around = surroundings_of(context)
    wanted_process = optional_choice("--process", process, Process)
    if wanted_process not in (None, *LEAD_PROCESSES):
        other = f"no process of leads: `{GROUPS[wanted_process]} list` lists those"
        raise typer.BadParameter(other, param_hint="--process")
    wanted = LeadFilter(
        wanted_process,
        optional_choice("--lane", lane, Lane),
        optional_choice("--path", path, LeadPath),
        limit,
    )
    run(as_json, lambda: list_leads(around, wanted, timeout))


async def list_leads(around: Surroundings, wanted: LeadFilter, seconds: float) -> Answer:
    """The runs that the filter names."""
    from starters.status_text import moment

    async with around.doors(seconds) as doors:
        runs = await doors.list_leads(wanted)
    if not runs:
        return Answer({"runs": []}, "no runs")
    headings = ("LEAD", "PROCESS", "LANE", "STATE", "PATH", "OWNER", "SOURCE", "DUE", "STARTED", "RUN")
    return Answer(
        {"runs": runs},
        table(
            headings,
            [
                (
                    one.lead_id,
                    one.process,
                    one.lane,
                    one.stage,
                    one.path,
                    one.owner_id,
                    one.source,
                    moment(one.due_at),
                    moment(one.started_at),
                    one.run,
                )
                for one in runs
            ],
        ),
    )


if __name__ == "__main__":
    run_alone(list_)
