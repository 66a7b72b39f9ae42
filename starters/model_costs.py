"""`classifier spend`: what models cost, day by day, and what their budgets still hold."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, run, run_alone, table
from starters.surroundings import Surroundings, surroundings_of


def spend(
    context: typer.Context,
    *,
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, max=366, help="So many days.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Show what models cost, by day of UTC: calls, tokens, cost, and what is set aside.

    Costs are in the currency of the configured prices. Set aside is what calls under way may cost, and those
    of which nobody knows whether they were billed; it counts for the budget of its day.

    \b
    Examples:
      throughline classifier spend
      throughline classifier spend --days 30 --json

    Exit codes: 0 shown, 6 the store does not answer.
    """  # noqa: D301
    around = surroundings_of(context)
    run(as_json, lambda: show_spend(around, days))


async def show_spend(around: Surroundings, days: int) -> Answer:
    """The rows of the last days, the newest first."""
    from connectors.store.model_spend import SqlModelSpend
    from starters.reading import open_store, translated
    from starters.status_text import money

    settings = around.settings()
    first = around.now().astimezone(UTC).date() - timedelta(days=days - 1)
    async with open_store(settings) as store:
        with translated("the costs of models"):
            rows = await SqlModelSpend(store, around.now).days(first)
    areas = (("openai_compatible", settings.openai_compatible), ("anthropic", settings.anthropic))
    budgets = {
        f"{name}/{area.model}": area.daily_budget
        for name, area in areas
        if area is not None and area.daily_budget is not None
    }
    document = {"days": rows, "daily_budgets": budgets}
    if not rows:
        return Answer(document, "no model was called")
    shown = [
        (
            one.day,
            one.model,
            one.calls,
            one.input_tokens,
            one.output_tokens,
            money(one.cost_micros),
            money(one.held_micros) if one.held_micros else None,
            budgets.get(one.model),
        )
        for one in rows
    ]
    headings = ("DAY", "MODEL", "CALLS", "TOKENS IN", "TOKENS OUT", "COST", "SET ASIDE", "BUDGET A DAY")
    return Answer(document, table(headings, shown))


if __name__ == "__main__":
    run_alone(spend)
