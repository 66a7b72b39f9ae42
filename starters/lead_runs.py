"""How runs of leads appear in Temporal's list of runs: what is asked, what is read, what may be shown."""

from __future__ import annotations

import re

from temporalio.client import WorkflowExecution

from contracts.ids import lead_id_of
from contracts.lead import OTHER_SOURCE, UNKNOWN_SOURCE
from starters.doors import LEAD_PROCESSES, LeadFilter, LeadRun
from starters.visibility import query_of, shown
from workflows import search_attributes

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
    """The visibility query, made of known words only."""
    query = query_of([wanted.process] if wanted.process else LEAD_PROCESSES, wanted.lane)
    if wanted.path:
        query += f" AND {search_attributes.LEAD_PATH.name} = '{wanted.path.value}'"
    return query


def lead_run(execution: WorkflowExecution) -> LeadRun:
    """One line of the list."""
    attributes = execution.typed_search_attributes
    return LeadRun(
        lead_id=lead_id_of(execution.id),
        path=attributes.get(search_attributes.LEAD_PATH),
        source=attributes.get(search_attributes.LEAD_SOURCE),
        **shown(execution),
    )
