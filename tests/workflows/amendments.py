"""Amendments that are still being checked when the time for a lead's details is over."""

import asyncio
from datetime import timedelta

from contracts.lead import LeadSubmission
from contracts.lead_intake import IntakeState, LeadIntakeStatus
from contracts.policy import IncompletePolicy
from tests.faults import in_activity
from tests.workflows.histories import events_of, kinds
from tests.workflows.house import House, IntakeRun, Run, eventually

AMENDED_SOON = IncompletePolicy(
    ask="m-eve", calendar="office", remind_after=timedelta(seconds=1), deadline=timedelta(seconds=5)
)
"""Real seconds: no time is skipped while an activity is under way."""


async def in_hand_at_the_deadline(
    house: House, incomplete: LeadSubmission, email: str
) -> tuple[IntakeRun, asyncio.Task[LeadIntakeStatus]]:
    """Amends a lead, and returns once it is late; the check is held until all gates open."""
    run = await house.submit(incomplete)
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    checking = house.faults.block("load", only=in_activity("assess_lead"))
    amending = asyncio.create_task(house.amend(run, email=email))
    await checking.entered.wait()
    await eventually(lambda: _timers_fired(run), lambda fired: fired == len(("the reminder", "the deadline")))
    await house.quiet(run)
    return run, amending


async def _timers_fired(run: Run) -> int:
    return kinds(await events_of(run))["TIMER_FIRED"]
