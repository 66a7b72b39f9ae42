"""Temporal's list of open runs, for whoever looks for work that is left lying."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from contracts.failures import FailureCode, ServiceFailure
from contracts.limbo import OverdueStates, RunLine, RunPage, RunQuestion
from contracts.names import Process
from contracts.states import Lane
from runtime.run_lists import WORKFLOW_TYPES
from workflows import search_attributes

SYSTEM = "temporal"

TAKEN_UP = "BuildIds"
"""The server sets it when a worker ends the first task of a run."""

TROUBLE = "TemporalReportedProblems"
"""The server sets it while the tasks of a run fail again and again."""

_LANE, _STAGE = search_attributes.LANE.name, search_attributes.STAGE.name
_SINCE = search_attributes.STATE_SINCE.name

_CODES = {
    RPCStatusCode.UNAVAILABLE: FailureCode.UNAVAILABLE,
    RPCStatusCode.RESOURCE_EXHAUSTED: FailureCode.RATE_LIMITED,
    RPCStatusCode.DEADLINE_EXCEEDED: FailureCode.TIMED_OUT,
    RPCStatusCode.PERMISSION_DENIED: FailureCode.FORBIDDEN,
    RPCStatusCode.INVALID_ARGUMENT: FailureCode.REJECTED,
}

_WORDS = {FailureCode.REJECTED: "the list of runs lacks our search attributes: `doctor --fix` registers them"}


class TemporalRunWatch:
    """`RunWatch` over a client that is connected when it is first needed; few workers ever sweep."""

    def __init__(self, connect: Callable[[], Awaitable[Client]]) -> None:
        self._connect = connect
        self._client: Client | None = None
        self._turn = asyncio.Lock()

    async def overdue(self, question: RunQuestion, *, cursor: str, limit: int) -> RunPage:
        """Returns one page of the runs that are overdue.

        Raises:
            ServiceFailure: UNAVAILABLE, RATE_LIMITED or TIMED_OUT to be tried again; FORBIDDEN, or REJECTED
                where the search attributes are not registered.
        """
        client = await self._connected()
        pages = client.list_workflows(
            query_of(question), page_size=limit, next_page_token=b64decode(cursor) if cursor else None
        )
        try:
            await pages.fetch_next_page()
        except RPCError as error:
            code = _CODES.get(error.status, FailureCode.UNAVAILABLE)
            raise ServiceFailure(code, SYSTEM, _WORDS.get(code, "the list of runs cannot be read")) from None
        lines = tuple(_line(question.process, one) for one in pages.current_page or ())
        token = pages.next_page_token
        return RunPage(lines, b64encode(token).decode() if token else "")

    async def _connected(self) -> Client:
        async with self._turn:
            if self._client is None:
                self._client = await self._connect()
            return self._client


def always(client: Client) -> Callable[[], Awaitable[Client]]:
    """Connects to nothing new: the client that is there."""

    async def connected() -> Client:
        return client

    return connected


def query_of(question: RunQuestion) -> str:
    """The visibility query; every value is a name of ours or an instant."""
    cases = [
        *map(_overdue, question.overdue),
        f"({_LANE} IS NULL AND StartTime < {_instant(question.silent_before)})",
        f"({TAKEN_UP} IS NULL AND StartTime < {_instant(question.untaken_before)})",
    ]
    workflow_type = WORKFLOW_TYPES[question.process]
    return f"WorkflowType = '{workflow_type}' AND ExecutionStatus = 'Running' AND ({' OR '.join(cases)})"


def _overdue(case: OverdueStates) -> str:
    states, before = ", ".join(f"'{state}'" for state in case.states), _instant(case.entered_before)
    # Runs from before there was this attribute, and runs that have shown nothing yet, count from their start.
    since = f"({_SINCE} < {before} OR ({_SINCE} IS NULL AND StartTime < {before}))"
    return f"({_LANE} = '{case.lane}' AND {_STAGE} IN ({states}) AND {since})"


def _instant(at: datetime) -> str:
    return f"'{at.isoformat()}'"


def _line(process: Process, execution: WorkflowExecution) -> RunLine:
    attributes = execution.typed_search_attributes
    lane = attributes.get(search_attributes.LANE)
    return RunLine(
        workflow_id=execution.id,
        process=process,
        lane=Lane(lane) if lane else None,
        stage=attributes.get(search_attributes.STAGE),
        since=attributes.get(search_attributes.STATE_SINCE) or execution.start_time,
        taken_up=bool(execution.search_attributes.get(TAKEN_UP)),
        owner_id=attributes.get(search_attributes.OWNER_ID),
        troubled=bool(execution.search_attributes.get(TROUBLE)),
    )
