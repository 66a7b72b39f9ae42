"""A lead that repeats another ends on the other's record, whatever the other is doing meanwhile."""

import asyncio
from typing import Any

import pytest

from contracts.lead import LeadSubmission
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind
from contracts.names import Step
from contracts.status import ResolutionAnswer
from tests.faults import Faults
from tests.workflows.caches import both_caches
from tests.workflows.house import House, eventually
from tests.workflows.leads import a_sales_lead, a_support_ticket

ANN: dict[str, Any] = {
    "name": "Ann Lee",
    "email": "ann.lee@acme.example",
    "company": "Acme",
    "phone": "+12025550143",
}


def from_ann(**fields: Any) -> LeadSubmission:
    return a_sales_lead(contact=ANN, **fields)


async def test_repeat_of_open_work_is_noted_there(house: House) -> None:
    first = await house.taken_in(from_ann())
    second = await house.taken_in(from_ann(campaign="spring"))
    (deal,) = [effect.external_id for effect in first.effects if effect.step == "create_lead_records"]
    assert (second.outcome, second.merged_into) == (IntakeState.MERGED, deal)
    assert await house.records() == {"companies": 1, "contacts": 1, "works": 1, "tasks": 1, "notes": 2}
    (told,) = await house.messages(MessageKind.LEAD_MERGED)
    assert told.recipient_id == first.owner_id


async def test_other_request_of_a_known_person_is_new_work_on_their_contact(house: House) -> None:
    await house.taken_in(from_ann())
    second = await house.taken_in(a_support_ticket(contact=ANN))
    assert second.outcome is IntakeState.HANDED_OVER
    assert await house.records() == {"companies": 1, "contacts": 1, "works": 2, "tasks": 2, "notes": 2}


@both_caches
async def test_repeat_of_a_run_in_flight_is_merged_into_it(house: House, faults: Faults) -> None:
    gate = faults.block("create_lead_records", calls=(1,))
    first = await house.submit(from_ann())
    await gate.entered.wait()
    second = await house.taken_in(from_ann(source="google-ads"))
    assert (second.outcome, second.merged_into) == (IntakeState.MERGED, (await house.status(first)).lead_id)
    gate.release()
    assert (await first.result()).outcome is IntakeState.HANDED_OVER
    assert (await house.status(first)).duplicates == (second.lead_id,)
    assert await house.records() == {"companies": 1, "contacts": 1, "works": 1, "tasks": 1, "notes": 1}


@pytest.mark.parametrize("step", ["create_note", "record_decision"])
async def test_repeat_that_comes_after_the_note_gets_a_note_of_its_own(
    house: House, faults: Faults, step: str
) -> None:
    # What was read in a text says less than a fixed choice: such a repeat is noted by the run, not the CRM.
    read = {"service_interest": None, "message": "A quote for a crm with a pipeline, please."}
    gate = faults.block(step, calls=(1,))
    first = await house.submit(from_ann(**read))
    await gate.entered.wait()
    second = await house.taken_in(from_ann(**read))
    gate.release()
    await first.result()
    assert second.merged_into == (await house.status(first)).lead_id
    assert await house.rows("notes") == 2


async def test_two_runs_for_one_person_at_once_make_one_contact(house: House) -> None:
    results = await asyncio.gather(*(house.taken_in(from_ann()) for _ in range(4)))
    assert {result.outcome for result in results} <= {IntakeState.HANDED_OVER, IntakeState.MERGED}
    assert await house.rows("contacts") == 1
    assert await house.rows("decisions") == 4


@both_caches
async def test_original_that_ends_meanwhile_is_found_in_the_crm(house: House, faults: Faults) -> None:
    records = faults.block("create_lead_records", calls=(1,))
    first = await house.submit(from_ann())
    await records.entered.wait()
    answer = faults.block("register", calls=(2,), after=True)
    second = await house.submit(from_ann())
    await answer.entered.wait()
    records.release()
    ended = await first.result()
    answer.release()
    result = await second.result()
    (deal,) = [effect.external_id for effect in ended.effects if effect.step == "create_lead_records"]
    assert (result.outcome, result.merged_into) == (IntakeState.MERGED, deal)
    assert await house.rows("works") == 1


async def test_run_that_was_terminated_does_not_swallow_later_leads(house: House, faults: Faults) -> None:
    # Its claim stands: nobody recorded how it ended.
    gate = faults.block("find_contacts", calls=(1,))
    first = await house.submit(from_ann())
    await gate.entered.wait()
    await first.terminate()
    gate.release()
    second = await house.taken_in(from_ann())
    assert second.outcome is IntakeState.HANDED_OVER
    assert await house.rows("contacts") == 1


async def test_repeat_waits_out_a_parked_original(house: House, faults: Faults) -> None:
    faults.fail("create_lead_records", calls=(1,))
    first = await house.submit(from_ann())
    await house.in_state(first, IntakeState.PARKED)
    second = await house.taken_in(from_ann())
    assert second.outcome is IntakeState.MERGED
    await eventually(lambda: house.status(first), lambda status: status.duplicates == (second.lead_id,))
    await house.resolve(first, Step.CREATE_LEAD_RECORDS, ResolutionAnswer.RETRY)
    assert (await first.result()).outcome is IntakeState.HANDED_OVER
    assert await house.records() == {"companies": 1, "contacts": 1, "works": 1, "tasks": 1, "notes": 1}
