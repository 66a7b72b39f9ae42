"""`onboarding list` and `access list`: the runs of one process, by lane."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import typer

from starters.arguments import DEFAULT_TIMEOUT, AsJson, LaneName, Limit, Timeout, optional_choice
from starters.console import Answer, run, run_alone, table
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from starters.doors import Doors
    from starters.runs import RunFilter, SubjectRun


def list_onboardings(
    context: typer.Context,
    *,
    lane: LaneName = None,
    limit: Limit = 50,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """List the runs that onboard customers, newest first; the list is a moment behind the runs.

    \b
    Examples:
      throughline onboarding list
      throughline onboarding list --lane waiting --json

    Exit codes: 0 listed, 2 no such lane, 6 Temporal does not answer.
    """  # noqa: D301
    around, wanted = surroundings_of(context), filter_from(lane, limit)
    run(
        as_json,
        lambda: list_runs(around, lambda doors: doors.onboarding.runs(wanted), "ONBOARDING", timeout),
    )


def list_access(
    context: typer.Context,
    *,
    lane: LaneName = None,
    limit: Limit = 50,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """List the runs of access requests, newest first; the list is a moment behind the runs.

    \b
    Examples:
      throughline access list
      throughline access list --lane blocked --json

    Exit codes: 0 listed, 2 no such lane, 6 Temporal does not answer.
    """  # noqa: D301
    around, wanted = surroundings_of(context), filter_from(lane, limit)
    run(as_json, lambda: list_runs(around, lambda doors: doors.access.runs(wanted), "REQUEST", timeout))


def filter_from(lane: str | None, limit: int) -> RunFilter:
    """Which runs are wanted.

    Raises:
        typer.BadParameter: there is no such lane.
    """
    from contracts.states import Lane
    from starters.runs import RunFilter

    return RunFilter(optional_choice("--lane", lane, Lane), limit)


async def list_runs(
    around: Surroundings,
    ask: Callable[[Doors], Awaitable[tuple[SubjectRun, ...]]],
    heading: str,
    seconds: float,
) -> Answer:
    """The runs that are asked for."""
    from starters.status_text import moment

    async with around.doors(seconds) as doors:
        runs = await ask(doors)
    if not runs:
        return Answer({"runs": []}, "no runs")
    headings = (heading, "LANE", "STATE", "OWNER", "DUE", "STARTED", "RUN")
    rows = [
        (one.id, one.lane, one.stage, one.owner_id, moment(one.due_at), moment(one.started_at), one.run)
        for one in runs
    ]
    return Answer({"runs": runs}, table(headings, rows))


if __name__ == "__main__":
    run_alone(list_onboardings, list_access)
