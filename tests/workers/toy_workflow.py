"""A small workflow whose activities take their time and stumble over personal data."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow

QUEUE = "toy"
LIMIT = timedelta(seconds=5)
EMAIL, NAME = "ada.lovelace@example.com", "Ada Lovelace"


@activity.defn
async def work_for(seconds: float) -> int:
    """Works for a while and says at which attempt it was done."""
    await asyncio.sleep(seconds)
    return activity.info().attempt


@activity.defn
async def stumble_over_a_person() -> int:
    """Fails once as a careless bug would, with personal data in everything that it says."""
    attempt = activity.info().attempt
    activity.logger.info("looking up %s", EMAIL, extra={"contact_name": NAME})
    if attempt == 1:
        raise ValueError(f"{NAME} <{EMAIL}> has no company")
    return attempt


@workflow.defn
class ToyWorkflow:
    """Works for a while, then meets a person."""

    @workflow.run
    async def run(self, seconds: float) -> int:
        workflow.logger.info("toy started", extra={"email": EMAIL, "step": "work_for"})
        attempt = await workflow.execute_activity(work_for, seconds, start_to_close_timeout=LIMIT)
        await workflow.execute_activity(stumble_over_a_person, start_to_close_timeout=LIMIT)
        return attempt
