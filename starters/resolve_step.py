"""`lead resolve`, `onboarding resolve` and `access resolve`: a person's answer to a parked step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AccessId,
    AsJson,
    AsPerson,
    LeadId,
    OnboardingId,
    Reason,
    Timeout,
    access_id_from,
    choice,
    lead_id_from,
    line_from,
    onboarding_id_from,
)
from starters.console import Answer, CommandFailure, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.status import ResolutionAnswer, RunStatus
    from starters.doors import Doors


ALL = "all"

AnswerWord = Annotated[
    str,
    typer.Argument(
        metavar="retry|skip|abandon", help="Try the step again, go on without it, or undo everything so far."
    ),
]
StepName = Annotated[
    str,
    typer.Option("--step", metavar="STEP", help="Which step, where several are parked; `all` is each."),
]


def resolve_lead(
    context: typer.Context,
    *,
    lead: LeadId,
    answer: AnswerWord,
    person: AsPerson,
    reason: Reason = "",
    step: StepName = "",
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Answer the parked steps of a lead's run, so that it goes on, or gives up and undoes what it did.

    \b
    Examples:
      throughline lead resolve c5zk2vwnqk3xd7yh4t6m2a9be retry --as p-maya --reason 'CRM is back'
      throughline lead resolve lead-follow-through/c5zk2vwnqk3xd7yh4t6m2a9be abandon --as p-maya

    Exit codes: 0 taken, 4 no such lead, 5 nothing is parked or the run refused, 7 no worker answers.
    """  # noqa: D301
    around, lead_id = surroundings_of(context), lead_id_from(lead)
    given = resolving(answer, person, reason, step)
    run_id = lead if "/" in lead else None
    run(
        as_json,
        lambda: resolve_step(around, lambda doors: parked_run(doors, lead_id, run_id), given, timeout),
    )


def resolve_onboarding(
    context: typer.Context,
    *,
    onboarding: OnboardingId,
    answer: AnswerWord,
    person: AsPerson,
    reason: Reason = "",
    step: StepName = "",
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Answer the parked steps of an onboarding, so that it goes on, or gives up and undoes what it did.

    An undo that could not be done is parked as `undo WHAT`: retry it, or skip it to leave what is there.

    \b
    Examples:
      throughline onboarding resolve o7b3kq2m5x4vd6yh9t8n1a0ce retry --as p-ines --reason 'billing is back'
      throughline onboarding resolve o7b3kq2m5x4vd6yh9t8n1a0ce skip --step 'undo subscription' --as p-ines

    Exit codes: 0 taken, 4 no such onboarding, 5 nothing is parked or the run refused, 7 no worker answers.
    """  # noqa: D301
    around, onboarding_id = surroundings_of(context), onboarding_id_from(onboarding)
    given = resolving(answer, person, reason, step)
    run(
        as_json,
        lambda: resolve_step(around, lambda doors: doors.onboarding.status(onboarding_id), given, timeout),
    )


def resolve_access(
    context: typer.Context,
    *,
    request: AccessId,
    answer: AnswerWord,
    person: AsPerson,
    reason: Reason = "",
    step: StepName = "",
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Answer the parked steps of an access request, so that it goes on, or gives up and takes access back.

    \b
    Example:
      throughline access resolve it-1042 retry --as p-oskar --reason 'the directory is back'

    Exit codes: 0 taken, 4 no such request, 5 nothing is parked or the run refused, 7 no worker answers.
    """  # noqa: D301
    around, request_id = surroundings_of(context), access_id_from(request)
    given = resolving(answer, person, reason, step)
    run(
        as_json,
        lambda: resolve_step(around, lambda doors: doors.access.status(request_id), given, timeout),
    )


@dataclass(frozen=True)
class Resolving:
    """What a person answers, before they are vouched for."""

    answer: ResolutionAnswer
    person: str
    reason: str
    step: str


def resolving(answer: str, person: str, reason: str, step: str) -> Resolving:
    """What a command line says about parked steps.

    Raises:
        typer.BadParameter: there is no such answer, or the reason is no line.
    """
    from contracts.status import ResolutionAnswer

    why, step = line_from("--reason", reason), line_from("--step", step)
    return Resolving(choice("retry|skip|abandon", answer, ResolutionAnswer), person, why, step)


async def resolve_step(
    around: Surroundings,
    find: Callable[[Doors], Awaitable[RunStatus]],
    given: Resolving,
    seconds: float,
) -> Answer:
    """Answers what is parked now in the run that is found, and says how it stands then."""
    from contracts.status import Resolution
    from starters.identity import prove
    from starters.status_text import run_text

    async with around.doors(seconds) as doors:
        status = await find(doors)
        actor = prove(around.settings(), around.policy(), given.person, status.workflow_id, around.now())
        for parked in steps_to_answer(status, given.answer, given.step):
            resolution = Resolution(answer=given.answer, step=parked, actor=actor, reason=given.reason)
            status = await doors.resolve(status.workflow_id, resolution)
    return Answer(status, run_text(status))


def steps_to_answer(status: RunStatus, answer: ResolutionAnswer, step: str) -> list[str]:
    """The parked steps that the answer is for.

    Raises:
        CommandFailure: REFUSED_BY_RUN where nothing is parked; USAGE where several are, and none was named,
            or where an undo is to be abandoned.
    """
    from contracts.status import ResolutionAnswer
    from starters.run_commands import UNDO

    abandons = answer is ResolutionAnswer.ABANDON
    names = [one.step for one in status.parked]
    if not names:
        raise CommandFailure(
            ExitCode.REFUSED_BY_RUN, f"nothing is parked, it is {status.state}", where=status.workflow_id
        )
    if step == ALL:
        # One abandoned step undoes the run, and the others with it.
        chosen = names[:1] if abandons else names
    elif step or len(names) == 1:
        chosen = [step or names[0]]
    else:
        raise CommandFailure(
            ExitCode.USAGE,
            f"several steps are parked: {', '.join(names)}",
            where=status.workflow_id,
            remedy=f"name one with --step, or --step {ALL}",
        )
    if abandons and any(one.startswith(UNDO) for one in chosen):
        raise CommandFailure(
            ExitCode.USAGE,
            "the run gives up already, and an undo cannot be abandoned",
            where=status.workflow_id,
            remedy="retry it, or skip it to leave what is there",
        )
    return chosen


async def parked_run(doors: Doors, lead_id: str, run_id: str | None) -> RunStatus:
    """The run of a lead that has a parked step; the one that was named, else intake before follow-through.

    Raises:
        CommandFailure: NOT_FOUND.
    """
    from contracts.names import Process
    from starters.lead_status import if_found

    if run_id and run_id.startswith(f"{Process.LEAD_FOLLOW_THROUGH}/"):
        return await doors.follow_through_status(lead_id)
    intake = await doors.intake_status(lead_id)
    if run_id or intake.parked or not intake.follow_through_id:
        return intake
    return await if_found(doors.follow_through_status(lead_id)) or intake


if __name__ == "__main__":
    run_alone(resolve_lead, resolve_onboarding, resolve_access)
