"""The schedules of watches, shown and changed: what their commands have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from starters.console import Answer, CommandFailure, facts
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings

if TYPE_CHECKING:
    from temporalio.client import Client

    from runtime.watch_schedules import Watch, WatchSchedule

Every = Annotated[
    str | None, typer.Option("--every", metavar="SPAN", help="Have it come so often, such as 15m or 1h.")
]
Pause = Annotated[bool, typer.Option("--pause", help="Start none any more until --resume.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on after --pause.")]
Now = Annotated[bool, typer.Option("--now", help="Start one at once, unless one runs.")]

SHORTEST = timedelta(minutes=1)

LONGEST_CHANGE = timedelta(seconds=10)


@dataclass(frozen=True)
class Change:
    """The one change that a person asks for; none shows how it stands."""

    every: timedelta | None = None
    pause: bool = False
    resume: bool = False
    remove: bool = False
    now: bool = False


def change_from(every: str | None, *, pause: bool, resume: bool, remove: bool, now: bool) -> Change:
    """What the options ask for.

    Raises:
        typer.BadParameter: more than one change, or no span of a minute or more.
    """
    change = Change(span_from("--every", every), pause, resume, remove, now)
    if sum((change.every is not None, pause, resume, remove, now)) > 1:
        raise typer.BadParameter("one change at a time", param_hint="--every, --pause, ...")
    return change


def span_from(option: str, text: str | None) -> timedelta | None:
    """The span that a person wrote, or None.

    Raises:
        typer.BadParameter: it is no span of a minute or more.
    """
    from pydantic import TypeAdapter, ValidationError

    from contracts.policy_terms import Duration

    if text is None:
        return None
    try:
        span = TypeAdapter[timedelta](Duration).validate_python(text)
    except ValidationError:
        raise typer.BadParameter("must be a span such as 15m or 1h", param_hint=option) from None
    if span < SHORTEST:
        raise typer.BadParameter("must be a minute or more", param_hint=option)
    return span


async def change_schedule(around: Surroundings, watch: Watch, change: Change) -> Answer:
    """Changes what is asked for, and says how the schedule stands then.

    Raises:
        CommandFailure: NOT_FOUND where there is no schedule; UNREACHABLE.
    """
    from runtime import watch_schedules
    from starters.connecting import connected
    from starters.refusals import translated

    client: Client = await connected(around.settings())
    async with translated("the schedule", LONGEST_CHANGE):
        there = True
        if change.every is not None:
            await watch_schedules.set_interval(client, watch, change.every)
        elif change.pause or change.resume:
            note = "paused on the command line" if change.pause else "resumed on the command line"
            there = await watch_schedules.set_paused(client, watch, note, paused=change.pause)
        elif change.remove:
            there = await watch_schedules.remove_schedule(client, watch)
        elif change.now:
            there = await watch_schedules.run_now(client, watch)
        stands = await watch_schedules.schedule_as_it_stands(client, watch)
    if change.remove and there:
        return Answer({"schedule": None}, "the schedule is removed")
    if stands is None:
        raise CommandFailure(
            ExitCode.NOT_FOUND,
            "there is no schedule",
            where=watch.id,
            remedy=f"`{watch.made_by} --every 15m` makes it",
        )
    return Answer({"schedule": stands}, schedule_text(stands))


def schedule_text(stands: WatchSchedule) -> str:
    """How the schedule stands, for people."""
    from rules.wording import span_in_words
    from starters.status_text import moment

    return facts(
        (
            ("every", span_in_words(stands.every)),
            ("paused", f"yes ({stands.note})" if stands.paused else "no"),
            ("last run", moment(stands.last_at)),
            ("next run", moment(stands.next_at)),
        )
    )
