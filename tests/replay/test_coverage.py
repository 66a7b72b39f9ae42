"""Every move that a process may make, every activity and every handler is in some recorded history."""

import json
from collections.abc import Callable, Mapping

import pytest
from temporalio.client import WorkflowHistory

from contracts.processes import PROCESSES
from tests.golden.wire import wire_names
from tests.replay.conftest import Replays
from tests.replay.corpus import Transition, read_history, recorded_names
from tests.replay.replaying import declared_transitions

NOT_COVERED: Mapping[Transition, str] = {}
"""Moves that are declared and in no history yet, each with the reason."""

ACTIVITIES_NOT_COVERED: Mapping[str, str] = {}
"""Activities that no history runs, each with the reason."""


@pytest.fixture(scope="module")
def histories() -> list[WorkflowHistory]:
    """The whole corpus."""
    return [read_history(name) for name in recorded_names()]


@pytest.mark.timeout(180)
async def test_every_declared_move_is_in_a_history(
    replays: Replays, record_testsuite_property: Callable[[str, object], None]
) -> None:
    declared = declared_transitions(PROCESSES)
    covered = {move for name in recorded_names() for move in (await replays.of(name)).transitions}
    record_testsuite_property("replay_transitions_covered", f"{len(declared & covered)}/{len(declared)}")
    assert covered <= declared
    missing = sorted(declared - covered - set(NOT_COVERED))
    assert not missing, "add a scenario to tests/replay and record it, or say in NOT_COVERED why not yet"
    stale = sorted(set(NOT_COVERED) - (declared - covered))
    assert not stale, "covered by now, or no longer declared: take it out of NOT_COVERED"


def test_every_activity_is_in_a_history(histories: list[WorkflowHistory]) -> None:
    known = set(wire_names()["activities"])
    seen = {name for history in histories for name in activities_of(history)}
    assert sorted(known - seen - set(ACTIVITIES_NOT_COVERED)) == []
    assert sorted(set(ACTIVITIES_NOT_COVERED) - (known - seen)) == []


def test_every_update_and_signal_is_in_a_history(histories: list[WorkflowHistory]) -> None:
    known = {
        (cls, name)
        for cls, handlers in wire_names()["workflows"].items()
        for name in (*handlers["updates"], *handlers["signals"])
    }
    seen = {(type_of(history), name) for history in histories for name in handlers_of(history)}
    assert sorted(known - seen) == []


def type_of(history: WorkflowHistory) -> str:
    return history.events[0].workflow_execution_started_event_attributes.workflow_type.name


def activities_of(history: WorkflowHistory) -> set[str]:
    """The activities that a run scheduled, and the local ones that it recorded."""
    found: set[str] = set()
    for event in history.events:
        if event.HasField("activity_task_scheduled_event_attributes"):
            found.add(event.activity_task_scheduled_event_attributes.activity_type.name)
        if event.HasField("marker_recorded_event_attributes"):
            details = event.marker_recorded_event_attributes.details
            found |= {json.loads(part.data)["activity_type"] for part in details["data"].payloads}
    return found


def handlers_of(history: WorkflowHistory) -> set[str]:
    """The updates that a run accepted and the signals that it got."""
    found: set[str] = set()
    for event in history.events:
        if event.HasField("workflow_execution_update_accepted_event_attributes"):
            accepted = event.workflow_execution_update_accepted_event_attributes
            found.add(accepted.accepted_request.input.name)
        if event.HasField("workflow_execution_signaled_event_attributes"):
            found.add(event.workflow_execution_signaled_event_attributes.signal_name)
    return found
