"""What commands ask of the runs that grant access, as a Protocol."""

from __future__ import annotations

from typing import Protocol

from contracts.access_request import AccessRequest, AccessRequestStatus
from starters.runs import RunFilter, StartedRun, SubjectRun


class AccessDoors(Protocol):
    """Every command to an access request. Each call ends in an answer or in a `CommandFailure`."""

    async def request(self, request: AccessRequest) -> StartedRun:
        """Starts the run of a request, unless it has one."""
        ...

    async def status(self, request_id: str) -> AccessRequestStatus: ...

    async def runs(self, wanted: RunFilter) -> tuple[SubjectRun, ...]: ...
