"""Doors, runs and records are compared; each kind of difference is planted and named."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete
from temporalio.client import Client

from connectors.store.acceptances import SqlAcceptances
from connectors.store.tables import decisions, effects
from contracts.approval import ApprovalState
from contracts.follow_through import FollowThroughState, LeadOutcome, OutcomeRecord
from contracts.ids import (
    effect_key,
    follow_through_workflow_id,
    intake_workflow_id,
    lead_id_of,
    onboarding_workflow_id,
    workflow_of_effect,
)
from contracts.lead_intake import IntakeState
from contracts.messages import Message, MessageKind
from contracts.names import Step
from contracts.onboarding_states import OnboardingState
from contracts.reconciliation import AcceptedItem, Difference, DifferenceKind
from contracts.status import ResolutionAnswer
from starters.reconciliation import reconcile
from tests.connectors.examples import records
from tests.workflows.house import House, IntakeRun, Run, eventually
from tests.workflows.leads import a_lead, a_newsletter_sign_up, a_sales_lead, spam
from tests.workflows.test_won_deal import won

NOW = datetime.now(UTC)
K = DifferenceKind


async def differences(house: House, **how: Any) -> list[Difference]:
    return await reconcile(house.client, house.store, **how)


async def named(house: House) -> list[tuple[DifferenceKind, str]]:
    return [(one.kind, one.workflow_id) for one in await differences(house)]


async def listed_as_closed(house: House, *runs: Run) -> None:
    """Waits until the list of runs, which lags, shows these as closed."""
    for run in runs:
        query = f"WorkflowId = '{run.id}' AND ExecutionStatus != 'Running'"
        await eventually(lambda query=query: house.client.count_workflows(query), lambda seen: seen.count > 0)


async def without_row(house: House, table: Table, **columns: str) -> None:
    wanted = [table.c[name] == value for name, value in columns.items()]
    async with house.store.writing("test") as connection:
        done = await connection.execute(delete(table).where(*wanted))
    assert done.rowcount == 1


async def handed_over(house: House) -> IntakeRun:
    run = await house.submit(a_sales_lead())
    assert (await run.result()).outcome is IntakeState.HANDED_OVER
    await listed_as_closed(house, run)
    return run


async def test_clean_house_has_no_difference(house: House) -> None:
    """Every way that a lead and a deal go, open and closed, with and without people."""
    await handed_over(house)
    for lead in (spam(), a_newsletter_sign_up(), a_lead(message="?" * 40, service_interest=None)):
        await house.submit(lead)
    follow_through, onboarding = await won(house)
    await house.in_state(onboarding, OnboardingState.AWAITING_PREREQUISITES)
    await listed_as_closed(house, follow_through)
    assert await differences(house) == []
    assert await house.rows("acceptances") == 5


async def test_accepted_item_without_run_is_named(house: House) -> None:
    lost = intake_workflow_id("lost-1")
    await SqlAcceptances(house.store).accept([AcceptedItem(lost, NOW)])
    found = await differences(house)
    assert [(one.kind, one.workflow_id, one.at) for one in found] == [(K.ACCEPTED_WITHOUT_RUN, lost, NOW)]
    assert await differences(house, since=NOW + timedelta(seconds=1)) == []
    assert await differences(house, grace=timedelta(hours=1)) == []


async def test_records_and_effects_without_run_are_named(house: House) -> None:
    await house.crm.create_lead_records(records("ghost-1"))
    told = effect_key(intake_workflow_id("ghost-2"), Step.NOTIFY_PERSON)
    await house.outbox.send(
        Message(
            key=told,
            kind=MessageKind.ALERT,
            recipient_id="m-eve",
            subject="A lead",
            body="It waits.",
            workflow_id=workflow_of_effect(told),
        )
    )
    found = await differences(house)
    assert [(one.kind, one.workflow_id, one.detail) for one in found] == [
        (K.RECORDS_WITHOUT_RUN, intake_workflow_id("ghost-1"), "these stand: lead_records"),
        (K.EFFECTS_WITHOUT_RUN, intake_workflow_id("ghost-2"), "1 effect was made"),
    ]


async def test_run_that_was_broken_off_is_named_and_an_open_one_is_not(house: House) -> None:
    open_run = await house.submit(a_lead(contact={"email": None, "phone": None}))
    broken = await house.submit(a_lead(contact={"email": None, "phone": None}))
    for run in (open_run, broken):
        await house.in_state(run, IntakeState.AWAITING_DETAILS)
    await broken.terminate("pulled out of the wall")
    await listed_as_closed(house, broken)
    found = await differences(house)
    assert [(one.kind, one.workflow_id) for one in found] == [(K.BROKEN_OFF, broken.id)]
    assert "terminated" in found[0].detail


async def test_approval_that_was_broken_off_is_named(house: House) -> None:
    run = await house.submit(a_lead(message="?" * 40, service_interest=None))
    await house.in_state(run, IntakeState.IN_REVIEW)
    approval = house.approval(run)
    await house.in_state(approval, ApprovalState.AWAITING_DECISION)
    await approval.terminate("pulled out of the wall")
    await listed_as_closed(house, approval)
    assert await named(house) == [(K.BROKEN_OFF, approval.id)]


async def test_completed_run_whose_decision_is_gone_is_named(house: House) -> None:
    run = await handed_over(house)
    await without_row(house, decisions, lead_id=lead_id_of(run.id))
    assert await named(house) == [(K.ENDED_UNRECORDED, run.id)]


async def test_effect_that_the_record_names_and_that_is_gone_is_named(house: House) -> None:
    run = await handed_over(house)
    key = effect_key(run.id, Step.CREATE_TASK)
    await without_row(house, effects, key=key)
    found = await differences(house)
    assert [(one.kind, one.workflow_id) for one in found] == [(K.EFFECT_MISSING, run.id)]
    assert key in found[0].detail


async def test_runs_that_temporal_has_forgotten_are_not_lost_if_the_ledger_has_their_end(
    house: House, server_client: Client
) -> None:
    """The namespace `default` holds none of them, as after their retention."""
    ended, followed = await handed_over(house), await handed_over(house)
    run = house.follow_through(lead_id_of(ended.id))
    await house.report(run, LeadOutcome.CLOSED_LOST, reason="price")
    await run.result()
    found = await reconcile(server_client, house.store)
    lead_id = lead_id_of(followed.id)
    assert [(one.kind, one.workflow_id, one.detail) for one in found] == [
        (K.EXPECTED_WITHOUT_RUN, follow_through_workflow_id(lead_id), f"lead {lead_id} was handed over")
    ]


async def test_won_deal_without_onboarding_is_named_once_nobody_is_starting_it(house: House) -> None:
    run = await handed_over(house)
    lead_id = lead_id_of(run.id)
    followed = house.follow_through(lead_id)
    await house.in_state(followed, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)
    await house.ledger.record_outcome(
        OutcomeRecord(
            key=effect_key(followed.id, Step.RECORD_OUTCOME, "r-1"),
            lead_id=lead_id,
            outcome=LeadOutcome.CLOSED_WON,
            actor_id="o-ada",
            at=datetime.now(UTC),
        )
    )
    assert await differences(house) == []
    await followed.terminate("pulled out of the wall")
    await listed_as_closed(house, followed)
    found = await differences(house)
    onboarding = onboarding_workflow_id(lead_id)
    assert [(one.kind, one.workflow_id) for one in found] == [(K.EXPECTED_WITHOUT_RUN, onboarding)]
    assert found[0].detail == f"the deal of lead {lead_id} was won"


async def test_lead_that_was_abandoned_before_a_decision_is_no_difference(house: House) -> None:
    """Nothing was decided or done, so the ledger has nothing to hold."""
    house.faults.fail("pin_active")
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    house.faults.heal("pin_active")
    await house.resolve(run, Step.ASSESS_LEAD, ResolutionAnswer.ABANDON)
    assert (await run.result()).outcome is IntakeState.UNDONE
    await listed_as_closed(house, run)
    assert await differences(house) == []
