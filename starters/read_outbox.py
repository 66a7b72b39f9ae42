"""`outbox list` and `outbox show`: what was sent to our people and drafted for leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson, Limit, optional_choice
from starters.console import Answer, facts, run, run_alone, table
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.messages import OutboxStatus


def list_(
    context: typer.Context,
    *,
    workflow_id: Annotated[
        str | None, typer.Option("--run", metavar="WORKFLOW", help="Only what this run sent.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="sent, held, undeliverable, draft, awaiting_approval or discarded.",
        ),
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List messages and drafts, newest first.

    \b
    Examples:
      throughline outbox list --status draft
      throughline outbox list --run lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be --json

    Exit codes: 0 listed, 2 no such status, 6 the store does not answer.
    """  # noqa: D301
    from contracts.messages import OutboxStatus

    around, chosen = surroundings_of(context), optional_choice("--status", status, OutboxStatus)
    run(as_json, lambda: list_outbox(around, workflow_id, chosen, limit))


def show(
    context: typer.Context,
    *,
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="The entry's id, as `outbox list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Show one message or draft in full.

    \b
    Example:
      throughline outbox show 17

    Exit codes: 0 shown, 4 no such entry, 6 the store does not answer.
    """  # noqa: D301
    around = surroundings_of(context)
    run(as_json, lambda: show_entry(around, entry))


async def list_outbox(
    around: Surroundings, workflow_id: str | None, status: OutboxStatus | None, limit: int
) -> Answer:
    """The entries of the outbox, without their texts."""
    from starters.status_text import moment

    async with around.readings() as readings:
        entries = await readings.outbox_entries(workflow_id, status, limit)
    if not entries:
        return Answer({"entries": []}, "nothing in the outbox")
    return Answer(
        {"entries": entries},
        table(
            ("ENTRY", "CREATED", "KIND", "STATUS", "TO", "SUBJECT"),
            [
                (
                    one.id,
                    moment(one.created_at),
                    one.kind,
                    one.status,
                    one.recipient_id or one.to_address,
                    one.subject,
                )
                for one in entries
            ],
        ),
    )


async def show_entry(around: Surroundings, entry_id: str) -> Answer:
    """One entry of the outbox."""
    from contracts.messages import OutboxStatus
    from starters.status_text import moment

    async with around.readings() as readings:
        entry = await readings.outbox_entry(entry_id)
    head = facts(
        (
            ("entry", entry.id),
            ("kind", entry.kind),
            ("status", entry.status),
            ("to", entry.recipient_id or entry.to_address),
            ("run", entry.workflow_id),
            ("created", moment(entry.created_at)),
            ("went out by", entry.channel),
            ("goes out", moment(entry.send_at) if entry.status is OutboxStatus.HELD else None),
            ("failure", f"{entry.failure} by {entry.failed_on}" if entry.failure else None),
            ("due", moment(entry.due_at)),
            ("subject", entry.subject),
        )
    )
    return Answer(entry, f"{head}\n\n{entry.body}")


if __name__ == "__main__":
    run_alone(list_, show)
