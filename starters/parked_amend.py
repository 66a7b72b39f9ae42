"""`parked amend`: corrects what a system would not take of parked leads, and tries the step again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    AsPerson,
    Reason,
    Timeout,
    lead_id_from,
    line_from,
    words_from,
)
from starters.console import Answer, run, run_alone
from starters.metering import Rate, rate_from
from starters.parked_answers import DEFAULT_RATE, RateText, Yes
from starters.parked_list import CauseName, causes_of, filter_from, parked_runs
from starters.resolve_step import ALL, StepName, steps_to_answer
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.lead import ContactAmendment
    from contracts.status import RunStatus
    from starters.doors import Doors
    from starters.parked_runs import ParkedFilter


def amend(
    context: typer.Context,
    *,
    lead: Annotated[
        str | None, typer.Argument(metavar="LEAD", help="One lead, by its id or its intake's workflow id.")
    ] = None,
    details: Annotated[
        list[str],
        typer.Option("--set", metavar="FIELD=TEXT", help="A detail of the lead, as email=...; repeatable."),
    ] = [],  # noqa: B006 - typer hands over a list of its own
    file: Annotated[
        str | None,
        typer.Option(
            "--file", metavar="FILE|-", help='For a group: {"WORKFLOW-ID": {"FIELD": "TEXT"}} as JSON.'
        ),
    ] = None,
    cause: CauseName = None,
    person: AsPerson,
    reason: Reason = "",
    step: StepName = ALL,
    rate: RateText = DEFAULT_RATE,
    yes: Yes = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Correct the data of parked leads and try again: of one lead, or of every lead that a file names.

    Fields: name, email, phone, company, country, service_interest, source, message; what is not named stays.
    With --cause only those of the file are taken that it has parked. Interrupted, run it again.

    \b
    Examples:
      throughline parked amend lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be --set email=ann@example.com --as p-maya
      throughline parked amend --file corrections.json --as p-maya --reason 'country codes were wrong' \\
        --cause create_lead_records:REJECTED:crm --rate 2/s

    Exit codes: 0 all taken, 2 nothing to amend, 3 a detail cannot be used, 4 no such lead, 5 some refused,
    6 Temporal does not answer, 7 some or all gave no answer, 130 stopped.
    """  # noqa: D301
    around, pace = surroundings_of(context), rate_from("--rate", rate)
    if (lead is None) == (file is None):
        raise typer.BadParameter("name one of them", param_hint="LEAD, --file")
    if lead is not None:
        lead_id, given = lead_id_from(lead), pairs_from("--set", details)
        if cause is not None:
            raise typer.BadParameter("one lead is taken whatever parked it", param_hint="--cause")
        how = Amending(person, line_from("--reason", reason), step)
        run(as_json, lambda: amend_one(around, lead_id, given, how, timeout))
    if details or step != ALL:
        raise typer.BadParameter("a file says it for each lead", param_hint="--set, --step")
    group = AmendedGroup(str(file), filter_from(cause, None) if cause else None, pace, yes)
    how = Amending(person, words_from("--reason", reason), ALL)
    run(as_json, lambda: amend_file(around, group, how, timeout))


@dataclass(frozen=True)
class Amending:
    """Who amends, and why."""

    person: str
    reason: str
    step: str


@dataclass(frozen=True)
class AmendedGroup:
    """Which leads a file is about, and how fast they are set going."""

    file: str
    wanted: ParkedFilter | None
    rate: Rate
    yes: bool


def pairs_from(option: str, pairs: list[str]) -> dict[str, str]:
    """What `FIELD=TEXT` says.

    Raises:
        typer.BadParameter: nothing is said, or something without a field.
    """
    found = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if not found or len(found) < len(pairs):
        raise typer.BadParameter("must be FIELD=TEXT, each field once", param_hint=option)
    return found


async def amend_one(
    around: Surroundings, lead_id: str, given: Mapping[str, str], how: Amending, seconds: float
) -> Answer:
    """Amends one lead, tries its parked steps again, and says how it stands then."""
    from contracts.status import ResolutionAnswer
    from starters.amend_lead import checked_details
    from starters.status_text import run_text

    details = checked_details(given, "parked amend")
    async with around.doors(seconds) as doors:
        # Before anything is changed: a lead that is not parked has nothing to try again.
        steps_to_answer(await doors.intake_status(lead_id), ResolutionAnswer.RETRY, how.step)
        status = await amender(around, doors, how)(lead_id, details)
    return Answer(status, run_text(status))


async def amend_file(around: Surroundings, group: AmendedGroup, how: Amending, seconds: float) -> Answer:
    """Amends each lead of a file and tries its parked steps again.

    Raises:
        CommandFailure: INPUT_REFUSED where the file cannot be used; see `answered` for the others.
    """
    from contracts.ids import intake_workflow_id, lead_id_of
    from rules.amendments import AMENDMENTS, parse_amendments
    from starters.json_documents import document_in, refusing
    from starters.parked_group import GroupWork, answered, confirm

    with refusing(group.file):
        amendments = parse_amendments(document_in(group.file, AMENDMENTS))
    by_run = {intake_workflow_id(lead_id): details for lead_id, details in amendments.items()}
    async with around.doors(seconds) as doors:
        parked = list(by_run)
        if group.wanted:
            found = {one.workflow_id for one in await parked_runs(doors, group.wanted)}
            parked = [one for one in by_run if one in found]
        confirm(f"Amend and retry {len(parked):,} leads, {group.rate}?", yes=group.yes)
        take = amender(around, doors, how, group.wanted.cause if group.wanted else None)

        async def amend_run(workflow_id: str) -> None:
            await take(lead_id_of(workflow_id), by_run[workflow_id])

        async def has_left(workflow_id: str) -> bool:
            causes = causes_of(await doors.status(workflow_id))
            return group.wanted.cause not in causes if group.wanted else not causes

        work = GroupWork(amend_run, has_left, group.rate)
        left = [one for one in by_run if one not in parked]
        return await answered(parked, work, {"file": group.file, "answer": "amend"}, left)


def amender(
    around: Surroundings, doors: Doors, how: Amending, cause: str | None = None
) -> Callable[[str, ContactAmendment], Awaitable[RunStatus]]:
    """What amends a lead and tries again what is parked; with a cause, only what that has parked."""
    from contracts.ids import intake_workflow_id
    from contracts.lead_intake import Amendment
    from contracts.status import Resolution, ResolutionAnswer
    from rules.parking import cause_of
    from starters.identity import voucher_for

    vouched, retry = voucher_for(around.settings(), around.policy(), how.person), ResolutionAnswer.RETRY

    async def take(lead_id: str, details: ContactAmendment) -> RunStatus:
        workflow_id = intake_workflow_id(lead_id)
        actor = vouched(workflow_id, around.now())
        status: RunStatus = await doors.amend(
            lead_id, Amendment(actor=actor, details=details, reason=how.reason)
        )
        causes = {one.step: cause_of(one) for one in status.parked if cause in (None, cause_of(one))}
        for step in steps_to_answer(status, retry, how.step):
            if step in causes:
                resolution = Resolution(
                    answer=retry, step=step, actor=actor, reason=how.reason, cause=causes[step]
                )
                status = await doors.resolve(workflow_id, resolution)
        return status

    return take


if __name__ == "__main__":
    run_alone(amend)
