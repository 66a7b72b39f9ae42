"""`deploy`: which build of the workers is current, how to roll to the next one, and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import DEFAULT_TIMEOUT, AsJson, Timeout, name_from
from starters.confirming import Yes, confirmed
from starters.console import Answer, CommandFailure, facts, run, run_alone, table
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from starters.builds import Build, Standing
    from starters.deployment import Deployment

BuildName = Annotated[
    str, typer.Argument(metavar="BUILD", help="The build, as its workers' THROUGHLINE__WORKER__BUILD_ID.")
]

Change = Callable[["Deployment", "Standing"], Awaitable[str]]
"""Changes the routing; returns what was done, in a sentence."""

Question = Callable[["Standing"], str | None]
"""What a person is asked before a change; None where nothing will change."""


def status(context: typer.Context, *, timeout: Timeout = DEFAULT_TIMEOUT, as_json: AsJson = False) -> None:
    """Show the builds: which is current, which ramps, which drain, their open runs and their workers.

    \b
    Examples:
      throughline deploy status
      throughline deploy status --json

    Exit codes: 0 shown, 4 no versioned worker has polled yet, 6 Temporal does not answer.
    """  # noqa: D301
    around = surroundings_of(context)
    run(as_json, lambda: show(around, timeout))


def current(
    context: typer.Context,
    *,
    build: BuildName,
    release: Annotated[
        bool, typer.Option("--release", help="Runs that a rollback held on their build move on too.")
    ] = False,
    yes: Yes = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Make a build current: new runs start on it, open runs go on where their process says.

    Intake ends on the build it began on; approvals, follow-through, onboarding and access requests go on
    under the current one. Workers of the old build stay until `deploy status` shows none of its runs pinned.

    \b
    Examples:
      throughline deploy current 4f2a91c
      throughline deploy current 7be03d2 --yes --json
      throughline deploy current 91aa0fe --release

    Exit codes: 0 current, 2 not confirmed by --yes, 4 no such build, 5 refused, 7 its workers do not poll
    every queue.
    """  # noqa: D301
    around, name = surroundings_of(context), name_from("BUILD", build)

    async def change(deployment: Deployment, standing: Standing) -> str:
        _require_workers(standing.build(name), standing.deployment)
        if standing.current != name or standing.ramping == name:
            await deployment.make_current(name)
        released = await deployment.release() if release else 0
        done = f"build {name} was current already" if standing.current == name else f"build {name} is current"
        return f"{done}; {released} held runs move on" if release else done

    def question(standing: Standing) -> str:
        return f"Make build {name} current instead of {standing.current or 'none'}?"

    run(as_json, lambda: changed(around, change, question, yes=yes, seconds=timeout))


