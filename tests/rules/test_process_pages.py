"""A process's page says all that its declaration says, and the diagram stays one that can be read."""

from datetime import timedelta

import pytest

from contracts.names import Process
from contracts.processes import PROCESSES
from contracts.states import Lane, ProcessDeclaration, StateDeclaration
from rules.process_pages import (
    DETOURS,
    INDEX,
    MARK,
    PageFault,
    diagram,
    index_page,
    page,
    page_faults,
    page_name,
    pages,
)
from rules.wording import span_in_words

each_process = pytest.mark.parametrize("declared", PROCESSES, ids=lambda declared: declared.process)


def state(
    name: str, *following: str, lane: Lane = Lane.RUNNING, meaning: str = "It is so."
) -> StateDeclaration:
    return StateDeclaration(
        name=name,
        meaning=meaning,
        owner="system",
        lane=lane if following else Lane.COMPLETED,
        budget=timedelta(minutes=10) if following else None,
        next=following,
    )


def process(*states: StateDeclaration) -> ProcessDeclaration:
    return ProcessDeclaration(
        process=Process.APPROVAL, title="Example", initial=states[0].name, states=states
    )


PARKED = state("parked", "work", "undoing", lane=Lane.BLOCKED)
UNDOING = state("undoing", "undone", "parked")
ENDS = (state("done"), state("undone"))


def lines_of(declared: ProcessDeclaration) -> list[str]:
    return [line.strip() for line in diagram(declared).splitlines()]


@each_process
def test_every_move_on_the_way_is_an_arrow(declared: ProcessDeclaration) -> None:
    drawn = lines_of(declared)
    assert f"[*] --> {declared.initial}" in drawn
    for one in declared.states:
        ahead = [name for name in one.next if name not in DETOURS] if one.name not in DETOURS else []
        missing = [name for name in ahead if f"{one.name} --> {name}" not in drawn]
        assert missing == [], one.name
        assert (f"{one.name} --> [*]" in drawn) == (not one.next), one.name


@each_process
def test_no_arrow_is_drawn_that_is_not_declared(declared: ProcessDeclaration) -> None:
    following = {one.name: set(one.next) for one in declared.states}
    arrows = [line.split(" --> ") for line in lines_of(declared) if " --> " in line and "[*]" not in line]
    assert len(arrows) == len({tuple(arrow) for arrow in arrows})
    assert [(origin, target) for origin, target in arrows if target not in following[origin]] == []


@each_process
def test_every_state_has_the_colour_of_its_lane(declared: ProcessDeclaration) -> None:
    coloured = {
        name: line.rpartition(" ")[2]
        for line in lines_of(declared)
        if line.startswith("class ")
        for name in line.removeprefix("class ").rpartition(" ")[0].split(", ")
    }
    assert coloured == {one.name: one.lane for one in declared.states}


def test_a_diagram_is_what_mermaid_reads() -> None:
    declared = process(
        state("the_start", "work", lane=Lane.WAITING), state("work", "done", "parked"), PARKED, UNDOING, *ENDS
    )
    assert diagram(declared).splitlines()[:16] == [
        "stateDiagram-v2",
        "  direction TB",
        '  state "the start" as the_start',
        '  state "work" as work',
        '  state "parked" as parked',
        '  state "undoing" as undoing',
        '  state "done" as done',
        '  state "undone" as undone',
        "  [*] --> the_start",
        "  the_start --> work",
        "  work --> done",
        "  parked --> undoing",
        "  undoing --> undone",
        "  undoing --> parked",
        "  done --> [*]",
        "  undone --> [*]",
    ]


@pytest.mark.parametrize(
    ("on_the_way", "parked_next", "said"),
    [
        ({"a": True, "b": True}, ("a", "b"), ["from and back to anywhere"]),
        ({"a": True, "b": True, "c": False}, ("a", "b"), ["from and back to anywhere but c"]),
        ({"a": True, "b": False, "c": False}, ("a",), ["from and back to a"]),
        ({"a": True, "b": True}, ("b",), ["from anywhere", "on to b"]),
        ({"a": True, "b": False}, ("done",), ["from a"]),
    ],
    ids=["everywhere", "nearly-everywhere", "few", "another-way-back", "no-way-back"],
)
def test_a_note_names_whichever_places_are_fewer(
    on_the_way: dict[str, bool], parked_next: tuple[str, ...], said: list[str]
) -> None:
    names = list(on_the_way)
    declared = process(
        *(
            state(name, following, *(("parked",) if parks else ()))
            for (name, parks), following in zip(on_the_way.items(), [*names[1:], "done"], strict=True)
        ),
        state("parked", *parked_next, lane=Lane.BLOCKED),
        state("done"),
    )
    drawn = lines_of(declared)
    begin, end = drawn.index("note left of parked"), drawn.index("end note")
    assert drawn[begin + 1 : end] == said


def test_a_process_without_detours_has_no_notes() -> None:
    assert "note" not in diagram(process(state("work", "done"), state("done")))


@each_process
def test_a_page_tells_everything_that_is_declared(declared: ProcessDeclaration) -> None:
    text = page(declared)
    assert text.startswith(MARK)
    assert f"# {declared.title}\n\n{declared.purpose}\n" in text
    assert f"```mermaid\n{diagram(declared)}\n```" in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for one, row in zip(declared.states, rows, strict=True):
        budget = span_in_words(one.budget) if one.budget else ""
        following = ", ".join(f"`{name}`" for name in one.next) or "(it has ended)"
        owner = one.owner if one.next else ""
        cells = [f"`{one.name}`", one.meaning, one.lane, owner, budget, following]
        assert row == f"| {' | '.join(cells)} |"


def test_a_bar_in_a_meaning_does_not_end_its_cell() -> None:
    assert "| One \\| two. |" in page(process(state("work", "done", meaning="One | two."), state("done")))


def test_index_leads_to_every_page_and_explains_every_lane() -> None:
    text = index_page(PROCESSES)
    assert [one.title for one in PROCESSES if f"| [{one.title}]({page_name(one)}) |" not in text] == []
    assert [lane for lane in Lane if f"| {lane} | " not in text] == []
    assert set(pages(PROCESSES)) == {INDEX, *(f"{name}.md" for name in Process)}


def test_what_differs_is_told_by_page() -> None:
    expected = {"a.md": f"{MARK}\na", "b.md": f"{MARK}\nb", "c.md": f"{MARK}\nc"}
    found = {
        "a.md": expected["a.md"],
        "b.md": f"{MARK}\nedited",
        "gone.md": f"{MARK}\ngone",
        "by-hand.md": "# A person's page",
    }
    assert page_faults(found, expected) == {
        "b.md": PageFault.DRIFTED,
        "c.md": PageFault.MISSING,
        "gone.md": PageFault.STALE,
    }
    assert page_faults(expected, expected) == {}


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=366), "366 days"),
        (timedelta(days=1, hours=6), "1 day 6 hours"),
        (timedelta(seconds=90), "1 minute 30 seconds"),
        (timedelta(0), "no time"),
    ],
)
def test_a_span_is_said_in_words(span: timedelta, words: str) -> None:
    assert span_in_words(span) == words
