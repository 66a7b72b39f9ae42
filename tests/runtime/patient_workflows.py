"""Workflows that wait for days, with work between the timers, as approvals and their askers do."""

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

A_DAY = timedelta(hours=24)
SOON = timedelta(seconds=10)


@activity.defn
async def tell(what: str) -> str:
    return what


@activity.defn
async def try_again_in_six_hours() -> int:
    attempt = activity.info().attempt
    if attempt < 3:
        raise ApplicationError("not yet", next_retry_delay=timedelta(hours=6))
    return attempt


@workflow.defn
class AskingWorkflow:
    """Reminds after a day, escalates after two, expires after three; a decision ends it."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._decision: str | None = None

    @workflow.run
    async def run(self) -> str:
        for step in ("reminded", "escalated", "expired"):
            try:
                await workflow.wait_condition(lambda: self._decision is not None, timeout=A_DAY)
            except TimeoutError:
                self._told.append(await workflow.execute_activity(tell, step, start_to_close_timeout=SOON))
            else:
                break
        return self._decision or "expired"

    @workflow.update
    def decide(self, decision: str) -> None:
        self._decision = decision

    @workflow.query
    def get_told(self) -> list[str]:
        return self._told


@workflow.defn
class AskerWorkflow:
    """Waits two days, asks by a child, then waits three more."""

    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(2 * A_DAY)
        child_id = f"{workflow.info().workflow_id}/asking"
        answer = await workflow.execute_child_workflow(AskingWorkflow.run, id=child_id)
        await workflow.sleep(3 * A_DAY)
        return answer


@workflow.defn
class StubbornWorkflow:
    """Retries an activity for half a day."""

    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity(try_again_in_six_hours, start_to_close_timeout=SOON)
