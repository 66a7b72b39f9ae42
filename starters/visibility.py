"""Temporal's list of runs: what is asked of it, and what is read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from temporalio.client import WorkflowExecution, WorkflowExecutionStatus

from contracts.ids import subject_of
from contracts.names import Process
from contracts.states import Lane
from rules.parking import parts_of
from runtime.run_lists import WORKFLOW_TYPES as ALL_TYPES
from starters.parked_runs import ParkedFilter, ParkedRun
from starters.runs import SubjectRun
from workflows import search_attributes

WORKFLOW_TYPES: Mapping[Process, str] = {
    process: name for process, name in ALL_TYPES.items() if process is not Process.APPROVAL
}
"""The processes that are listed, by the name that Temporal knows them by; approvals have their inbox."""


def query_of(processes: Sequence[Process], lane: Lane | None) -> str:
    """The visibility query. Every value is a member of an enum, so nobody's text becomes part of it."""
    types = ", ".join(f"'{WORKFLOW_TYPES[process]}'" for process in processes)
    query = f"WorkflowType IN ({types})"
    return f"{query} AND {search_attributes.LANE.name} = '{lane.value}'" if lane else query


def parked_query(wanted: ParkedFilter) -> str:
    """The open runs that are parked.

    Raises:
        ValueError: what is named is no cause; nothing else of anybody's text becomes part of a query.
    """
    query = query_of([wanted.process] if wanted.process else list(WORKFLOW_TYPES), Lane.BLOCKED)
    query += " AND ExecutionStatus = 'Running'"
    if wanted.cause is not None:
        parts_of(wanted.cause)
        # In double quotes: the alphabet of causes has an apostrophe, and no double quote or backslash.
        query += f' AND {search_attributes.PARKED_CAUSE.name} = "{wanted.cause}"'
    return query


def parked_run(execution: WorkflowExecution) -> ParkedRun:
    """One parked run."""
    attributes = execution.typed_search_attributes
    return ParkedRun(
        cause=attributes.get(search_attributes.PARKED_CAUSE),
        since=attributes.get(search_attributes.PARKED_SINCE),
        **shown(execution),
    )


def shown(execution: WorkflowExecution) -> dict[str, Any]:
    """The fields of a `ListedRun`."""
    attributes = execution.typed_search_attributes
    return {
        "workflow_id": execution.id,
        "process": execution.id.partition("/")[0],
        "run": status_name(execution.status),
        "lane": attributes.get(search_attributes.LANE),
        "stage": attributes.get(search_attributes.STAGE),
        "owner_id": attributes.get(search_attributes.OWNER_ID),
        "due_at": attributes.get(search_attributes.DUE_AT),
        "started_at": execution.start_time,
    }


def subject_run(execution: WorkflowExecution) -> SubjectRun:
    """One line of a list."""
    return SubjectRun(id=subject_of(execution.id)[1], **shown(execution))


def status_name(status: WorkflowExecutionStatus | None) -> str:
    """Temporal's own word for how a run stands."""
    return status.name.lower() if status else "unknown"
