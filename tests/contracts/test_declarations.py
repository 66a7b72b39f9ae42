"""The states of each process: enum and declaration agree, and every state leads somewhere."""

from enum import StrEnum

import pytest

from contracts.names import Process
from contracts.processes import PROCESS_BY_NAME, PROCESSES
from contracts.states import Lane, ProcessDeclaration
from tests.architecture.source_tree import classes_of

ENDS = {Lane.COMPLETED, Lane.ESCALATED}

each_process = pytest.mark.parametrize(
    "declaration", PROCESSES, ids=[str(declaration.process) for declaration in PROCESSES]
)


def test_every_process_is_listed_once() -> None:
    assert sorted(declaration.process for declaration in PROCESSES) == sorted(Process)
    assert [PROCESS_BY_NAME[declaration.process] for declaration in PROCESSES] == list(PROCESSES)


@each_process
def test_every_process_says_what_it_is_for(declaration: ProcessDeclaration) -> None:
    assert declaration.purpose.endswith(".")


@each_process
def test_declaration_and_enum_name_the_same_states_once(declaration: ProcessDeclaration) -> None:
    names = [state.name for state in declaration.states]
    enums = {cls for cls in classes_of("contracts") if issubclass(cls, StrEnum) and set(cls) == set(names)}
    assert len(names) == len(set(names))
    assert len(enums) == 1, f"one enum of contracts/ names exactly the states of {declaration.title}"


@each_process
def test_moves_lead_to_declared_states(declaration: ProcessDeclaration) -> None:
    states = {state.name for state in declaration.states}
    assert declaration.initial in states
    strays = [
        (state.name, to)
        for state in declaration.states
        for to in state.next
        if to not in states or to == state.name
    ]
    assert strays == []
    assert not [state.name for state in declaration.states if len(state.next) != len(set(state.next))]


@each_process
def test_every_state_is_reached_and_reaches_an_end(declaration: ProcessDeclaration) -> None:
    following = {state.name: set(state.next) for state in declaration.states}

    def reachable(start: str) -> set[str]:
        seen, pending = {start}, [start]
        while pending:
            fresh = following[pending.pop()] - seen
            seen |= fresh
            pending += fresh
        return seen

    ends = {name for name, after in following.items() if not after}
    assert reachable(declaration.initial) == set(following)
    assert [name for name in following if not reachable(name) & ends] == []


@each_process
def test_open_states_have_a_budget_and_ends_have_none(declaration: ProcessDeclaration) -> None:
    for state in declaration.states:
        assert bool(state.next) == (state.budget is not None), state.name
        assert state.next or state.lane in ENDS, state.name
        assert not state.next or state.lane is not Lane.COMPLETED, state.name


@each_process
def test_state_that_waits_for_a_person_names_the_role(declaration: ProcessDeclaration) -> None:
    waiting = {Lane.WAITING, Lane.BLOCKED}
    assert not [s.name for s in declaration.states if s.lane in waiting and s.owner in ("", "system")]
    assert not [s.name for s in declaration.states if not s.meaning.endswith(".")]
