"""`circuit list` and `circuit close`: systems that are left alone because they keep failing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson, choice
from starters.console import Answer, run, run_alone, table
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.names import System


def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List systems that have failed: how many more failures each is allowed, and until when it is left alone.

    \b
    Example:
      throughline circuit list

    Exit codes: 0 listed, 6 the store does not answer.
    """  # noqa: D301
    around = surroundings_of(context)
    run(as_json, lambda: list_circuits(around))


def close(
    context: typer.Context,
    *,
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="Such as crm; `circuit list` shows them.")],
    as_json: AsJson = False,
) -> None:
    """Let a system be called again at once, for example when its owner says that it is back.

    \b
    Example:
      throughline circuit close crm

    Exit codes: 0 closed, 2 no such system, 6 the store does not answer.
    """  # noqa: D301
    from contracts.names import System

    around, chosen = surroundings_of(context), choice("SYSTEM", system, System)
    run(as_json, lambda: close_circuit(around, chosen))


async def list_circuits(around: Surroundings) -> Answer:
    """What is remembered of systems that failed."""
    from connectors.store.circuits import SqlCircuits
    from starters.reading import open_store, translated
    from starters.status_text import moment

    async with open_store(around.settings()) as store:
        with translated("the circuits"):
            states = await SqlCircuits(store).read_all()
    if not states:
        return Answer({"circuits": []}, "no system has failed")
    return Answer(
        {"circuits": states},
        table(
            ("SYSTEM", "STANDS", "FAILURES LEFT", "TRIED IN VAIN", "LEFT ALONE UNTIL"),
            [
                (
                    one.system,
                    "left alone" if one.open_until else "called",
                    f"{one.budget_left:.1f}",
                    one.tries,
                    moment(one.open_until),
                )
                for one in states
            ],
        ),
    )


async def close_circuit(around: Surroundings, system: System) -> Answer:
    """Forgets what is remembered of a system."""
    from connectors.store.circuits import SqlCircuits
    from contracts.failure_policy import CircuitPolicy
    from rules.circuits import untroubled
    from rules.failures import table_of
    from starters.reading import open_store, translated

    policy = table_of(around.policy()).systems.get(system, CircuitPolicy())
    fresh = untroubled(system, policy)
    async with open_store(around.settings()) as store:
        with translated("the circuits"):
            await SqlCircuits(store).change(fresh, lambda _: fresh)
    return Answer(fresh, f"{system} may be called again; workers know within a second")


if __name__ == "__main__":
    run_alone(list_, close)
