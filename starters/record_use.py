"""`workspace used`: somebody did in a workspace of the embedded product what it is bought for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from starters.arguments import AsJson, name_from, past_instant_from
from starters.console import Answer, facts, run, run_alone
from starters.surroundings import Surroundings, surroundings_of


def used(
    context: typer.Context,
    *,
    workspace: Annotated[
        str, typer.Argument(metavar="WORKSPACE", help="Its id, as `onboarding status` shows it.")
    ],
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="When, as ISO 8601 with a zone; now if unset."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Note that a workspace is of use to its customer; the earliest time stands.

    \b
    Examples:
      throughline workspace used workspace_5f0c2c1f8a7b4a5e9d3c1b2a
      throughline workspace used workspace_5f0c2c1f8a7b4a5e9d3c1b2a --at 2026-11-27T15:30:00+01:00

    Exit codes: 0 noted, 2 no such time, 4 no such workspace, 6 the store does not answer.
    """  # noqa: D301
    around, workspace_id = surroundings_of(context), name_from("WORKSPACE", workspace)
    now = around.now()
    first = past_instant_from("--at", at, now) or now
    run(as_json, lambda: record_use(around, workspace_id, first))


async def record_use(around: Surroundings, workspace_id: str, at: datetime) -> Answer:
    """Notes the use of a workspace, and shows since when it is of use."""
    from starters.status_text import moment

    async with around.embedded() as embedded:
        usage = await embedded.record_use(workspace_id, at)
    text = facts((("workspace", usage.workspace_id), ("of use since", moment(usage.first_value_at))))
    return Answer(usage, text)


if __name__ == "__main__":
    run_alone(used)
