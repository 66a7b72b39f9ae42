"""`access request`: asks for access to a system for one of our people."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson, name_from, words_from
from starters.console import Answer, run, run_alone
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.access_request import AccessRequest

UNNAMED = "unnamed"
"""Stands for the id until the rest is known."""

START_SECONDS = 10.0
"""How long the server may take to accept a start; it takes milliseconds when it is well."""


def request(
    context: typer.Context,
    *,
    person: Annotated[
        str, typer.Option("--for", metavar="PERSON", help="Who gets it, as the policy names them.")
    ],
    system: Annotated[str, typer.Option("--system", metavar="SYSTEM", help="Access to what.")],
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="As what.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What for, in one line.")],
    days: Annotated[
        int | None,
        typer.Option(
            "--days", metavar="N", min=1, max=3_650, help="How long; as long as the policy allows if unset."
        ),
    ] = None,
    request_id: Annotated[
        str,
        typer.Option("--id", metavar="ID", help="Your own id of the request; the same id is one request."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Ask for access for somebody; the same request again starts nothing. Nobody agrees to their own access.

    Without --id, all that is asked for and the day (UTC) make the request's id: give an --id to ask for the
    same twice in a day.

    \b
    Examples:
      throughline access request --for p-dana --system billing --role reader --reason 'month end'
      throughline access request --id it-1043 --for p-marek --system crm --role admin --reason 'on call' \\
        --days 3

    Exit codes: 0 asked or already known, 3 no such person, 6 Temporal does not answer, 8 the policy is wrong
    or says nothing about access.
    """  # noqa: D301
    from contracts.access_request import AccessRequest

    around = surroundings_of(context)
    unnamed = AccessRequest(
        request_id=UNNAMED,
        person_id=name_from("--for", person),
        system=name_from("--system", system),
        role=name_from("--role", role),
        reason=words_from("--reason", reason),
        days=days,
        requested_at=around.now(),
    )
    name = name_from("--id", request_id) if request_id else request_id_of(unnamed)
    wanted = unnamed.model_copy(update={"request_id": name})
    run(as_json, lambda: request_access(around, wanted))


async def request_access(around: Surroundings, wanted: AccessRequest) -> Answer:
    """Starts the run of a request, for somebody whom the policy knows."""
    from starters.configuration import require_section
    from starters.identity import require_person
    from starters.start_onboarding import started_text

    policy = around.policy()
    require_section(policy.access, "access")
    require_person(policy, wanted.person_id, "--for")
    async with around.doors(START_SECONDS) as doors:
        started = await doors.access.request(wanted)
    return Answer(
        {
            "request_id": started.id,
            "workflow_id": started.workflow_id,
            "already_known": started.already_known,
        },
        started_text("request", started),
    )


def request_id_of(request: AccessRequest) -> str:
    """An id that the same request gets on the same day."""
    day = request.requested_at.astimezone(UTC).date().isoformat()
    asked = request.model_dump_json(exclude={"request_id", "requested_at"})
    return f"cli-{hashlib.sha256(f'{day}{asked}'.encode()).hexdigest()[:24]}"


if __name__ == "__main__":
    run_alone(request)
