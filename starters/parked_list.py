"""`parked list` and `parked show`: what waits for somebody to put it right, by cause and run by run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    Timeout,
    cause_from,
    optional_choice,
    workflow_id_from,
)
from starters.console import Answer, CommandFailure, facts, run, run_alone, table
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.status import ParkedStep, RunStatus
    from starters.doors import Doors
    from starters.parked_runs import ParkedFilter, ParkedRun

CauseName = Annotated[
    str | None,
    typer.Option("--cause", metavar="CAUSE", help="step:CODE:system, as `parked list` shows it."),
]
ProcessName = Annotated[
    str | None,
    typer.Option(
        "--process",
        metavar="PROCESS",
        help="lead-intake, lead-follow-through, customer-onboarding or access-request; all if unset.",
    ),
]
SHOWN_OWNERS = 4


def list_(
    context: typer.Context,
    *,
    cause: CauseName = None,
    process: ProcessName = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """List why runs are parked: each cause with its runs, the oldest, and who must act.

    A run with several parked steps stands under the one that was parked first. The list is a moment behind
    the runs.

    \b
    Examples:
      throughline parked list
      throughline parked list --process customer-onboarding --json

    Exit codes: 0 listed, 2 no such cause or process, 6 Temporal does not answer.
    """  # noqa: D301
    around, wanted = surroundings_of(context), filter_from(cause, process)
    run(as_json, lambda: list_causes(around, wanted, timeout))


def show(
    context: typer.Context,
    *,
    what: Annotated[
        str, typer.Argument(metavar="CAUSE|WORKFLOW-ID", help="A cause, or one run by its workflow id.")
    ],
    process: ProcessName = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Show the runs that a cause has parked, what waits longest first; or all that one run says of itself.

    \b
    Examples:
      throughline parked show create_lead_records:FORBIDDEN:crm
      throughline parked show lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be

    Exit codes: 0 shown, 4 no such run, or none with this cause, 6 Temporal does not answer, 7 no worker
    answers.
    """  # noqa: D301
    around = surroundings_of(context)
    if names_a_run(what):
        workflow_id = workflow_id_from(what)
        run(as_json, lambda: show_run(around, workflow_id, timeout))
    wanted = filter_from(what, process, option="CAUSE|WORKFLOW-ID")
    run(as_json, lambda: show_cause(around, wanted, timeout))


def names_a_run(text: str) -> bool:
    """Whether a text begins as a workflow id does; a cause begins with a step."""
    from contracts.names import Process

    return text.startswith(tuple(f"{process}/" for process in Process))


def filter_from(
    cause: str | None, process: str | None, *, option: str = "--cause", limit: int | None = None
) -> ParkedFilter:
    """Which parked runs are wanted.

    Raises:
        typer.BadParameter: there is no such cause or process.
    """
    from contracts.names import Process
    from starters.parked_runs import ParkedFilter

    wanted = optional_choice("--process", process, Process, without=(Process.APPROVAL,))
    return ParkedFilter(None if cause is None else cause_from(option, cause), wanted, limit)


async def list_causes(around: Surroundings, wanted: ParkedFilter, seconds: float) -> Answer:
    """The causes, and what each has parked."""
    from starters.parked_runs import EVERYTHING, groups_of

    async with around.doors(seconds) as doors:
        runs = await parked_runs(doors, wanted)
    groups = groups_of(runs)
    document = {"runs": len(runs), "complete": len(runs) < EVERYTHING, "groups": groups}
    if not groups:
        return Answer(document, "nothing is parked")
    now = around.now()
    rows = [
        (
            group.cause,
            group.runs,
            age(group.oldest, now),
            ",".join(group.processes),
            _some(group.owners),
            group.who_must_act,
        )
        for group in groups
    ]
    return Answer(document, table(("CAUSE", "RUNS", "OLDEST", "PROCESSES", "OWNERS", "WHO MUST ACT"), rows))


