"""The pages of `docs/processes/`: each process as its declaration says, in a diagram and a table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from contracts.states import Lane, ProcessDeclaration, StateDeclaration
from rules.wording import code_in_words, span_in_words

WRITE_COMMAND = "./throughline process write-docs"

MARK = f"<!-- Written by `{WRITE_COMMAND}` from the declarations in contracts/; change those. -->"
"""The first line of every page that is written; a page without it belongs to a person."""

INDEX = "README.md"

DETOURS = ("parked", "undoing")
"""States that nearly every other one may go to: as arrows, these moves would hide all the others."""


class _Look(NamedTuple):
    """How a lane is drawn."""

    colour: str
    style: str
    meaning: str


# The text's colour is set too, since the page around a diagram may be dark.
_LOOKS: Mapping[Lane, _Look] = {
    Lane.RUNNING: _Look("blue", "fill:#bfdbfe,stroke:#2563eb,color:#111827", "at work by itself"),
    Lane.WAITING: _Look("grey", "fill:#e5e7eb,stroke:#4b5563,color:#111827", "for a person or for a time"),
    Lane.BLOCKED: _Look(
        "red", "fill:#fecaca,stroke:#dc2626,color:#111827", "parked: a step cannot be done, somebody must act"
    ),
    Lane.ESCALATED: _Look(
        "orange",
        "fill:#fed7aa,stroke:#ea580c,color:#111827",
        "somebody responsible must look, even where it has ended",
    ),
    Lane.COMPLETED: _Look("green", "fill:#bbf7d0,stroke:#16a34a,color:#111827", "it has ended"),
}


class PageFault(StrEnum):
    """What can be wrong with a page."""

    MISSING = "missing"
    DRIFTED = "drifted"
    """It differs from what its declaration says."""
    STALE = "stale"
    """It was written for a process that is no longer declared."""


def pages(processes: Sequence[ProcessDeclaration]) -> dict[str, str]:
    """Every page by its file name, the index first."""
    return {INDEX: index_page(processes)} | {page_name(process): page(process) for process in processes}


def page_name(process: ProcessDeclaration) -> str:
    """The file name of a process's page."""
    return f"{process.process}.md"


def page_faults(found: Mapping[str, str], expected: Mapping[str, str]) -> dict[str, PageFault]:
    """What is wrong with a folder's pages, by file name; a page that a person wrote is no fault.

    Args:
        found: the text of each file that is there.
        expected: what `pages` says.
    """
    faults = {
        name: PageFault.DRIFTED if name in found else PageFault.MISSING
        for name, text in expected.items()
        if found.get(name) != text
    }
    stale = (name for name, text in found.items() if name not in expected and text.startswith(MARK))
    return faults | dict.fromkeys(stale, PageFault.STALE)


def index_page(processes: Sequence[ProcessDeclaration]) -> str:
    """The page that leads to the others and says how to read them."""
    links = (
        (f"[{process.title}]({page_name(process)})", f"`{process.process}`", process.purpose)
        for process in processes
    )
    lanes = ((lane, look.colour, look.meaning) for lane, look in _LOOKS.items())
    return _joined(
        MARK,
        "# Processes",
        "Each process declares its states once, in `contracts/`, and its runs move only as declared.\n"
        f"`{WRITE_COMMAND}` writes these pages from the declarations;\n"
        "`./throughline process show NAME` says the same in a terminal.",
        _table(("Process", "Name", "What it is for"), links),
        "## Lanes",
        "Every state is in one lane, and the diagrams are coloured by lane. Moves between `parked` or\n"
        "`undoing` and the states on the way are in a note instead of arrows.",
        _table(("Lane", "Colour", "A run in it"), lanes),
    )


def page(process: ProcessDeclaration) -> str:
    """The page of a process."""
    rows = (
        (
            f"`{state.name}`",
            state.meaning,
            state.lane,
            state.owner if state.next else "",
            span_in_words(state.budget) if state.budget else "",
            ", ".join(f"`{name}`" for name in state.next) or "(it has ended)",
        )
        for state in process.states
    )
    drawn = [lane for lane in _LOOKS if any(state.lane is lane for state in process.states)]
    legend = ", ".join(f"{_LOOKS[lane].colour} {lane}" for lane in drawn)
    return _joined(
        MARK,
        f"# {process.title}",
        process.purpose,
        f"```mermaid\n{diagram(process)}\n```",
        f"Lanes: {legend}. [What they mean]({INDEX}#lanes).",
        "## States",
        "The owner makes the next move; a run that stays longer than its time budget should be looked at.",
        _table(("State", "Meaning", "Lane", "Owner", "Time budget", "Next"), rows),
    )


def diagram(process: ProcessDeclaration) -> str:
    """The process as a Mermaid state diagram; where a detour comes from and leads to is said in a note."""
    lines = [
        "direction TB",
        *(f'state "{code_in_words(state.name)}" as {state.name}' for state in process.states),
        f"[*] --> {process.initial}",
        *(f"{state.name} --> {name}" for state in process.states for name in _arrows(process, state)),
        *(line for state in process.states if state.name in DETOURS for line in _note(process, state)),
        *_colours(process),
    ]
    return "\n".join(["stateDiagram-v2", *(f"  {line}" for line in lines)])


def _arrows(process: ProcessDeclaration, state: StateDeclaration) -> Iterator[str]:
    if not state.next:
        yield "[*]"
    on_the_way = _on_the_way(process)
    for name in state.next:
        leaves_the_way = state.name in on_the_way and name in DETOURS
        comes_back = state.name in DETOURS and name in on_the_way
        if not (leaves_the_way or comes_back):
            yield name


def _on_the_way(process: ProcessDeclaration) -> list[str]:
    """The states that are neither detours nor ends."""
    return [state.name for state in process.states if state.next and state.name not in DETOURS]


def _note(process: ProcessDeclaration, detour: StateDeclaration) -> Iterator[str]:
    on_the_way = _on_the_way(process)
    before = [
        state.name for state in process.states if state.name in on_the_way and detour.name in state.next
    ]
    after = [name for name in on_the_way if name in detour.next]
    parts = [("from", before), ("on to", after)] if before != after else [("from and back to", before)]
    said = [f"{words} {_places(names, on_the_way)}" for words, names in parts if names]
    if said:
        yield from (f"note left of {detour.name}", *(f"  {line}" for line in said), "end note")


def _places(names: Sequence[str], on_the_way: Sequence[str]) -> str:
    """The names, or those that are left out where they are fewer."""
    left_out = [name for name in on_the_way if name not in names]
    if len(left_out) >= len(names):
        return ", ".join(map(code_in_words, names))
    return "anywhere" + (" but " + ", ".join(map(code_in_words, left_out)) if left_out else "")


def _colours(process: ProcessDeclaration) -> Iterator[str]:
    for lane, look in _LOOKS.items():
        if names := [state.name for state in process.states if state.lane is lane]:
            yield f"classDef {lane} {look.style}"
            yield f"class {', '.join(names)} {lane}"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
