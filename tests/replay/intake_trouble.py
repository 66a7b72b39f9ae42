"""Leads of which a step cannot be done: parked, then retried, skipped or abandoned."""

from collections.abc import Mapping
from typing import Any

from contracts.approval import Verdict
from contracts.lead_intake import IntakeState
from contracts.names import Step
from contracts.policy import PolicyBundle
from contracts.status import ResolutionAnswer
from tests.faults import in_activity
from tests.replay.intake_paths import OPEN_TEXT, REVIEWED, UNREACHABLE, a_repeat
from tests.replay.scenario import Scenario, lead, resolved, reviewed
from tests.workflows.house import House, Run
from tests.workflows.policies import house_rules, skippable
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


async def lost_approval(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("lost-approval"))
    await (await reviewed(house, run)).terminate()
    await resolved(house, run, Step.ASK_APPROVAL)
    await house.decide(await reviewed(house, run), "o-ada")
    return {"lead_intake/lost_approval_asked_again": run}


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
    Scenario(
        lost_approval,
        {"lead_intake/lost_approval_asked_again": "The approval is terminated: parked, then asked again."},
        REVIEWED,
    ),
)
