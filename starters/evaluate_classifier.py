"""`classifier eval`: how good a classifier is on labelled examples, and which confidence floor fits them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, CommandFailure, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from rules.classifier_reports import ThresholdCosts


def evaluate(
    context: typer.Context,
    *,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="CSV, or JSON lines (.jsonl), with text, category and perhaps intent, risk."
        ),
    ],
    classifier: Annotated[
        str | None,
        typer.Option("--classifier", metavar="NAME", help="Which one; that of the settings if unset."),
    ] = None,
    cost_of_wrong: Annotated[
        float,
        typer.Option(
            "--cost-of-wrong", metavar="N", min=0.001, help="What acting on a wrong category costs."
        ),
    ] = 5.0,
    cost_of_asking: Annotated[
        float,
        typer.Option(
            "--cost-of-asking", metavar="N", min=0.001, help="What asking a person costs, in the same unit."
        ),
    ] = 1.0,
    at_once: Annotated[
        int, typer.Option("--at-once", metavar="N", min=1, max=50, help="So many calls at a time.")
    ] = 4,
    as_json: AsJson = False,
) -> None:
    """Evaluate a classifier on labelled examples, and derive the confidence floor that costs least on them.

    Labels are those of the configured policy. Each answer is judged as a run would judge it, guardrails
    included. Calls of a model cost tokens, and count for its daily budget.

    \b
    Examples:
      throughline classifier eval examples/labelled_leads.csv
      throughline classifier eval leads.jsonl --classifier anthropic --cost-of-wrong 40 --cost-of-asking 3
      throughline classifier eval leads.csv --json

    Exit codes: 0 evaluated, 3 the file cannot be used, 6 the store does not answer, 7 no answer came at all,
    8 the classifier has no settings, a wrong key, or has spent its budget.
    """  # noqa: D301
    from rules.classifier_reports import ThresholdCosts

    around, costs = surroundings_of(context), ThresholdCosts(wrong=cost_of_wrong, asking=cost_of_asking)
    name = None if classifier is None else known_classifier(classifier)
    run(as_json, lambda: evaluate_file(around, file, name, costs, at_once))


async def evaluate_file(
    around: Surroundings, file: str, name: str | None, costs: ThresholdCosts, at_once: int
) -> Answer:
    """Asks about every example of a file, and reports on the answers."""
    from rules.classifier_eval import report_on
    from starters.classifier_run import judge_all
    from starters.evaluation_text import evaluation_text, policy_change
    from starters.labelled_file import examples_in
    from starters.progress import progress_of

    settings, bundle = around.settings(), around.policy()
    chosen = name or settings.connectors.classifier
    examples = examples_in(file, bundle.reading)
    async with around.classifier(chosen) as classifier:
        with progress_of(Path(file).name, len(examples), doing="evaluating") as progress:
            judged = await judge_all(classifier, examples, bundle, at_once=at_once, progress=progress)
    if all(one.failure for one in judged):
        codes = ", ".join(sorted({one.failure for one in judged if one.failure}))
        raise CommandFailure(
            ExitCode.NO_ANSWER,
            f"not one answer came ({codes})",
            where=chosen,
            remedy="look at its address, its model and its limits",
        )
    report = report_on(judged, bundle.reading.confidence_floor, costs)
    document = {
        "file": file,
        "classifier": chosen,
        "costs": costs,
        "report": report,
        "policy_change": policy_change(report),
    }
    return Answer(document, evaluation_text(report, chosen, costs))


def known_classifier(name: str) -> str:
    """The name of a classifier that there is.

    Raises:
        typer.BadParameter: there is none of that name.
    """
    from typing import get_args

    from connectors.settings import ClassifierName

    if name not in (names := get_args(ClassifierName)):
        raise typer.BadParameter(f"must be one of {', '.join(names)}", param_hint="--classifier")
    return name


if __name__ == "__main__":
    run_alone(evaluate)
