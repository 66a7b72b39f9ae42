"""What the CRM of a test says that it holds, and comparisons that a real schedule starts."""

from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from contracts.crm import CrmSchema
from contracts.crm_drift import CrmDriftResult
from runtime.watch_schedules import CRM_DRIFT_WATCH, ensure_schedule, run_now
from tests.workflows.house import House, eventually
from workflows.crm_drift_watch import CrmDriftWatchWorkflow

Comparison = WorkflowHandle[CrmDriftWatchWorkflow, CrmDriftResult]


def crm_holds(house: House, held: CrmSchema) -> None:
    """From now on; until it is told otherwise."""
    house.faults.heal("describe")
    house.faults.answer("describe", held)


async def scheduled(house: House) -> Comparison:
    """Has the schedule start the next comparison, and waits until it has ended."""
    await ensure_schedule(house.client, CRM_DRIFT_WATCH, timedelta(hours=6))
    handle = house.client.get_schedule_handle(CRM_DRIFT_WATCH.id)
    taken = len((await handle.describe()).info.recent_actions)
    await run_now(house.client, CRM_DRIFT_WATCH)
    seen = await eventually(handle.describe, lambda now: len(now.info.recent_actions) > taken)
    started = seen.info.recent_actions[-1].action
    # Two that begin within a second have the same workflow id.
    run: Comparison = house.client.get_workflow_handle_for(
        CrmDriftWatchWorkflow.run, started.workflow_id, run_id=started.first_execution_run_id
    )
    await eventually(run.describe, lambda now: now.status is not WorkflowExecutionStatus.RUNNING)
    # The server notes the result for the next one a moment after the run has ended.
    await eventually(handle.describe, lambda now: not now.info.running_actions)
    return run
