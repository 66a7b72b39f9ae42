"""The states of each process: enum and declaration agree, and every state leads somewhere."""

from enum import StrEnum

import pytest

from contracts.access_request import ACCESS_REQUEST, AccessRequestState
from contracts.approval import APPROVAL, ApprovalState
from contracts.follow_through import LEAD_FOLLOW_THROUGH, FollowThroughState
from contracts.lead_intake import LEAD_INTAKE, IntakeState
from contracts.names import Process
from contracts.onboarding_states import CUSTOMER_ONBOARDING, OnboardingState
from contracts.states import Lane, ProcessDeclaration

PROCESSES: list[tuple[ProcessDeclaration, type[StrEnum]]] = [
    (LEAD_INTAKE, IntakeState),
    (LEAD_FOLLOW_THROUGH, FollowThroughState),
    (APPROVAL, ApprovalState),
    (CUSTOMER_ONBOARDING, OnboardingState),
    (ACCESS_REQUEST, AccessRequestState),
]

ENDS = {Lane.COMPLETED, Lane.ESCALATED}

each_process = pytest.mark.parametrize(
    ("declaration", "states"), PROCESSES, ids=[str(declaration.process) for declaration, _ in PROCESSES]
)


def test_every_process_is_declared_here() -> None:
    assert {declaration.process for declaration, _ in PROCESSES} == set(Process)


@each_process
def test_declaration_and_enum_name_the_same_states_once(
    declaration: ProcessDeclaration, states: type[StrEnum]
) -> None:
    names = [state.name for state in declaration.states]
    assert sorted(names) == sorted(states)


@each_process
def test_moves_lead_to_declared_states(declaration: ProcessDeclaration, states: type[StrEnum]) -> None:
    assert declaration.initial in set(states)
    strays = [
        (state.name, to)
        for state in declaration.states
        for to in state.next
        if to not in set(states) or to == state.name
    ]
    assert strays == []
    assert not [state.name for state in declaration.states if len(state.next) != len(set(state.next))]


@each_process
def test_every_state_is_reached_and_reaches_an_end(
    declaration: ProcessDeclaration, states: type[StrEnum]
) -> None:
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
def test_open_states_have_a_budget_and_ends_have_none(
    declaration: ProcessDeclaration, states: type[StrEnum]
) -> None:
    for state in declaration.states:
        assert bool(state.next) == (state.budget is not None), state.name
        assert state.next or state.lane in ENDS, state.name
        assert not state.next or state.lane is not Lane.COMPLETED, state.name


@each_process
def test_state_that_waits_for_a_person_names_the_role(
    declaration: ProcessDeclaration, states: type[StrEnum]
) -> None:
    waiting = {Lane.WAITING, Lane.BLOCKED}
    assert not [s.name for s in declaration.states if s.lane in waiting and s.owner in ("", "system")]
    assert not [s.name for s in declaration.states if not s.meaning.endswith(".")]
