"""`process list` and `process show`: which processes there are, and the states that one declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson, choice
from starters.console import Answer, facts, run, run_alone, table

if TYPE_CHECKING:
    from contracts.names import Process
    from contracts.states import ProcessDeclaration, StateDeclaration


def list_(*, as_json: AsJson = False) -> None:
    """List the processes and what each is for.

    \b
    Examples:
      throughline process list
      throughline process list --json

    Exit codes: 0 listed.
    """  # noqa: D301
    run(as_json, list_processes)


def show(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The process, as `process list` shows it.")],
    diagram: Annotated[
        bool, typer.Option("--diagram", help="Print the states as a Mermaid diagram instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the states of a process: meaning, lane, owner of the next move, time budget, what may follow.

    \b
    Examples:
      throughline process show customer-onboarding
      throughline process show approval --diagram

    Exit codes: 0 shown, 2 no such process.
    """  # noqa: D301
    from contracts.names import Process

    chosen = choice("NAME", name, Process)
    run(as_json, lambda: show_diagram(chosen) if diagram else show_process(chosen))


async def list_processes() -> Answer:
    """Every process."""
    from contracts.processes import PROCESSES

    rows = [(one.process, len(one.states), one.purpose) for one in PROCESSES]
    return Answer({"processes": PROCESSES}, table(("PROCESS", "STATES", "PURPOSE"), rows))


async def show_process(name: Process) -> Answer:
    """What a process declares."""
    from contracts.processes import PROCESS_BY_NAME

    process = PROCESS_BY_NAME[name]
    return Answer(process, process_text(process))


async def show_diagram(name: Process) -> Answer:
    """A process as a diagram."""
    from contracts.processes import PROCESS_BY_NAME
    from rules.process_pages import diagram

    drawn = diagram(PROCESS_BY_NAME[name])
    return Answer({"process": name, "diagram": drawn}, drawn)


def process_text(process: ProcessDeclaration) -> str:
    """A process in words for a terminal, a few lines for each state."""
    head = facts(
        (
            ("process", process.process),
            ("title", process.title),
            ("purpose", process.purpose),
            ("begins", process.initial),
        )
    )
    return "\n\n".join([head, *map(_state_text, process.states)])


def _state_text(state: StateDeclaration) -> str:
    from rules.wording import span_in_words

    head = f"{state.name}: {state.meaning}"
    if not state.next:
        return f"{head}\n  lane {state.lane}, the run has ended"
    budget = span_in_words(state.budget) if state.budget else "none"
    return (
        f"{head}\n  lane {state.lane}, owner {state.owner}, budget {budget}\n  next {', '.join(state.next)}"
    )


if __name__ == "__main__":
    run_alone(list_, show)
