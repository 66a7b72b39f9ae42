"""Replays a history as the workers would, and tells which states the run went through on the way."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from temporalio import workflow
from temporalio.client import WorkflowHistory

from contracts.states import ProcessDeclaration
from rules import state_machine
from runtime.temporal import replayer
from tests.replay.corpus import Transition, transition, workflow_type_of
from workers.registry import WORKFLOWS


@dataclass(frozen=True)
class Replayed:
    """How a replay went."""

    failure: Exception | None
    transitions: tuple[Transition, ...]
    """Each once, in the order in which the run came by."""


_ONE_AT_A_TIME = asyncio.Lock()
"""What is put in the place of a rule is taken away again in the reverse order, or the wrong one stays."""


async def replayed(history: WorkflowHistory, workflows: Sequence[type] = WORKFLOWS) -> Replayed:
    """Runs the code over a history; a run that goes another way has a failure.

    Raises:
        AssertionError: there is no workflow of its type.
    """
    only = [cls for cls in workflows if cls.__name__ == workflow_type_of(history)]
    assert only, f"{history.workflow_id}: no workflow of its type"
    async with _ONE_AT_A_TIME:
        with _noted_transitions(history.run_id) as noted:
            result = await replayer(only).replay_workflow(history, raise_on_replay_failure=False)
    return Replayed(failure=result.replay_failure, transitions=tuple(dict.fromkeys(noted)))


async def all_replayed(
    histories: Mapping[str, WorkflowHistory], workflows: Sequence[type] = WORKFLOWS
) -> dict[str, Replayed]:
    """How each history replays, by name."""
    return {name: await replayed(history, workflows) for name, history in histories.items()}


@contextmanager
def _noted_transitions(run_id: str) -> Iterator[list[Transition]]:
    """Notes every move that one run is allowed; others may go on in this process meanwhile.

    The sandbox loads `workflows/` anew for each run and shares `rules/` with it, so a run that is replayed in
    here asks the question that is put in its place.
    """
    asked = state_machine.transition_problem
    noted: list[Transition] = []

    def noting(process: ProcessDeclaration, current: str, target: str) -> str | None:
        problem = asked(process, current, target)
        if problem is None and workflow.info().run_id == run_id:
            noted.append(transition(process.process, current, target))
        return problem

    state_machine.transition_problem = noting
    try:
        yield noted
    finally:
        state_machine.transition_problem = asked


def declared_transitions(processes: Sequence[ProcessDeclaration]) -> set[Transition]:
    """Every move that these processes allow."""
    return {
        transition(process.process, state.name, target)
        for process in processes
        for state in process.states
        for target in state.next
    }
