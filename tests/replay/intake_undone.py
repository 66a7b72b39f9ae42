"""Leads that are taken back or come to nothing: undone by policy, cancelled, failed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from connectors.store.arrivals import SqlArrivals, close_arrival
from contracts.lead_intake import IntakeState
from contracts.matching import FindMatchesInput
from contracts.names import Step
from contracts.status import ResolutionAnswer
from tests.replay.intake_paths import OPEN_TEXT, REVIEWED, UNREACHABLE
from tests.replay.intake_trouble import FIRST, SECOND, stopped
from tests.replay.scenario import PERSON, Scenario, lead, over, resolved, reviewed
from tests.workflows.house import House, Run
from tests.workflows.policies import house_rules, undo_on


async def undone_while_handing_over(house: House) -> Mapping[str, Run]:
    gate = house.faults.block("create_task")
    run = await house.submit(lead("undone-while-handing-over-1", **OPEN_TEXT))
    await gate.entered.wait()
    await house.when(run, lambda status: Step.CREATE_NOTE in {effect.step for effect in status.effects})
    await house.taken_in(lead("undone-while-handing-over-2", **OPEN_TEXT))
    house.faults.fail("create_note")
    gate.release()
    return {"lead_intake/undone_while_handing_over": run}


async def undo_parked(house: House) -> Mapping[str, Run]:
    house.faults.fail("create_task")
    house.faults.fail("delete_lead_records", calls=FIRST)
    run = await house.submit(lead("undo-parked"))
    await resolved(house, run, UNDO_RECORDS)
    return {"lead_intake/undo_parked_then_done": run}


async def undo_left(house: House) -> Mapping[str, Run]:
    house.faults.fail("create_task")
    house.faults.fail("delete_lead_records")
    run = await house.submit(lead("undo-left"))
    await resolved(house, run, UNDO_RECORDS, ResolutionAnswer.SKIP)
    return {"lead_intake/undo_left": run}


async def undone_unrecorded(house: House) -> Mapping[str, Run]:
    house.faults.fail("create_task")
    house.faults.fail("record_decision")
    return {"lead_intake/undone_and_not_recorded": await house.submit(lead("undone-unrecorded"))}


UNDO_RECORDS = "undo CRM records"


async def cancelled_while_executing(house: House) -> Mapping[str, Run]:
    gate = house.faults.block("create_task")
    run = await house.submit(lead("cancelled-while-executing"))
    await gate.entered.wait()
    await run.cancel()
    await over(run)
    return {"lead_intake/cancelled_while_executing": run}


async def cancelled_in_review(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("cancelled-in-review"))
    approval = await reviewed(house, run)
    await run.cancel()
    await over(run)
    return {"lead_intake/cancelled_in_review": run, "approval/cancelled": approval}


async def cancelled_while_incomplete(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("cancelled-while-incomplete", contact=UNREACHABLE))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    await run.cancel()
    return {"lead_intake/cancelled_while_incomplete": run}


async def original_gone(house: House) -> Mapping[str, Run]:
    """The run that it repeats has ended, and says so only after it was asked twice."""
    await claim_without_a_run(house)
    gate = house.faults.block("register", calls=SECOND)
    run = await house.submit(lead("original-gone"))
    await gate.entered.wait()
    async with house.store.writing("test") as connection:
        await close_arrival(connection, "gone", datetime.now(UTC))
    gate.release()
    return {"lead_intake/original_ended_meanwhile": run}


async def never_matched(house: House) -> Mapping[str, Run]:
    await claim_without_a_run(house)
    return {"lead_intake/original_never_found": await house.submit(lead("never-matched"))}


async def claim_without_a_run(house: House) -> None:
    """Leaves the claim of a lead whose run is gone."""
    claim = FindMatchesInput(
        lead_id="gone",
        policy_hash="any",
        arrived_at=datetime.now(UTC) - timedelta(seconds=5),
        email=PERSON["email"],
        name=PERSON["name"],
        category="crm",
    )
    await SqlArrivals(house.store).register(claim, 1)


SCENARIOS: tuple[Scenario, ...] = (
    stopped(
        "lead_intake/undone_while_assessing",
        "Who completes it cannot be planned; the policy undoes.",
        method="load",
        only="plan_details",
        bundle=house_rules(steps=undo_on(Step.PLAN_DETAILS)),
        contact=UNREACHABLE,
    ),
    stopped(
        "lead_intake/undone_while_matching",
        "The CRM refuses to be read; the policy undoes.",
        method="find_contacts",
        bundle=house_rules(steps=undo_on(Step.FIND_MATCHES)),
    ),
    stopped(
        "lead_intake/undone_while_merging",
        "The note on the open work fails; the policy undoes.",
        method="create_note",
        calls=SECOND,
        after_another=True,
        bundle=house_rules(steps=undo_on(Step.CREATE_NOTE)),
    ),
    stopped(
        "lead_intake/undone_while_reading",
        "The classifier refuses; the policy undoes.",
        method="classify",
        bundle=house_rules(steps=undo_on(Step.CLASSIFY_LEAD)),
        **OPEN_TEXT,
    ),
    stopped(
        "lead_intake/undone_while_routing",
        "It cannot be routed; the policy undoes.",
        method="load",
        only="route_lead",
        bundle=house_rules(steps=undo_on(Step.ROUTE_LEAD)),
    ),
    stopped(
        "lead_intake/undone_while_executing",
        "The task fails; the policy undoes what was made side by side with it.",
        method="create_task",
        bundle=house_rules(steps=undo_on(Step.CREATE_TASK)),
    ),
    Scenario(
        undone_while_handing_over,
        {"lead_intake/undone_while_handing_over": "The note of a late repeat fails; all is undone."},
        house_rules(steps=undo_on(Step.CREATE_NOTE)),
    ),
    Scenario(
        undo_parked,
        {"lead_intake/undo_parked_then_done": "The records cannot be taken back: parked, then retried."},
        house_rules(steps=undo_on(Step.CREATE_TASK)),
    ),
    Scenario(
        undo_left,
        {"lead_intake/undo_left": "The records cannot be taken back: parked, then left as they are."},
        house_rules(steps=undo_on(Step.CREATE_TASK)),
    ),
    Scenario(
        undone_unrecorded,
        {"lead_intake/undone_and_not_recorded": "The ledger refuses to note the undo: the run fails."},
        house_rules(steps=undo_on(Step.CREATE_TASK, Step.RECORD_DECISION)),
    ),
    Scenario(
        cancelled_while_executing,
        {"lead_intake/cancelled_while_executing": "Cancelled by an operator: undone, then cancelled."},
    ),
    Scenario(
        cancelled_in_review,
        {
            "lead_intake/cancelled_in_review": "Cancelled while a reviewer is asked.",
            "approval/cancelled": "Called off by the run that asked; taken out of the inbox.",
        },
        REVIEWED,
    ),
    Scenario(
        cancelled_while_incomplete,
        {"lead_intake/cancelled_while_incomplete": "Cancelled while details are awaited."},
    ),
    Scenario(
        original_gone,
        {"lead_intake/original_ended_meanwhile": "The run that it repeats is gone: matched anew, as new."},
    ),
    Scenario(
        never_matched,
        {"lead_intake/original_never_found": "The run that it repeats is never found: the run fails."},
    ),
)
