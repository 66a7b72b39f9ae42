"""`limbo`: what is left lying, why, and what helps; and the schedule of the sweep that tells people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson, Limit, optional_choice
from starters.console import Answer, new_app, run, run_alone, table
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of
from starters.watch_schedule import Every, Now, Pause, Resume, change_from, change_schedule

if TYPE_CHECKING:
    from contracts.limbo import LimboFinding, LimboKind
    from contracts.names import Process
    from contracts.policy import PolicyBundle
    from starters.limbo_findings import NotLookedFor

app = new_app(None, alone=True)


@app.callback(invoke_without_command=True)
def limbo(
    context: typer.Context,
    *,
    process: Annotated[
        str | None,
        typer.Option("--process", metavar="PROCESS", help="Only runs of this process, such as lead-intake."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="Only this kind, such as over_budget."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--for", metavar="PERSON", help="Only what this person would be told.")
    ] = None,
    limit: Limit = 200,
    fail_on_findings: Annotated[
        bool, typer.Option("--fail-on-findings", help="Exit with 1 where anything is found.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show runs past their time budget, parked work that nobody attends to, and records without owner,
    task or outcome; the oldest first, with the reason and the command that helps.

    The sweep finds the same and tells people once: `throughline limbo schedule`. What counts as too long
    stands in policies/limbo.yaml and in the declared budgets (`throughline process show`).

    \b
    Examples:
      throughline limbo
      throughline limbo --kind parked_unattended --for p-maya
      throughline limbo --process lead-intake --fail-on-findings --json

    Exit codes: 0 shown, 1 something was found and --fail-on-findings is set, 2 no such process or kind, 6
    Temporal or the store does not answer, or the CRM does not: the rest is shown then, and what is missing.
    """  # noqa: D205, D301
    if context.invoked_subcommand is not None:
        return
    from contracts.limbo import LimboKind
    from contracts.names import Process

    around = surroundings_of(context)
    wanted = optional_choice("--process", process, Process)
    chosen = optional_choice("--kind", kind, LimboKind)
    run(
        as_json,
        lambda: show(around, wanted, chosen, owner, limit=limit, fails=fail_on_findings),
    )


async def show(
    around: Surroundings,
    process: Process | None,
    kind: LimboKind | None,
    person: str | None,
    *,
    limit: int,
    fails: bool,
) -> Answer:
    """Everything that is left lying and wanted; at most so many of each process and kind of record."""
    from contracts.limbo import RECORD_KINDS, LimboKind
    from contracts.names import Process
    from rules.limbo import recipient_of
    from starters.limbo_findings import gathered
    from starters.reading import translated

    bundle = around.policy()
    kinds = {kind} if kind else set(LimboKind) - (set(RECORD_KINDS) if process else set())
    async with around.limbo() as (watch, loose_ends):
        with translated("the list of runs or the store"):
            found = await gathered(
                watch,
                loose_ends,
                bundle,
                around.now(),
                processes=() if kind in RECORD_KINDS else [process] if process else list(Process),
                kinds=kinds,
                limit=limit,
            )
    findings = [one for one in found.findings if person in (None, recipient_of(one, bundle))]
    return answer_for(findings, found.not_looked_for, bundle, fails=fails)


def answer_for(
    found: list[LimboFinding], unseen: list[NotLookedFor], bundle: PolicyBundle, *, fails: bool
) -> Answer:
    """A line for each finding, and one for each kind that could not be looked for."""
    from rules.limbo import help_for, recipient_of
    from starters.status_text import moment

    document = {
        "findings": [
            {
                "kind": one.kind,
                "workflow_id": one.workflow_id,
                "subject": one.subject,
                "state": one.state or None,
                "since": one.since,
                "owner_id": one.owner_id,
                "tells": recipient_of(one, bundle),
                "reason": one.reason,
                "help": help_for(one, recipient_of(one, bundle)),
            }
            for one in found
        ],
        "not_looked_for": unseen,
    }
    blind = "\n".join(f"not looked for in the {one.where}: {one.kind} ({one.reason})" for one in unseen)
    if not found:
        shown = (
            f"nothing is left lying as far as could be seen\n{blind}" if unseen else "nothing is left lying"
        )
        return Answer(document, shown, ExitCode.UNREACHABLE if unseen else ExitCode.OK)
    rows = [
        (
            moment(one.since),
            one.kind,
            one.subject,
            recipient_of(one, bundle),
            one.reason,
            help_for(one, recipient_of(one, bundle)),
        )
        for one in found
    ]
    shown = table(("SINCE", "KIND", "WHAT", "TELLS", "REASON", "WHAT HELPS"), rows)
    if unseen:
        return Answer(document, f"{shown}\n\n{blind}", ExitCode.UNREACHABLE)
    return Answer(document, shown, ExitCode.FAILED if fails else ExitCode.OK)


@app.command("schedule")
def schedule(
    context: typer.Context,
    *,
    every: Every = None,
    pause: Pause = False,
    resume: Resume = False,
    remove: Annotated[
        bool,
        typer.Option(
            "--remove",
            help="Take the schedule away; a worker that starts makes it again, "
            "unless THROUGHLINE__WORKER__SWEEP_EVERY is 0.",
        ),
    ] = False,
    now: Now = False,
    as_json: AsJson = False,
) -> None:
    """Show or change how often the sweep comes. There is one schedule, whoever makes it.

    \b
    Examples:
      throughline limbo schedule
      throughline limbo schedule --every 15m
      throughline limbo schedule --pause

    Exit codes: 0 done, 2 no such span or more than one change, 4 there is no schedule, 6 Temporal does not
    answer.
    """  # noqa: D301
    change = change_from(every, pause=pause, resume=resume, remove=remove, now=now)
    around = surroundings_of(context)

    async def changed() -> Answer:
        from runtime.watch_schedules import LIMBO_WATCH

        return await change_schedule(around, LIMBO_WATCH, change)

    run(as_json, changed)


if __name__ == "__main__":
    run_alone(limbo, schedule)
