"""Leads with which something goes wrong: parked, skipped, undone, cancelled, failed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.store.arrivals import SqlArrivals, close_arrival
from contracts.approval import Verdict
from contracts.lead_intake import IntakeState
from contracts.matching import FindMatchesInput
from contracts.names import Step
from contracts.policy import PolicyBundle
from contracts.status import ResolutionAnswer
from tests.replay.intake_paths import OPEN_TEXT, REVIEWED, UNREACHABLE, a_repeat
from tests.replay.scenario import PERSON, Scenario, in_activity, lead, over, resolved, reviewed
from tests.workflows.house import House, Run
from tests.workflows.policies import house_rules, skippable, undo_on
from workflows.lead_intake import LeadIntakeWorkflow

FIRST = (1,)
SECOND = (2,)


def stopped(
    name: str,
    covers: str,
    *,
    method: str,
    step: Step | None = None,
    answer: ResolutionAnswer = ResolutionAnswer.RETRY,
    only: str = "",
    calls: tuple[int, ...] = FIRST,
    after_another: bool = False,
    bundle: PolicyBundle | None = None,
    **fields: Any,
) -> Scenario:
    """The story of a lead of which one call of a port fails for good.

    Args:
        name: of the history.
        covers: what it shows.
        method: the port's method that fails.
        step: the step that is then parked and resolved; None where the policy undoes it.
        answer: how it is resolved.
        only: the activity whose calls fail, where several use the method.
        calls: which calls fail; `only` fails on each of its activity's.
        after_another: the same person has been taken in before, so the lead repeats open work.
        bundle: the policy.
        fields: of the lead.
    """

    async def story(house: House) -> Mapping[str, Run]:
        if after_another:
            await house.taken_in(lead(f"{name}-before"))
        if only:
            house.faults.fail(method, only=in_activity(only))
        else:
            house.faults.fail(method, calls=calls)
        run = await house.submit(lead(name, **fields))
        if step:
            await house.when(run, lambda status: step in {parked.step for parked in status.parked})
            house.faults.heal(method)
            await house.resolve(run, step, answer)
        return {name: run}

    return Scenario(story, {name: covers}, bundle or house_rules())


async def parked_twice(house: House) -> Mapping[str, Run]:
    house.faults.fail("create_task", calls=FIRST)
    house.faults.fail("create_note", calls=FIRST)
    run = await house.submit(lead("parked-twice"))
    await house.when(run, lambda status: {parked.step for parked in status.parked} >= PARALLEL)
    await resolved(house, run, Step.CREATE_TASK)
    await resolved(house, run, Step.CREATE_NOTE)
    return {"lead_intake/parked_at_two_steps": run}


PARALLEL = {Step.CREATE_TASK, Step.CREATE_NOTE}


async def parked_after_rejection(house: House) -> Mapping[str, Run]:
    house.faults.fail("record_decision", calls=FIRST)
    run = await house.submit(lead("parked-after-rejection"))
    await house.decide(await reviewed(house, run), "o-ada", Verdict.REJECT)
    await resolved(house, run, Step.RECORD_DECISION)
    return {"lead_intake/parked_in_review": run}


async def parked_while_incomplete(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("parked-while-incomplete", contact=UNREACHABLE))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    house.faults.fail("load", only=in_activity("assess_lead"))
    await run.signal(LeadIntakeWorkflow.duplicate_arrived, a_repeat())
    await house.in_state(run, IntakeState.PARKED)
    house.faults.heal("load")
    await resolved(house, run, Step.ASSESS_LEAD)
    return {"lead_intake/parked_while_incomplete": run}


async def parked_while_undoing(house: House) -> Mapping[str, Run]:
    house.faults.fail("create_task")
    house.faults.fail("record_decision", calls=FIRST)
    run = await house.submit(lead("parked-while-undoing"))
    await resolved(house, run, Step.CREATE_TASK, ResolutionAnswer.ABANDON)
    await resolved(house, run, Step.RECORD_DECISION)
    return {"lead_intake/parked_while_undoing": run}


async def undone_while_handing_over(house: House) -> Mapping[str, Run]:
    gate = house.faults.block("create_task")
    run = await house.submit(lead("undone-while-handing-over-1", **OPEN_TEXT))
    await gate.entered.wait()
    await house.when(run, lambda status: Step.CREATE_NOTE in {effect.step for effect in status.effects})
    await house.taken_in(lead("undone-while-handing-over-2", **OPEN_TEXT))
    house.faults.fail("create_note")
    gate.release()
    return {"lead_intake/undone_while_handing_over": run}


async def undo_incomplete(house: House) -> Mapping[str, Run]:
    house.faults.fail("create_task")
    house.faults.fail("delete_lead_records")
    return {"lead_intake/undo_incomplete": await house.submit(lead("undo-incomplete"))}


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
        "lead_intake/parked_while_assessing",
        "The policy cannot be had, so nobody rules: parked, then retried.",
        method="pin_active",
        step=Step.ASSESS_LEAD,
    ),
    stopped(
        "lead_intake/parked_while_matching",
        "The CRM refuses to be read: parked, then retried.",
        method="find_contacts",
        step=Step.FIND_MATCHES,
    ),
    stopped(
        "lead_intake/parked_while_merging",
        "The note on the open work fails: parked, then retried.",
        method="create_note",
        calls=SECOND,
        after_another=True,
        step=Step.CREATE_NOTE,
    ),
    stopped(
        "lead_intake/parked_while_reading_then_skipped",
        "The classifier refuses: parked, then skipped.",
        method="classify",
        step=Step.CLASSIFY_LEAD,
        answer=ResolutionAnswer.SKIP,
        bundle=house_rules(reviews=(), steps=skippable(Step.CLASSIFY_LEAD)),
        **OPEN_TEXT,
    ),
    stopped(
        "lead_intake/parked_while_routing",
        "The pinned policy cannot be read for a moment: parked, then retried.",
        method="load",
        only="route_lead",
        step=Step.ROUTE_LEAD,
    ),
    stopped(
        "lead_intake/parked_while_executing_then_retried",
        "The CRM refuses the records: parked, then retried.",
        method="create_lead_records",
        step=Step.CREATE_LEAD_RECORDS,
    ),
    stopped(
        "lead_intake/parked_while_executing_then_skipped",
        "The task fails: parked, then skipped.",
        method="create_task",
        step=Step.CREATE_TASK,
        answer=ResolutionAnswer.SKIP,
        bundle=house_rules(steps=skippable(Step.CREATE_TASK)),
    ),
    stopped(
        "lead_intake/parked_while_executing_then_abandoned",
        "The task fails: parked, then abandoned and undone.",
        method="create_task",
        step=Step.CREATE_TASK,
        answer=ResolutionAnswer.ABANDON,
    ),
    stopped(
        "lead_intake/parked_while_handing_over",
        "The ledger refuses the decision: parked, then retried.",
        method="record_decision",
        step=Step.RECORD_DECISION,
    ),
    Scenario(parked_twice, {"lead_intake/parked_at_two_steps": "Two steps side by side are parked."}),
    Scenario(
        parked_after_rejection,
        {"lead_intake/parked_in_review": "The ledger refuses the rejection: parked, then retried."},
        REVIEWED,
    ),
    Scenario(
        parked_while_incomplete,
        {"lead_intake/parked_while_incomplete": "What a repeat brings cannot be assessed: parked, retried."},
    ),
    Scenario(
        parked_while_undoing,
        {"lead_intake/parked_while_undoing": "Abandoned, and the ledger refuses: parked, then retried."},
    ),
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
        undo_incomplete,
        {"lead_intake/undo_incomplete": "The records cannot be taken back: the run fails and says so."},
        house_rules(steps=undo_on(Step.CREATE_TASK)),
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
