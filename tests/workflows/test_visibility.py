"""What an operator sees of a run in Temporal, and what a run costs."""

from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.common import SearchAttributeKey

from contracts.lead_intake import IntakeState
from contracts.states import Lane
from tests.faults import Faults
from tests.workflows.histories import activities, events_of, kinds, summary_of
from tests.workflows.house import House, Run
from tests.workflows.leads import a_newsletter_sign_up, a_sales_lead, a_support_ticket
from workflows import search_attributes as attributes

MAX_ACTIVITIES = 8
MAX_EVENTS = 60

UNSURE_TEXT = "Good morning, I have something to ask you."


async def shown(run: Run, key: SearchAttributeKey[Any]) -> Any:
    return (await run.describe()).typed_search_attributes.get(key)


@pytest.mark.parametrize(
    "lead", [a_sales_lead, a_support_ticket, a_newsletter_sign_up], ids=["sales", "support", "nurture"]
)
async def test_simple_lead_stays_inside_the_cost_budget(house: House, lead: Any) -> None:
    run = await house.submit(lead())
    await run.result()
    events = await events_of(run)
    assert len(activities(events)) <= MAX_ACTIVITIES, activities(events)
    assert len(events) <= MAX_EVENTS, kinds(events)


async def test_read_lead_costs_one_activity_more(house: House) -> None:
    run = await house.submit(a_newsletter_sign_up(message="A quote for a crm with a pipeline, please."))
    await run.result()
    events = await events_of(run)
    assert activities(events).count("classify_lead") == 1
    assert len(activities(events)) <= MAX_ACTIVITIES + 1


async def test_search_attributes_are_set_at_start_and_upserted_once_at_the_end(
    house: House, faults: Faults
) -> None:
    gate = faults.block("register")
    run = await house.submit(a_sales_lead(source="adwords"))
    await gate.entered.wait()
    assert await shown(run, attributes.LANE) == Lane.RUNNING
    assert await shown(run, attributes.STAGE) == IntakeState.RECEIVED
    assert await shown(run, attributes.LEAD_SOURCE) == "adwords"
    gate.release()
    result = await run.result()
    assert kinds(await events_of(run))["UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"] == 1
    assert await shown(run, attributes.LANE) == Lane.COMPLETED
    assert await shown(run, attributes.STAGE) == IntakeState.HANDED_OVER
    assert await shown(run, attributes.LEAD_PATH) == "sales"
    assert await shown(run, attributes.OWNER_ID) == result.owner_id
    assert await shown(run, attributes.DUE_AT) is None
    record = await house.ledger.decision(result.lead_id)
    assert await shown(run, attributes.POLICY_HASH) == record.policy_hash


async def test_waiting_upserts_once_when_it_starts_and_once_when_it_stops(house: House) -> None:
    run = await house.submit(a_newsletter_sign_up(message=UNSURE_TEXT))
    await house.in_state(run, IntakeState.IN_REVIEW)
    approval = house.approval(run)
    waiting = await house.in_state(approval, "awaiting_decision")
    assert await shown(run, attributes.LANE) == await shown(approval, attributes.LANE) == Lane.WAITING
    assert await shown(approval, attributes.DUE_AT) == waiting.due_at
    assert await shown(approval, attributes.LEAD_SOURCE) == "website"
    await house.decide(approval, "o-ada")
    await run.result()
    assert kinds(await events_of(run))["UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"] == 3
    assert kinds(await events_of(approval))["UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"] == 3
    assert await shown(approval, attributes.LANE) == Lane.COMPLETED
    assert await shown(approval, attributes.DUE_AT) is None


async def test_run_is_found_by_its_lane(house: House, faults: Faults) -> None:
    faults.fail("create_lead_records")
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    assert await shown(run, attributes.LANE) == Lane.BLOCKED
    assert await shown(run, attributes.STAGE) == IntakeState.PARKED


async def test_every_step_says_in_the_web_ui_what_it_does(house: House) -> None:
    run = await house.submit(a_sales_lead(contact={"email": None, "phone": None}))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    await house.amend(run, email="ann@acme.example")
    result = await run.result()
    follow_through = house.follow_through(result.lead_id)
    await house.in_state(follow_through, "awaiting_acknowledgement")
    events = [*await events_of(run), *await events_of(follow_through)]
    named = (EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, EventType.EVENT_TYPE_TIMER_STARTED)
    timers = [event for event in events if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED]
    assert {summary_of(event) for event in timers} == {"Details", "Reminder to acknowledge"}
    assert all(summary_of(event) for event in events if event.event_type in named)


async def test_run_has_a_summary_and_details_that_say_how_it_stands(house: House) -> None:
    run = await house.submit(a_newsletter_sign_up(message=UNSURE_TEXT))
    await house.in_state(run, IntakeState.IN_REVIEW)
    described = await run.describe()
    assert await described.static_summary() == "Lead from website"
    assert "./throughline lead status" in (await described.static_details() or "")
    approval = house.approval(run)
    await house.in_state(approval, "awaiting_decision")
    assert await (await approval.describe()).static_summary() == "Approval: low-confidence"
    details = await current_details(approval)
    for words in (
        "**Approval: awaiting_decision** (waiting)",
        "Next move: o-ada, o-ben",
        "Due: ",
        "`decide`",
    ):
        assert words in details
    assert "Path: asking → awaiting_decision" in details
    assert "- The classifier is not sure." in details


async def current_details(run: Run) -> str:
    metadata: WorkflowMetadata = await run.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return metadata.current_details


async def test_status_says_state_lane_owner_moves_due_time_and_reasons(house: House) -> None:
    run = await house.submit(a_newsletter_sign_up(message=UNSURE_TEXT))
    status = await house.in_state(run, IntakeState.IN_REVIEW)
    assert (status.lane, status.next_action_owner) == (Lane.WAITING, "reviewer")
    assert IntakeState.EXECUTING in status.next_moves
    assert status.reasons[:2] == ("Interested, without a request.", "The classifier is not sure.")
    assert status.policy_hash
    approval = await house.in_state(house.approval(run), "awaiting_decision")
    assert approval.next_action_owner == "o-ada, o-ben"
    assert approval.due_at > datetime.now(UTC)
    assert approval.commands == ("decide", "approve", "reject")


async def test_ended_run_still_says_how_it_went(house: House) -> None:
    run = await house.submit(a_sales_lead())
    result = await run.result()
    status = await house.status(run)
    assert (status.state, status.lane, status.next_moves) == (IntakeState.HANDED_OVER, Lane.COMPLETED, ())
    assert status.effects == result.effects
    assert {check.check for check in status.checks} >= {"duplicate", "spam", "required_fields"}
    assert len(status.checks) == 9
    assert [visit.state for visit in status.visits] == [
        "received",
        "assessing",
        "matching",
        "routing",
        "executing",
        "handing_over",
        "handed_over",
    ]
