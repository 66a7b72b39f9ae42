"""Sweeps for work that is left lying: one that finds some, and one that goes on as new."""

from collections.abc import Mapping
from datetime import timedelta

from contracts.failures import FailureCode
from contracts.lead_intake import IntakeState
from contracts.limbo import CRM_KINDS, LimboKind, LimboSweep
from contracts.limbo_policy import LimboPolicy
from contracts.names import TaskQueue
from tests.replay.scenario import Scenario, lead
from tests.workflows.house import House, Run
from tests.workflows.policies import house_rules
from workflows.limbo_watch import LimboWatchWorkflow

LYING = house_rules(limbo=LimboPolicy(desk="o-ben", budgets={"lead-intake.awaiting_details": timedelta(0)}))


async def sweep(house: House) -> Run:
    """Starts a sweep; the handle is of its first run."""
    started = await house.client.start_workflow(
        LimboWatchWorkflow.run, LimboSweep(), id="limbo-watch", task_queue=TaskQueue.WORKFLOWS
    )
    return house.client.get_workflow_handle(started.id, run_id=started.first_execution_run_id)


async def something_lies(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("lying", contact={"email": None, "phone": None}))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    return {"limbo_watch/swept": await sweep(house)}


async def crm_is_away(house: House) -> Mapping[str, Run]:
    house.faults.fail("found", FailureCode.FORBIDDEN, only=lambda kind: kind in CRM_KINDS)
    return {"limbo_watch/crm_away": await sweep(house)}


async def store_refuses(house: House) -> Mapping[str, Run]:
    house.faults.fail("found", only=lambda kind: kind is LimboKind.DRAFT_UNREVIEWED)
    return {"limbo_watch/failed": await sweep(house)}


async def there_is_much(house: House) -> Mapping[str, Run]:
    return {"limbo_watch/continued": await sweep(house)}


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        something_lies,
        {"limbo_watch/swept": "A sweep looks through every part, tells of what lies there, and ends."},
        LYING,
    ),
    Scenario(
        crm_is_away,
        {"limbo_watch/crm_away": "A sweep looks through the rest where the CRM does not answer, then fails."},
        LYING,
    ),
    Scenario(
        store_refuses,
        {"limbo_watch/failed": "A sweep fails at once where something else than the CRM cannot be asked."},
        LYING,
    ),
    Scenario(
        there_is_much,
        {"limbo_watch/continued": "A sweep whose history grows long goes on as new where it stands."},
        LYING,
        crowded=True,
    ),
)
