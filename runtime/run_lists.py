"""Temporal's list of runs, as the rooms that may not speak Temporal need it."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from contracts.names import Process
from contracts.reconciliation import SeenRun
from workflows import search_attributes
from workflows.access_request import AccessRequestWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.customer_onboarding import CustomerOnboardingWorkflow
from workflows.lead_follow_through import LeadFollowThroughWorkflow
from workflows.lead_intake import LeadIntakeWorkflow

WORKFLOW_TYPES: Mapping[Process, str] = {
    Process.LEAD_INTAKE: LeadIntakeWorkflow.__name__,
    Process.LEAD_FOLLOW_THROUGH: LeadFollowThroughWorkflow.__name__,
    Process.APPROVAL: ApprovalWorkflow.__name__,
    Process.CUSTOMER_ONBOARDING: CustomerOnboardingWorkflow.__name__,
    Process.ACCESS_REQUEST: AccessRequestWorkflow.__name__,
}
"""The processes by the name that Temporal knows them by."""

PAGE_SIZE = 500
IDS_IN_A_QUERY = 250
"""The longest id is about a hundred characters, and stores bound the length of a query."""


class TemporalRunIndex:
    """`RunIndex` over one client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def retention(self) -> timedelta:
        """How long the namespace keeps closed runs."""
        request = DescribeNamespaceRequest(namespace=self._client.namespace)
        described = await self._client.workflow_service.describe_namespace(request)
        return described.config.workflow_execution_retention_ttl.ToTimedelta()

    async def listed(self, workflow_ids: Sequence[str]) -> Mapping[str, SeenRun]:
        """Asks the list of runs for these; one whose id no query can hold is left out."""
        found: dict[str, SeenRun] = {}
        for some in _in_batches([one for one in workflow_ids if "'" not in one], IDS_IN_A_QUERY):
            names = ", ".join(f"'{one}'" for one in some)
            async for execution in self._client.list_workflows(f"WorkflowId IN ({names})"):
                seen = _seen(execution)
                found[seen.workflow_id] = _later(found.get(seen.workflow_id), seen)
        return found

    async def described(self, workflow_id: str) -> SeenRun | None:
        """Asks for the last run under this id."""
        try:
            return _seen(await self._client.get_workflow_handle(workflow_id).describe())
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def ended(self, since: datetime | None) -> AsyncIterator[tuple[SeenRun, ...]]:
        """Reads the closed runs of every process; one that goes on as another is not over."""
        types = ", ".join(f"'{name}'" for name in WORKFLOW_TYPES.values())
        query = f"WorkflowType IN ({types}) AND ExecutionStatus NOT IN ('Running', 'ContinuedAsNew')"
        if since is not None:
            query += f" AND CloseTime >= '{since.isoformat()}'"
        pages = self._client.list_workflows(query, page_size=PAGE_SIZE)
        while True:
            await pages.fetch_next_page()
            page = pages.current_page or ()
            yield tuple(seen for seen in map(_seen, page) if not seen.is_open)
            if not pages.next_page_token:
                return


def _seen(execution: WorkflowExecution) -> SeenRun:
    status = execution.status.name.lower() if execution.status else "unknown"
    stage = execution.typed_search_attributes.get(search_attributes.STAGE) or ""
    return SeenRun(execution.id, status, execution.close_time, stage)


def _later(one: SeenRun | None, other: SeenRun) -> SeenRun:
    """Of two executions under one id, the one that is open, else the one that closed last."""
    if one is None or one.closed_at is None or other.closed_at is None:
        return one if one is not None and one.is_open else other
    return max(one, other, key=lambda seen: seen.closed_at or datetime.min)  # noqa: DTZ901  (both have closed)


def _in_batches(ids: Sequence[str], size: int) -> Iterator[Iterable[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
