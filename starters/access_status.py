"""`access status`: how an access request stands."""

from __future__ import annotations

import typer

from starters.arguments import DEFAULT_TIMEOUT, AccessId, AsJson, Timeout, access_id_from
from starters.console import Answer, run, run_alone
from starters.surroundings import Surroundings, surroundings_of


def status(
    context: typer.Context, request: AccessId, timeout: Timeout = DEFAULT_TIMEOUT, as_json: AsJson = False
) -> None:
    """Show where an access request stands: who must agree, and until when the access lasts.

    \b
    Examples:
      throughline access status it-1042
      throughline access status access-request/it-1042 --json

    Exit codes: 0 shown, 4 no such request, 6 Temporal does not answer, 7 no worker answers.
    """  # noqa: D301
    around, request_id = surroundings_of(context), access_id_from(request)
    run(as_json, lambda: status_of(around, request_id, timeout))


async def status_of(around: Surroundings, request_id: str, seconds: float) -> Answer:
    """What the run says."""
    from starters.status_text import access_text

    async with around.doors(seconds) as doors:
        found = await doors.access.status(request_id)
    return Answer(found, access_text(found))


if __name__ == "__main__":
    run_alone(status)