def ramp(
    context: typer.Context,
    *,
    build: BuildName,
    percentage: Annotated[
        float,
        typer.Option("--percentage", metavar="N", min=0, max=100, help="Of a hundred; 0 ends the ramp."),
    ],
    yes: Yes = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Send some of the runs to a build, and the others to the current one.

    A run is sent by its workflow id: it does not change builds while the percentage stands.

    \b
    Examples:
      throughline deploy ramp 7be03d2 --percentage 5
      throughline deploy ramp 7be03d2 --percentage 50 --yes
      throughline deploy ramp 7be03d2 --percentage 0

    Exit codes: 0 ramping, 2 not confirmed by --yes, 4 no such build, 5 it is current, 7 its workers do not
    poll every queue.
    """  # noqa: D301
    around, name = surroundings_of(context), name_from("BUILD", build)

    async def change(deployment: Deployment, standing: Standing) -> str:
        wanted = standing.build(name)
        if standing.current == name:
            raise CommandFailure(
                ExitCode.REFUSED_BY_RUN,
                f"build {name} is current, so all runs go there",
                where=f"deployment {standing.deployment}",
                remedy="ramp the build that is to follow it",
            )
        if not percentage:
            if standing.ramping == name:
                await deployment.ramp(None, 0)
            return f"build {name} does not ramp"
        _require_workers(wanted, standing.deployment)
        await deployment.ramp(name, percentage)
        return f"{percentage:g} of 100 runs go to build {name}"

    def question(standing: Standing) -> str:
        return f"Send {percentage:g} of 100 runs to build {name}, the others to {standing.current or 'none'}?"

    run(as_json, lambda: changed(around, change, question, yes=yes, seconds=timeout))


def rollback(
    context: typer.Context,
    *,
    hold: Annotated[
        bool, typer.Option("--hold", help="Runs that moved to the build that is left stay with it.")
    ] = False,
    leaving: Annotated[
        str,
        typer.Option("--from", metavar="BUILD", help="Leave this build only, so that it may be told again."),
    ] = "",
    yes: Yes = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Go back: end the ramp where there is one, else make the build current that was so before.

    With --hold, open runs that have gone on under the build that is left stay there, on its workers: needed
    where that build brought a patch, whose marker the one before does not know (docs/versioning.md).

    Name the build that is left where a program says this, or where no answer came: told twice without
    --from, the second time leads back to it.

    \b
    Examples:
      throughline deploy rollback
      throughline deploy rollback --from 7be03d2 --hold --yes --json

    Exit codes: 0 back, 2 not confirmed by --yes, 4 there is nothing to go back to, 5 refused, 7 no worker of
    the build before polls every queue.
    """  # noqa: D301
    around = surroundings_of(context)
    name = name_from("BUILD", leaving) if leaving else None

    async def change(deployment: Deployment, standing: Standing) -> str:
        way = _way_back(standing, name)
        if way is None:
            return f"build {name} is left already"
        left, target = way
        _require_workers(standing.build(target), standing.deployment)
        # First, or they would take their next task under the build that is gone back to.
        held = await deployment.hold(left) if hold else 0
        if standing.ramping:
            await deployment.ramp(None, 0)
        else:
            await deployment.make_current(target)
        done = f"build {left} is left, build {target} is current"
        return f"{done}; {held} runs stay on build {left}" if hold else done

    def question(standing: Standing) -> str | None:
        way = _way_back(standing, name)
        return f"Leave build {way[0]} for build {way[1]}?" if way else None

    run(as_json, lambda: changed(around, change, question, yes=yes, seconds=timeout))


async def show(around: Surroundings, seconds: float) -> Answer:
    """How the deployment stands."""
    async with around.deployment(seconds) as deployment:
        standing = await deployment.standing()
    return Answer(standing, text_of(standing))


async def changed(
    around: Surroundings, change: Change, question: Question, *, yes: bool, seconds: float
) -> Answer:
    """Changes the routing, once it is confirmed, and says how the deployment stands then."""
    async with around.deployment(seconds) as deployment:
        before = await deployment.standing()
        asked = question(before)
        if asked is not None and not confirmed(asked, yes=yes):
            return Answer({"done": None, "deployment": before}, "nothing was changed")
        done = await change(deployment, before)
        after = await deployment.standing()
    return Answer({"done": done, "deployment": after}, f"{done}\n\n{text_of(after)}")


def text_of(standing: Standing) -> str:
    """A deployment, for people."""
    from starters.status_text import moment

    headings = ("BUILD", "STATE", "OPEN RUNS", "PINNED", "WORKERS", "NOT POLLED", "SINCE")
    rows = [
        (
            one.build,
            f"{one.state} {standing.ramp_percentage:g} %" if one.build == standing.ramping else one.state,
            one.open_runs,
            one.pinned_runs,
            one.workers,
            ", ".join(one.unserved) if one.workers else "",
            moment(one.since),
        )
        for one in standing.builds
    ]
    pairs = (
        ("deployment", standing.deployment),
        (
            "current",
            standing.current or "none: nothing is dispatched until `./throughline deploy current BUILD`",
        ),
        ("rollback goes to", _words_back(standing)),
        ("open runs without a build", standing.unversioned_runs or None),
    )
    return f"{facts(pairs)}\n\n{table(headings, rows)}"


def _words_back(standing: Standing) -> str | None:
    return f"{standing.current}, ending the ramp" if standing.ramping else standing.previous


def _way_back(standing: Standing, leaving: str | None) -> tuple[str, str] | None:
    """The build that is left and the one that is gone back to; None where `leaving` gets no new runs already.

    Raises:
        CommandFailure: NOT_FOUND; REFUSED_BY_RUN where `leaving` is current and another one ramps.
    """
    left, target = (
        (standing.ramping, standing.current) if standing.ramping else (standing.current, standing.previous)
    )
    if leaving and standing.build(leaving).build not in (standing.current, standing.ramping):
        return None
    if left is None or target is None:
        raise CommandFailure(
            ExitCode.NOT_FOUND,
            "no build was current before",
            where=f"deployment {standing.deployment}",
            remedy="name one: ./throughline deploy current BUILD",
        )
    if leaving not in (None, left):
        raise CommandFailure(
            ExitCode.REFUSED_BY_RUN,
            f"build {left} ramps, and is left first",
            where=f"deployment {standing.deployment}",
            remedy=f"./throughline deploy rollback --from {left}",
        )
    return left, target


def _require_workers(build: Build, deployment: str) -> None:
    """Refuses to send runs where nobody would take them.

    Raises:
        CommandFailure: NO_ANSWER.
    """
    if build.unserved:
        missing = "anything" if not build.workers else ", ".join(build.unserved)
        raise CommandFailure(
            ExitCode.NO_ANSWER,
            f"no worker of build {build.build} polls {missing}",
            where=f"deployment {deployment}",
            remedy=f"start them: THROUGHLINE__WORKER__BUILD_ID={build.build} ./throughline worker",
        )


if __name__ == "__main__":
    run_alone(status, current, ramp, rollback)