async def show_cause(around: Surroundings, wanted: ParkedFilter, seconds: float) -> Answer:
    """The runs of one cause.

    Raises:
        CommandFailure: NOT_FOUND where there is none.
    """
    from rules.failures import who_must_act
    from rules.parking import parts_of
    from starters.status_text import moment

    cause = str(wanted.cause)
    async with around.doors(seconds) as doors:
        runs = await parked_runs(doors, wanted)
    if not runs:
        raise none_parked(cause)
    now = around.now()
    rows = [
        (one.workflow_id, age(one.since, now), moment(one.since), one.owner_id, moment(one.started_at))
        for one in runs
    ]
    act = who_must_act(parts_of(cause).code)
    return Answer(
        {"cause": cause, "who_must_act": act, "runs": runs},
        f"{act}\n\n{table(('RUN', 'AGE', 'SINCE', 'OWNER', 'STARTED'), rows)}",
    )


async def show_run(around: Surroundings, workflow_id: str, seconds: float) -> Answer:
    """Everything that a run says about its parked steps."""
    from rules.parking import cause_of, resolution_in_words
    from starters.status_text import listed, moment

    async with around.doors(seconds) as doors:
        status = await doors.status(workflow_id)
    now = around.now()
    steps = [
        {**one.model_dump(), "cause": cause_of(one), "takes": takes(status, one)} for one in status.parked
    ]
    resolved = [f"{moment(one.at)} {resolution_in_words(one)}" for one in status.resolutions]
    head = facts(
        (
            ("run", status.workflow_id),
            ("state", f"{status.state} ({status.meaning})"),
            ("next action", status.next_action_owner),
            ("parked", None if status.parked else "nothing"),
            ("resolved", listed(resolved)),
        )
    )
    return Answer(
        {
            "workflow_id": status.workflow_id,
            "state": status.state,
            "next_action_owner": status.next_action_owner,
            "parked": steps,
            "resolutions": status.resolutions,
        },
        "\n\n".join([head, *(_step_text(status, parked, now) for parked in status.parked)]),
    )


def causes_of(status: RunStatus) -> set[str]:
    """What the steps of a run are parked for now."""
    from rules.parking import cause_of

    return {cause_of(parked) for parked in status.parked}


def takes(status: RunStatus, parked: ParkedStep) -> tuple[str, ...]:
    """The commands that a parked step takes."""
    answers = [
        "retry",
        *["amend"] * ("amend_lead" in status.commands),
        *["skip"] * parked.skippable,
        *["abandon"] * parked.abandonable,
    ]
    return tuple(answers)


def _step_text(status: RunStatus, parked: ParkedStep, now: datetime) -> str:
    from rules.parking import cause_of
    from starters.status_text import moment

    return facts(
        (
            ("step", parked.step),
            ("cause", cause_of(parked)),
            ("message", parked.message),
            ("who must act", parked.who_must_act),
            ("since", f"{moment(parked.since)}, {age(parked.since, now)} ago"),
            ("attempt", parked.attempt),
            ("takes", ", ".join(f"./throughline parked {answer}" for answer in takes(status, parked))),
        )
    )


async def parked_runs(doors: Doors, wanted: ParkedFilter) -> tuple[ParkedRun, ...]:
    """Reads the list of parked runs, with progress on stderr."""
    from starters.progress import progress_of

    with progress_of("parked runs", 0, doing="reading") as progress:
        return await doors.parked(wanted, lambda read: progress.report(read, Read(read)))


class Read:
    """How many runs were read."""

    def __init__(self, runs: int) -> None:
        self._runs = runs

    def words(self) -> str:
        """The count, for people."""
        return f"{self._runs:,} parked runs"


def none_parked(cause: str) -> CommandFailure:
    """There is nothing to show, or to answer."""
    return CommandFailure(
        ExitCode.NOT_FOUND,
        "no run is parked for this cause",
        where=cause,
        remedy="`./throughline parked list` shows the causes, a moment behind the runs",
    )


def age(since: datetime | None, now: datetime) -> str | None:
    """How long something has waited, by its two largest units."""
    from rules.wording import span_in_words

    return " ".join(span_in_words(max(now - since, now - now)).split()[:4]) if since else None


def _some(names: Sequence[str]) -> str:
    shown, more = ",".join(names[:SHOWN_OWNERS]), len(names) - SHOWN_OWNERS
    return f"{shown} and {more} more" if more > 0 else shown


if __name__ == "__main__":
    run_alone(list_, show)
