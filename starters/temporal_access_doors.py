"""The doors of access requests over Temporal."""

from __future__ import annotations

from temporalio.common import SearchAttributePair

from contracts.access_request import AccessRequest, AccessRequestState, AccessRequestStatus
from contracts.ids import access_request_workflow_id
from contracts.names import Process
from starters.runs import RunFilter, StartedRun, SubjectRun
from starters.temporal_runs import Appearance, TemporalRuns, attributes
from starters.visibility import query_of, subject_run
from workflows import search_attributes
from workflows.access_request import AccessRequestWorkflow


class TemporalAccessDoors:
    """`AccessDoors` over Temporal."""

    def __init__(self, runs: TemporalRuns) -> None:
        self._runs = runs

    async def request(self, request: AccessRequest) -> StartedRun:
        """Starts the run of a request, unless it has one: an id is never used twice, open or closed."""
        workflow_id = access_request_workflow_id(request.request_id)
        seen = Appearance(
            f"Access: {request.role} in {request.system}",
            f"For `{request.person_id}`.\n\n"
            f"On the command line: `./throughline access status {request.request_id}`",
            attributes(
                AccessRequestState.RECEIVED,
                SearchAttributePair(search_attributes.OWNER_ID, request.person_id),
            ),
        )
        started = await self._runs.start_once(AccessRequestWorkflow.run, request, workflow_id, seen)
        return StartedRun(request.request_id, workflow_id, already_known=not started)

    async def status(self, request_id: str) -> AccessRequestStatus:
        """Asks the run."""
        workflow_id = access_request_workflow_id(request_id)
        return await self._runs.query(workflow_id, AccessRequestWorkflow.get_status, AccessRequestStatus)

    async def runs(self, wanted: RunFilter) -> tuple[SubjectRun, ...]:
        """Reads the list of runs, newest first; it lags behind the runs by a moment."""
        query = query_of([Process.ACCESS_REQUEST], wanted.lane)
        return tuple(map(subject_run, await self._runs.listed(query, wanted.limit)))
