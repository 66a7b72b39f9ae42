"""`policy failures`: what a run does about every failure of every step."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson, optional_choice
from starters.console import Answer, run, run_alone, table
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.failure_policy import FailureCell
    from contracts.failures import FailureCode
    from contracts.names import Step


def failures(
    context: typer.Context,
    *,
    step: Annotated[
        str | None, typer.Argument(metavar="STEP", help="Only this step, such as create_task.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the failure table: how long each step is tried, and what is done when that is over.

    \b
    Examples:
      throughline policy failures
      throughline policy failures classify_lead --json

    Exit codes: 0 shown, 2 no such step, 3 the policy has problems, 8 the folder cannot be read.
    """  # noqa: D301
    from contracts.names import Step

    around, chosen = surroundings_of(context), optional_choice("STEP", step, Step)
    run(as_json, lambda: show_failures(around, chosen))


async def show_failures(around: Surroundings, step: Step | None) -> Answer:
    """The table of the configured bundle."""
    from contracts.failures import OF_A_STEP
    from contracts.names import Step
    from rules.failures import cell_for, table_of

    policy = table_of(around.policy())
    rows: list[tuple[str, str, str]] = []
    steps: list[dict[str, object]] = []
    for one in [step] if step else Step:
        cells = [(cell, code) for code in OF_A_STEP if (cell := cell_for(one, code, policy)) is not None]
        skippable = policy.steps[one].skippable
        steps.append(
            {
                "step": one,
                "skippable": skippable,
                "failures": {code: {"retry": cell.retry, "then": cell.then} for cell, code in cells},
            }
        )
        rows += _lines(one, cells, skippable=skippable)
    return Answer({"steps": steps}, table(("STEP", "ANSWER", "FAILURES"), rows))


def _lines(
    step: Step, cells: list[tuple[FailureCell, FailureCode]], *, skippable: bool
) -> list[tuple[str, str, str]]:
    """A line for each answer of a step, the longest tries first."""
    from rules.wording import span_in_words

    ordered = sorted(cells, key=lambda pair: (-pair[0].retry, pair[0].then))
    lines: list[tuple[str, str, str]] = []
    for answer, found in groupby(ordered, key=lambda pair: pair[0]):
        tried = (
            f"retry for {span_in_words(answer.retry)}, then {answer.then}"
            if answer.retry
            else answer.then.value
        )
        name = f"{step}{' (a person may skip it)' if skippable else ''}" if not lines else ""
        lines.append((name, tried, ", ".join(code for _, code in found)))
    return lines


if __name__ == "__main__":
    run_alone(failures)
