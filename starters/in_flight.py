"""Many runs at a time: starts them with bounded concurrency, and waits until only a person can move them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from contracts.lead import LeadSubmission
from contracts.lead_intake import LeadIntakeStatus
from contracts.states import Lane
from starters.console import CommandFailure
from starters.doors import Doors, StartedLead
from starters.exit_codes import ExitCode
from starters.watching import watched

MAX_IN_FLIGHT = 32
"""Starts under way at once: enough to keep a server busy, few enough to leave room for others."""

STOPS_EVERYTHING = (ExitCode.UNREACHABLE, ExitCode.NO_ANSWER, ExitCode.MISCONFIGURED)
"""Failures that the next start would meet as well."""


async def start_all(doors: Doors, submissions: Sequence[LeadSubmission]) -> list[StartedLead]:
    """Starts the intake run of each submission.

    Raises:
        CommandFailure: the first failure, with how many were started before it.
    """
    slots = asyncio.Semaphore(MAX_IN_FLIGHT)

    async def start(submission: LeadSubmission) -> StartedLead:
        async with slots:
            return await doors.start_lead(submission)

    starts = [asyncio.create_task(start(submission)) for submission in submissions]
    try:
        return list(await asyncio.gather(*starts))
    except CommandFailure as failure:
        for unfinished in starts:
            unfinished.cancel()
        await asyncio.gather(*starts, return_exceptions=True)
        if len(submissions) == 1:
            raise
        done = sum(not task.cancelled() and task.exception() is None for task in starts)
        raise CommandFailure(
            failure.code,
            f"{done} of {len(submissions)} leads are started, then: {failure.what}",
            where=failure.where,
            remedy=f"{failure.remedy}; then run this again, nothing starts twice",
        ) from failure


async def settled(doors: Doors, lead_ids: Sequence[str], seconds: float) -> dict[str, LeadIntakeStatus]:
    """Waits until each run is decided or waits for a person, and returns how each stands then.

    What is still running when the time is up is returned as it stands.

    Raises:
        CommandFailure: NO_ANSWER if a run did not say even once how it stands.
    """
    slots = asyncio.Semaphore(MAX_IN_FLIGHT)

    async def settle(lead_id: str) -> LeadIntakeStatus:
        async def look() -> LeadIntakeStatus:
            async with slots:
                return await doors.intake_status(lead_id)

        return await watched(look, is_settled, seconds)

    statuses = await asyncio.gather(*map(settle, lead_ids))
    return dict(zip(lead_ids, statuses, strict=True))


def is_settled(status: LeadIntakeStatus) -> bool:
    """Whether nothing will happen to a run without a person or a time."""
    return status.lane is not Lane.RUNNING
