"""The declared processes are sound, and a run can only go where they say."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.lead_intake import LEAD_INTAKE
from contracts.names import Process
from contracts.processes import PROCESSES
from contracts.states import Lane, ProcessDeclaration, StateDeclaration
from rules.state_machine import declaration_problems, state_of, terminal, transition_problem


def state(name: str, *following: str, **fields: object) -> StateDeclaration:
    parts: dict[str, object] = {
        "meaning": f"It is {name}.",
        "owner": "system",
        "lane": Lane.RUNNING if following else Lane.COMPLETED,
        "budget": timedelta(hours=1) if following else None,
    }
    return StateDeclaration.model_validate({"name": name, "next": following, **parts, **fields})


def process(*states: StateDeclaration, initial: str = "a") -> ProcessDeclaration:
    return ProcessDeclaration(process=Process.APPROVAL, title="Example", initial=initial, states=states)


@pytest.mark.parametrize("declared", PROCESSES, ids=lambda declared: declared.process)
def test_a_declared_process_has_no_problems(declared: ProcessDeclaration) -> None:
    assert declaration_problems(declared) == []


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        (process(state("a", "b"), initial="x"), "the initial state x is not declared"),
        (process(state("a", "b"), state("b"), state("b")), "b is declared 2 times"),
        (process(state("a", "b", "z"), state("b")), "a names the next state z, which is not declared"),
        (process(state("a", "b", "b"), state("b")), "a names a next state twice"),
        (process(state("a", "a", "b"), state("b")), "a is its own next state"),
        (process(state("a", "b"), state("b"), state("c", "b")), "c can never be reached from a"),
        (process(state("a", "b"), state("b", "a")), "a leads to no end"),
        (process(state("a", "b", meaning=" "), state("b")), "a has no meaning in plain words"),
        (process(state("a", "b", owner=""), state("b")), "a has no owner of the next action"),
        (process(state("a", "b", budget=None), state("b")), "a has no time budget"),
        (process(state("a", "b", budget=timedelta(0)), state("b")), "a has no time budget"),
        (
            process(state("a", "b", lane=Lane.COMPLETED), state("b")),
            "a is in the completed lane but not an end",
        ),
        (process(state("a", "b"), state("b", lane=Lane.BLOCKED)), "b is an end but in the blocked lane"),
    ],
)
def test_a_flaw_of_a_declaration_is_named(declared: ProcessDeclaration, problem: str) -> None:
    assert any(found.startswith(problem) for found in declaration_problems(declared))


def test_a_sound_declaration_has_no_problems() -> None:
    assert declaration_problems(process(state("a", "b", "c"), state("b", "a", "c"), state("c"))) == []


def test_a_refused_transition_says_where_it_may_go() -> None:
    declared = process(state("a", "b"), state("b", "c"), state("c"))
    assert transition_problem(declared, "a", "b") is None
    assert transition_problem(declared, "a", "c") == (
        "Example cannot go from a to c; from there it may go to: b"
    )
    assert "it has ended" in (transition_problem(declared, "c", "a") or "")
    assert "cannot go" in (transition_problem(declared, "a", "unheard") or "")
    assert [terminal(declared, name) for name in "abc"] == [False, False, True]


def test_a_state_that_is_not_declared_is_an_error() -> None:
    for ask in (state_of, terminal):
        with pytest.raises(ValueError, match="has no state 'unheard'"):
            ask(LEAD_INTAKE, "unheard")
    with pytest.raises(ValueError, match="has no state 'unheard'"):
        transition_problem(LEAD_INTAKE, "unheard", LEAD_INTAKE.initial)


@given(st.sampled_from(PROCESSES), st.data())
def test_a_random_walk_takes_declared_steps_only(declared: ProcessDeclaration, data: st.DataObject) -> None:
    names = [entry.name for entry in declared.states]
    current = declared.initial
    for _ in range(30):
        target = data.draw(st.sampled_from(names))
        allowed = target in state_of(declared, current).next
        assert (transition_problem(declared, current, target) is None) is allowed
        if allowed:
            assert not terminal(declared, current)
            current = target
