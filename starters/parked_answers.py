"""`parked retry`, `parked skip` and `parked abandon`: the answer to one parked run, or to a whole cause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    AsPerson,
    Reason,
    Timeout,
    words_from,
    workflow_id_from,
)
from starters.console import Answer, run, run_alone
from starters.metering import Rate, rate_from
from starters.parked_list import CauseName, ProcessName, causes_of, filter_from, none_parked, parked_runs
from starters.resolve_step import StepName, resolve_step, resolving
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.status import ResolutionAnswer
    from starters.parked_runs import ParkedFilter

RunId = Annotated[
    str | None,
    typer.Argument(metavar="WORKFLOW-ID", help="One run; give --cause instead for all that share one."),
]
RateText = Annotated[
    str,
    typer.Option("--rate", metavar="N/s", help="How many runs of a group are set going, as 5/s or 90/m."),
]
Most = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="At most so many of a group, the oldest first."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before a group is answered.")]

DEFAULT_RATE = "5/s"
"""A system that has just come back also has its ordinary work to catch up with."""


def command_for(word: str, help_text: str) -> Callable[..., None]:
    """The command that gives one answer; the answers differ in their word and their help only."""

    def command(
        context: typer.Context,
        *,
        workflow_id: RunId = None,
        cause: CauseName = None,
        process: ProcessName = None,
        person: AsPerson,
        reason: Reason = "",
        step: StepName = "",
        rate: RateText = DEFAULT_RATE,
        limit: Most = None,
        yes: Yes = False,
        timeout: Timeout = DEFAULT_TIMEOUT,
        as_json: AsJson = False,
    ) -> None:
        meant = meant_by(workflow_id, cause, process, limit)
        how = Answering(word, person, reason, step, rate_from("--rate", rate), yes, timeout)
        answer(surroundings_of(context), meant, how, as_json=as_json)

    command.__name__ = word
    command.__doc__ = f"{cleandoc(help_text)}\n\n{EXIT_CODES}"
    return command


EXIT_CODES = """Exit codes: 0 all taken, 4 nothing is parked for this, 5 some refused, 6 Temporal does not
answer, 7 some or all gave no answer, 130 stopped."""

retry = command_for(
    "retry",
    """Try the parked step again, of one run or of every run that a cause has parked.

    A group is answered the oldest first, at --rate. Interrupted, run it again: it goes on with what is left.

    \b
    Examples:
      throughline parked retry lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be --as p-maya
      throughline parked retry --cause create_lead_records:FORBIDDEN:crm --as p-maya \\
        --reason 'the credential is renewed' --rate 10/s
    """,
)

skip = command_for(
    "skip",
    """Go on without the parked step, where the policy allows it; or leave an undo that cannot be done.

    \b
    Examples:
      throughline parked skip lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be --step create_task --as p-maya
      throughline parked skip --cause save_follow_up_draft:REJECTED:messages --as p-maya \\
        --reason 'drafts are written by hand this week' --yes
    """,
)

abandon = command_for(
    "abandon",
    """Give up runs with a parked step: everything that they did so far is undone.

    \b
    Examples:
      throughline parked abandon lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be --as p-maya --reason 'a test lead'
      throughline parked abandon --cause allocate_owner:NOT_FOUND:allocator --as p-maya \\
        --reason 'the campaign was withdrawn' --limit 20
    """,
)


@dataclass(frozen=True)
class Answering:
    """How runs are answered, before anybody is vouched for."""

    word: str
    person: str
    reason: str
    step: str
    rate: Rate
    yes: bool
    seconds: float


def meant_by(
    workflow_id: str | None, cause: str | None, process: str | None, limit: int | None
) -> str | ParkedFilter:
    """The one run, or which group.

    Raises:
        typer.BadParameter: neither or both are named.
    """
    if (workflow_id is None) == (cause is None):
        raise typer.BadParameter("name one of them", param_hint="WORKFLOW-ID, --cause")
    if workflow_id is not None:
        return workflow_id_from(workflow_id)
    return filter_from(cause, process, limit=limit)


def answer(around: Surroundings, meant: str | ParkedFilter, how: Answering, *, as_json: bool) -> NoReturn:
    """Answers one run or a group, as the command line of any of the answers says."""
    given = resolving(how.word, how.person, how.reason, how.step)
    if isinstance(meant, str):
        run(as_json, lambda: resolve_step(around, lambda doors: doors.status(meant), given, how.seconds))
    if how.step:
        raise typer.BadParameter("a cause names its step", param_hint="--step")
    words_from("--reason", how.reason)
    run(as_json, lambda: answer_cause(around, meant, given.answer, how))


async def answer_cause(
    around: Surroundings, wanted: ParkedFilter, given: ResolutionAnswer, how: Answering
) -> Answer:
    """Answers every run that a cause has parked.

    Raises:
        CommandFailure: NOT_FOUND where there is none; see `answered` for the others.
    """
    from contracts.status import Resolution
    from rules.parking import parts_of
    from starters.identity import voucher_for
    from starters.parked_group import GroupWork, answered, confirm

    cause = str(wanted.cause)
    vouched = voucher_for(around.settings(), around.policy(), how.person)
    async with around.doors(how.seconds) as doors:
        runs = await parked_runs(doors, wanted)
        if not runs:
            raise none_parked(cause)
        confirm(f"{given.capitalize()} {len(runs):,} runs parked for {cause}, {how.rate}?", yes=how.yes)

        async def resolve(workflow_id: str) -> None:
            resolution = Resolution(
                answer=given,
                step=parts_of(cause).step,
                actor=vouched(workflow_id, around.now()),
                reason=how.reason,
                cause=cause,
            )
            await doors.resolve(workflow_id, resolution)

        async def has_left(workflow_id: str) -> bool:
            return cause not in causes_of(await doors.status(workflow_id))

        work = GroupWork(resolve, has_left, how.rate)
        head: dict[str, object] = {"cause": cause, "answer": given}
        return await answered([one.workflow_id for one in runs], work, head)


if __name__ == "__main__":
    run_alone(retry, skip, abandon)
