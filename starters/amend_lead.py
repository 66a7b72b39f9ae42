"""`lead amend`: a person completes or corrects a lead that could not be used as it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    AsPerson,
    LeadId,
    Reason,
    Timeout,
    lead_id_from,
    line_from,
)
from starters.console import Answer, run, run_alone
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.lead import ContactAmendment

Field = typer.Option(metavar="TEXT")


def amend(
    context: typer.Context,
    *,
    lead: LeadId,
    person: AsPerson,
    name: Annotated[str | None, Field] = None,
    email: Annotated[str | None, Field] = None,
    phone: Annotated[str | None, Field] = None,
    company: Annotated[str | None, Field] = None,
    country: Annotated[str | None, Field] = None,
    service_interest: Annotated[str | None, Field] = None,
    source: Annotated[str | None, Field] = None,
    message: Annotated[str | None, Field] = None,
    reason: Reason = "",
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Supply or correct details of a lead; what is not named stays as it is.

    \b
    Examples:
      throughline lead amend c5zk2vwnqk3xd7yh4t6m2a9be --email ann@example.com --as p-maya
      throughline lead amend c5zk2vwnqk3xd7yh4t6m2a9be --phone '+49 30 1234567' --country DE --as p-maya

    Exit codes: 0 taken, 2 nothing to amend, 3 a detail cannot be used, 4 no such lead, 5 the run refused,
    7 no worker answers.
    """  # noqa: D301
    given = {
        "name": name,
        "email": email,
        "phone": phone,
        "company": company,
        "country": country,
        "service_interest": service_interest,
        "source": source,
        "message": message,
    }
    details = {field: value for field, value in given.items() if value is not None}
    if not details:
        raise typer.BadParameter("name at least one detail to amend", param_hint="--email and the like")
    around, lead_id, why = surroundings_of(context), lead_id_from(lead), line_from("--reason", reason)
    run(as_json, lambda: amend_lead(around, lead_id, details, person=person, reason=why, seconds=timeout))


async def amend_lead(
    around: Surroundings, lead_id: str, details: dict[str, str], *, person: str, reason: str, seconds: float
) -> Answer:
    """Amends a lead and says how its run stands then."""
    from contracts.ids import intake_workflow_id
    from contracts.lead_intake import Amendment
    from starters.identity import prove
    from starters.status_text import intake_text

    checked = checked_details(details, "lead amend")
    actor = prove(around.settings(), around.policy(), person, intake_workflow_id(lead_id), around.now())
    async with around.doors(seconds) as doors:
        status = await doors.amend(lead_id, Amendment(actor=actor, details=checked, reason=reason))
    return Answer(status, intake_text(status))


def checked_details(details: Mapping[str, str], command: str) -> ContactAmendment:
    """The details as a message.

    Raises:
        CommandFailure: INPUT_REFUSED, naming each detail and why, never the value.
    """
    from rules.amendments import parse_amendment
    from starters.json_documents import refusing

    with refusing(command):
        return parse_amendment(details)


if __name__ == "__main__":
    run_alone(amend)
