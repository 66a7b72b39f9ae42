"""How runs of leads appear in Temporal's list of runs: what is asked, what is read, what may be shown."""

from __future__ import annotations

import re
from datetime import datetime

from temporalio.client import WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey

from contracts.ids import lead_id_of
from contracts.lead import OTHER_SOURCE, UNKNOWN_SOURCE
from contracts.names import Process
from starters.doors import LeadFilter, LeadRun
from workflows import search_attributes
from workflows.lead_follow_through import LeadFollowThroughWorkflow
from workflows.lead_intake import LeadIntakeWorkflow

WORKFLOW_TYPES = {
    Process.LEAD_INTAKE: LeadIntakeWorkflow.__name__,
    Process.LEAD_FOLLOW_THROUGH: LeadFollowThroughWorkflow.__name__,
}
"""The processes that `lead list` shows, by the name that Temporal knows them by."""

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}")


def source_slug(source: str | None) -> str:
    """The source as the list of runs may show it: what looks like no plain name is `other`.

    Search attributes are not encrypted, and a source is whatever somebody sent.
    """
    if source is None or not source.strip():
        return UNKNOWN_SOURCE
    slug = re.sub(r"[\s_]+", "-", source.strip().lower())
    return slug if _SLUG.fullmatch(slug) else OTHER_SOURCE


def query_for(wanted: LeadFilter) -> str:
    """The visibility query. Every value is a member of an enum, so nobody's text becomes part of it."""
    processes = [wanted.process] if wanted.process else list(WORKFLOW_TYPES)
    types = ", ".join(f"'{WORKFLOW_TYPES[process]}'" for process in processes)
    parts = [f"WorkflowType IN ({types})"]
    if wanted.lane:
        parts.append(f"{search_attributes.LANE.name} = '{wanted.lane.value}'")
    if wanted.path:
        parts.append(f"{search_attributes.LEAD_PATH.name} = '{wanted.path.value}'")
    return " AND ".join(parts)


def lead_run(execution: WorkflowExecution) -> LeadRun:
    """One line of the list."""
    attributes = execution.typed_search_attributes

    def text(key: SearchAttributeKey[str]) -> str | None:
        return attributes.get(key)

    due_at: datetime | None = attributes.get(search_attributes.DUE_AT)
    return LeadRun(
        lead_id=lead_id_of(execution.id),
        workflow_id=execution.id,
        process=execution.id.partition("/")[0],
        run=status_name(execution.status),
        lane=text(search_attributes.LANE),
        stage=text(search_attributes.STAGE),
        path=text(search_attributes.LEAD_PATH),
        source=text(search_attributes.LEAD_SOURCE),
        owner_id=text(search_attributes.OWNER_ID),
        due_at=due_at,
        started_at=execution.start_time,
    )


def status_name(status: WorkflowExecutionStatus | None) -> str:
    """Temporal's own word for how a run stands."""
    return status.name.lower() if status else "unknown"
