"""Questions about a declared process: where a run may go next, and whether the declaration is sound."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

from contracts.states import Lane, ProcessDeclaration, StateDeclaration

TERMINAL_LANES = frozenset({Lane.COMPLETED, Lane.ESCALATED})
"""A run that has ended is done, or has ended so that somebody must look."""


def state_of(process: ProcessDeclaration, name: str) -> StateDeclaration:
    """The declaration of a state.

    Raises:
        ValueError: the process declares no such state.
    """
    for state in process.states:
        if state.name == name:
            return state
    raise ValueError(f"{process.title} has no state {name!r}")


def terminal(process: ProcessDeclaration, name: str) -> bool:
    """Whether a run in that state has ended.

    Raises:
        ValueError: the process declares no such state.
    """
    return not state_of(process, name).next


def transition_problem(process: ProcessDeclaration, current: str, target: str) -> str | None:
    """Why a run may not go from one state to another, or None if it may.

    Raises:
        ValueError: the process does not declare the current state.
    """
    state = state_of(process, current)
    if target in state.next:
        return None
    allowed = ", ".join(state.next) if state.next else "nowhere, it has ended"
    return f"{process.title} cannot go from {current} to {target}; from there it may go to: {allowed}"


def declaration_problems(process: ProcessDeclaration) -> list[str]:
    """What is wrong with a declaration, in plain words; empty if nothing is."""
    declared = {state.name: state for state in process.states}
    problems = [
        f"{name} is declared {count} times"
        for name, count in Counter(state.name for state in process.states).items()
        if count > 1
    ]
    if process.initial not in declared:
        return [*problems, f"the initial state {process.initial} is not declared"]
    reachable = _reachable(process.initial, declared)
    for state in process.states:
        problems.extend(f"{state.name} {problem}" for problem in _state_problems(state, declared))
        if state.name not in reachable:
            problems.append(f"{state.name} can never be reached from {process.initial}")
        if not _can_end(state.name, declared):
            problems.append(f"{state.name} leads to no end")
    return problems


def _state_problems(state: StateDeclaration, declared: Mapping[str, StateDeclaration]) -> Iterator[str]:
    for name in state.next:
        if name not in declared:
            yield f"names the next state {name}, which is not declared"
    if len(set(state.next)) != len(state.next):
        yield "names a next state twice"
    if state.name in state.next:
        yield "is its own next state"
    if not state.meaning.strip():
        yield "has no meaning in plain words"
    if not state.owner.strip():
        yield "has no owner of the next action"
    if state.next and (state.budget is None or state.budget <= timedelta(0)):
        yield "has no time budget, so nobody would notice a run that stays"
    if state.next and state.lane is Lane.COMPLETED:
        yield "is in the completed lane but not an end"
    if not state.next and state.lane not in TERMINAL_LANES:
        yield f"is an end but in the {state.lane} lane"


def _reachable(start: str, declared: Mapping[str, StateDeclaration]) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        for name in declared[waiting.pop()].next:
            if name in declared and name not in seen:
                seen.add(name)
                waiting.append(name)
    return seen


def _can_end(name: str, declared: Mapping[str, StateDeclaration]) -> bool:
    return any(not declared[reached].next for reached in _reachable(name, declared))
