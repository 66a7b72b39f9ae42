"""`lead submit`: starts the intake run of each lead in a JSON file or on stdin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, run, run_alone, table
from starters.exit_codes import ExitCode
from starters.input_text import read_text
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.lead_intake import LeadIntakeStatus
    from starters.doors import StartedLead


def submit(
    context: typer.Context,
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="A JSON object or an array of them; - is stdin.")
    ],
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until each lead is decided or waits for a person.")
    ] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=1, max=3600, help="How long --wait waits.")
    ] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Submit leads; the same lead submitted again starts nothing.

    Everything in the file is checked first: where one item is refused, none is started.

    \b
    Examples:
      throughline lead submit lead.json
      throughline lead submit leads.json --wait --json
      echo '{"source": "website", "contact": {"email": "ann@example.com"}}' | throughline lead submit -

    Exit codes: 0 started or already known, 3 input refused, 6 Temporal does not answer, 7 not decided in
    time.
    """  # noqa: D301
    around = surroundings_of(context)
    run(as_json, lambda: submit_leads(around, file, wait=wait, seconds=timeout))


async def submit_leads(around: Surroundings, file: str, *, wait: bool, seconds: float) -> Answer:
    """Starts every lead of a file and says what became of each."""
    from starters.in_flight import settled, start_all
    from starters.json_items import submissions_in

    submissions = submissions_in(read_text(file), "stdin" if file == "-" else file, around.now())
    async with around.doors(seconds) as doors:
        started = await start_all(doors, submissions)
        if not wait:
            return started_answer(started)
        lead_ids = list(dict.fromkeys(lead.lead_id for lead in started))
        return settled_answer(started, await settled(doors, lead_ids, seconds), seconds)


def started_answer(started: list[StartedLead]) -> Answer:
    """Which leads are on their way."""
    return Answer(
        {"leads": started},
        table(
            ("LEAD", "SUBMITTED", "RUN"),
            [(lead.lead_id, arrival(lead), lead.workflow_id) for lead in started],
        ),
    )


def settled_answer(
    started: list[StartedLead], statuses: dict[str, LeadIntakeStatus], seconds: float
) -> Answer:
    """Where each lead went; NO_ANSWER where one is still on its way."""
    from starters.console import complain
    from starters.in_flight import is_settled

    rows = [(lead, statuses[lead.lead_id]) for lead in started]
    unsettled = sum(not is_settled(status) for status in statuses.values())
    if unsettled:
        complain(
            f"{unsettled} of {len(statuses)} still running after {seconds:g} s: ask again with `lead status`"
        )
    return Answer(
        {
            "leads": [
                {
                    "lead_id": lead.lead_id,
                    "workflow_id": lead.workflow_id,
                    "already_known": lead.already_known,
                    "settled": is_settled(status),
                    "status": status,
                }
                for lead, status in rows
            ]
        },
        table(
            ("LEAD", "SUBMITTED", "LANE", "STATE", "PATH", "OWNER", "RULE"),
            [
                (
                    lead.lead_id,
                    arrival(lead),
                    status.lane,
                    status.state,
                    status.path,
                    status.owner_id,
                    status.rule,
                )
                for lead, status in rows
            ],
        ),
        ExitCode.NO_ANSWER if unsettled else ExitCode.OK,
    )


def arrival(lead: StartedLead) -> str:
    """Whether a lead is new."""
    return "already known" if lead.already_known else "started"


if __name__ == "__main__":
    run_alone(submit)
