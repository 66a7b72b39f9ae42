"""`onboarding timeline`: which way an onboarding has come, how long each part took, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from starters.arguments import DEFAULT_TIMEOUT, AsJson, OnboardingId, Timeout, onboarding_id_from
from starters.console import Answer, run, run_alone, table
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts.onboarding import OnboardingStatus
    from contracts.onboarding_plan import Forecast


def timeline(
    context: typer.Context,
    onboarding: OnboardingId,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Show the way of an onboarding: its states and the steps of its plan with their times, and its result.

    \b
    Examples:
      throughline onboarding timeline o7b3kq2m5x4vd6yh9t8n1a0ce
      throughline onboarding timeline o7b3kq2m5x4vd6yh9t8n1a0ce --json

    Exit codes: 0 shown, 4 no such onboarding, 6 Temporal does not answer, 7 no worker answers.
    """  # noqa: D301
    around, onboarding_id = surroundings_of(context), onboarding_id_from(onboarding)
    run(as_json, lambda: timeline_of(around, onboarding_id, timeout))


@dataclass(frozen=True)
class Stay:
    """A state that the run was in."""

    state: str
    at: datetime
    seconds: float | None
    """How long it stayed; None for the state in which it ended."""


@dataclass(frozen=True)
class Taken:
    """A step of the plan, as far as it was taken."""

    step: str
    progress: str
    owner_id: str
    begun_at: datetime | None
    done_at: datetime | None


async def timeline_of(around: Surroundings, onboarding_id: str, seconds: float) -> Answer:
    """The way so far, from the run; the result, from the ledger."""
    from starters.lead_status import if_found
    from starters.onboarding_status import not_found, record_of, result_text

    async with around.doors(seconds) as doors:
        status = await if_found(doors.onboarding.status(onboarding_id))
    ended = status is None or not status.next_moves
    record = await record_of(around, onboarding_id) if ended else None
    if status is None and record is None:
        raise not_found(onboarding_id)
    states = stays(status, around.now()) if status else []
    steps = taken(status.forecast) if status and status.forecast else []
    document = {
        "onboarding_id": onboarding_id,
        "states": states,
        "steps": steps,
        "result": record and record.result,
    }
    parts = [
        states_text(states) if states else "the run is no longer kept; the ledger has its result",
        steps_text(steps) if steps else "",
        result_text(record.result) if record else "",
    ]
    return Answer(document, "\n\n".join(filter(None, parts)))


def stays(status: OnboardingStatus, now: datetime) -> list[Stay]:
    """Every state in the order of entering it; an open run stays in its last one until now."""
    ends = [visit.at for visit in status.visits[1:]] + ([now] if status.next_moves else [])
    lengths = [(end - visit.at).total_seconds() for visit, end in zip(status.visits, ends, strict=False)]
    lasting = [*lengths, *[None] * (len(status.visits) - len(lengths))]
    return [Stay(visit.state, visit.at, length) for visit, length in zip(status.visits, lasting, strict=True)]


def taken(forecast: Forecast) -> list[Taken]:
    """Every step of the plan, with the time at which it was done where it was."""
    from contracts.onboarding_plan import StepProgress

    return [
        Taken(
            one.step,
            one.progress,
            one.owner_id,
            one.begun_at,
            one.due_at if one.progress is StepProgress.DONE else None,
        )
        for one in forecast.steps
    ]


def states_text(states: Sequence[Stay]) -> str:
    """The states as a table."""
    return table(
        ("STATE", "FROM", "FOR"), [(one.state, instant(one.at), length(one.seconds)) for one in states]
    )


def steps_text(steps: Sequence[Taken]) -> str:
    """The steps as a table."""
    rows = [
        (
            one.step,
            one.progress,
            one.owner_id,
            instant(one.begun_at),
            instant(one.done_at),
            length((one.done_at - one.begun_at).total_seconds()) if one.begun_at and one.done_at else None,
        )
        for one in steps
    ]
    return table(("STEP", "PROGRESS", "OWNER", "BEGUN", "DONE", "TOOK"), rows)


def instant(at: datetime | None) -> str | None:
    """An instant to the second: many steps take less than a minute."""
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else None


def length(seconds: float | None) -> str | None:
    """A length of time in words."""
    from datetime import timedelta

    from rules.wording import span_in_words

    if seconds is None:
        return None
    return span_in_words(timedelta(seconds=seconds)) if seconds >= 1 else "under a second"


if __name__ == "__main__":
    run_alone(timeline)
