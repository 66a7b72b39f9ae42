"""`lead acknowledge`: the owner says that they have the lead."""

from __future__ import annotations

import typer

from starters.arguments import DEFAULT_TIMEOUT, AsJson, AsPerson, LeadId, Timeout, lead_id_from
from starters.console import Answer, run, run_alone
from starters.surroundings import Surroundings, surroundings_of


def acknowledge(
    context: typer.Context,
    *,
    lead: LeadId,
    person: AsPerson,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Acknowledge a lead as its owner, which stops reminders and reassignment.

    \b
    Example:
      throughline lead acknowledge c5zk2vwnqk3xd7yh4t6m2a9be --as p-maya

    Exit codes: 0 taken, 4 no such lead in follow-through, 5 the run refused, 7 no worker answers.
    """  # noqa: D301
    around, lead_id = surroundings_of(context), lead_id_from(lead)
    run(as_json, lambda: acknowledge_lead(around, lead_id, person, timeout))


async def acknowledge_lead(around: Surroundings, lead_id: str, person: str, seconds: float) -> Answer:
    """Acknowledges a lead and says how its follow-through stands then."""
    from contracts.follow_through import Acknowledgement
    from contracts.ids import follow_through_workflow_id
    from starters.identity import prove
    from starters.status_text import follow_through_text

    audience = follow_through_workflow_id(lead_id)
    actor = prove(around.settings(), around.policy(), person, audience, around.now())
    async with around.doors(seconds) as doors:
        status = await doors.acknowledge(lead_id, Acknowledgement(actor=actor))
    return Answer(status, follow_through_text(status))


if __name__ == "__main__":
    run_alone(acknowledge)
