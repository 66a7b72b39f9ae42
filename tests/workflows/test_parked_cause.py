"""A parked run can be found by what parked it, and keeps who resolved it and why."""

import pytest
from temporalio.client import WorkflowUpdateFailedError

from contracts.failures import FailureCode
from contracts.lead_intake import IntakeState
from contracts.names import SearchAttribute, Step
from contracts.status import Resolution, ResolutionAnswer
from rules.parking import cause_of
from tests.faults import Faults
from tests.workflows.histories import events_of
from tests.workflows.house import House, Run
from tests.workflows.leads import a_sales_lead
from tests.workflows.refusals import refusal_of
from tests.workflows.test_visibility import current_details, shown
from workflows import search_attributes as attributes
from workflows.lead_intake import LeadIntakeWorkflow

RETRY = ResolutionAnswer.RETRY


async def resolve(house: House, run: Run, step: Step, **more: str) -> None:
    actor = await house.actor("m-eve", run)
    resolution = Resolution(answer=RETRY, step=step, actor=actor, **more)
    await house.command(run, LeadIntakeWorkflow.resolve, resolution)


async def test_parked_run_is_found_by_its_cause_for_as_long_as_it_is_parked(
    house: House, faults: Faults
) -> None:
    faults.fail("create_lead_records", FailureCode.FORBIDDEN, calls=(1,))
    run = await house.submit(a_sales_lead())
    (parked,) = (await house.in_state(run, IntakeState.PARKED)).parked
    assert (parked.system, cause_of(parked)) == ("crm", "create_lead_records:FORBIDDEN:crm")
    assert await shown(run, attributes.PARKED_CAUSE) == cause_of(parked)
    assert await shown(run, attributes.PARKED_SINCE) == parked.since
    await house.resolve(run, Step.CREATE_LEAD_RECORDS, RETRY)
    assert (await run.result()).outcome is IntakeState.HANDED_OVER
    assert await shown(run, attributes.PARKED_CAUSE) is None
    assert await shown(run, attributes.PARKED_SINCE) is None


async def test_run_that_never_parks_asks_nothing_new_of_its_namespace(house: House) -> None:
    run = await house.submit(a_sales_lead())
    await run.result()
    upserted = {
        name
        for event in await events_of(run)
        for name in event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
    }
    assert SearchAttribute.LANE in upserted
    assert not {SearchAttribute.PARKED_CAUSE, SearchAttribute.PARKED_SINCE} & upserted


async def test_of_two_parked_steps_the_first_is_shown_and_then_the_other(
    house: House, faults: Faults
) -> None:
    faults.fail("create_task", FailureCode.FORBIDDEN, calls=(1,))
    faults.fail("create_note", FailureCode.REJECTED, calls=(1,))
    run = await house.submit(a_sales_lead())
    both = await house.when(run, lambda status: len(status.parked) == 2)
    first, second = both.parked
    assert await shown(run, attributes.PARKED_CAUSE) == cause_of(first)
    await house.resolve(run, Step(first.step), RETRY)
    await house.when(run, lambda status: len(status.parked) == 1)
    assert await shown(run, attributes.PARKED_CAUSE) == cause_of(second)
    assert await shown(run, attributes.PARKED_SINCE) == second.since
    await house.resolve(run, Step(second.step), RETRY)
    await run.result()
    assert await shown(run, attributes.PARKED_CAUSE) is None


async def test_abandoned_run_leaves_its_cause(house: House, faults: Faults) -> None:
    faults.fail("create_note")
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    await house.resolve(run, Step.CREATE_NOTE, ResolutionAnswer.ABANDON)
    await run.result()
    assert await shown(run, attributes.PARKED_CAUSE) is None


async def test_answer_is_kept_with_its_reason_wherever_the_run_is_told_of(
    house: House, faults: Faults
) -> None:
    faults.fail("create_task", calls=(1,))
    run = await house.submit(a_sales_lead())
    (parked,) = (await house.in_state(run, IntakeState.PARKED)).parked
    await resolve(house, run, Step.CREATE_TASK, reason="the CRM is back", cause=cause_of(parked))
    result = await run.result()
    status = await house.status(run)
    (kept,) = status.resolutions
    assert (kept.step, kept.cause, kept.answer) == (Step.CREATE_TASK, cause_of(parked), RETRY)
    assert (kept.actor_id, kept.reason) == ("m-eve", "the CRM is back")
    assert parked.since <= kept.at
    assert result.resolutions == status.resolutions
    assert (await house.ledger.decision(result.lead_id)).result.resolutions == status.resolutions
    assert f"- retry create_task ({cause_of(parked)}) by m-eve: the CRM is back" in await current_details(run)


async def test_answer_to_another_cause_is_refused(house: House, faults: Faults) -> None:
    faults.fail("create_task", calls=(1,))
    run = await house.submit(a_sales_lead())
    (parked,) = (await house.in_state(run, IntakeState.PARKED)).parked
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await resolve(house, run, Step.CREATE_TASK, cause="create_task:FORBIDDEN:crm")
    assert refusal_of(refused) == (f"step create_task is parked for another cause by now: {cause_of(parked)}")
    assert (await house.status(run)).resolutions == ()
