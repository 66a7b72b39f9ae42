"""Leads that go where few go: nobody's, half read, commanded by two at once, with a silent policy."""

import asyncio
from collections.abc import Mapping
from typing import Any

from temporalio.client import WorkflowUpdateFailedError

from contracts.failures import FailureCode
from contracts.names import Patch, Step
from contracts.policy import (
    Always,
    FailureAnswer,
    IncompletePolicy,
    ReadingPolicy,
    ReadingRule,
    RoutingPolicy,
    RoutingRule,
    StepPolicy,
)
from contracts.routing import FollowUpPlan, LeadPath
from contracts.status import Resolution, ResolutionAnswer
from rules.parking import cause_of
from tests.bundles import small_assessment_policy, small_bundle
from tests.faults import in_activity
from tests.replay.intake_paths import REVIEWED
from tests.replay.intake_trouble import stopped
from tests.replay.scenario import (
    Scenario,
    lead,
    over,
    resolved,
    reviewed,
    seconds,
    submitted,
)
from tests.workflows.house import House, IntakeRun, Run
from tests.workflows.policies import house_rules, skippable
from workflows.lead_intake import LeadIntakeWorkflow

TRANSCRIPT = "Hello. We want a CRM. Our pipeline is in spreadsheets. Please send a quote. Goodbye."

SUMMARY_ALONE = ReadingPolicy(
    rules=(ReadingRule(id="summary", when=Always(always=True), summarise=True),),
    categories=small_bundle().reading.categories,
    intents=small_bundle().reading.intents,
    risk_terms=small_bundle().reading.risk_terms,
)
"""A transcript is summarised, and what the lead wants is known without it."""


def routed(**fields: Any) -> RoutingPolicy:
    """Every lead goes to sales; fields of the rule as given."""
    given: dict[str, Any] = {
        "id": "any",
        "meaning": "They want something.",
        "when": Always(always=True),
        "path": LeadPath.SALES,
        "stage": "new",
        "follow_up": FollowUpPlan(template="thanks"),
    }
    return RoutingPolicy(rules=(RoutingRule(**{**given, **fields}),))


async def nobodys(house: House) -> Mapping[str, Run]:
    first = await house.submit(lead("nobodys-1"))
    await first.result()
    return {
        "lead_intake/nobodys": first,
        "lead_intake/merged_into_work_of_nobody": await house.submit(lead("nobodys-2")),
    }


async def same_person(house: House) -> Mapping[str, Run]:
    """Two names behind one number, and no address to tell them apart by."""
    first = await house.submit(lead("same-person-1", contact={"email": None}))
    await house.decide(await reviewed(house, first), "o-ada")
    await first.result()
    run = await house.submit(lead("same-person-2", contact={"email": None, "name": "Grace Hopper"}))
    approval = await reviewed(house, run)
    await house.decide(approval, "o-ada", same_person=True)
    return {"lead_intake/found_to_be_the_same_person": run, "approval/approved_as_the_same_person": approval}


async def resolved_by_two(house: House) -> Mapping[str, Run]:
    """Both answers pass the door before either is known to be from whom it says."""
    house.faults.fail("create_task", calls=(1,))
    house.faults.fail("create_note", calls=(1,))
    run = await house.submit(lead("resolved-by-two"))
    await house.when(run, lambda status: len(status.parked) == 2)
    answers = await asyncio.gather(
        *(house.resolve(run, Step.CREATE_TASK, ResolutionAnswer.RETRY) for _ in range(2)),
        return_exceptions=True,
    )
    assert [type(one) for one in answers].count(WorkflowUpdateFailedError) == 1
    await resolved(house, run, Step.CREATE_NOTE)
    return {"lead_intake/resolved_by_two_at_once": run}


async def failed_again(house: House) -> Mapping[str, Run]:
    house.faults.fail("create_task", calls=(1, 2))
    run = await house.submit(lead("failed-again"))
    await resolved(house, run, Step.CREATE_TASK)
    await house.when(run, lambda status: [parked.attempt for parked in status.parked] == [2])
    await resolved(house, run, Step.CREATE_TASK)
    return {"lead_intake/parked_again_after_a_retry": run}


async def resolved_by_cause(house: House) -> Mapping[str, Run]:
    """As one of a group of runs that are parked for one cause."""
    house.faults.fail("create_task", calls=(1,))
    run = await house.submit(lead("resolved-by-cause"))
    status = await house.when(run, lambda status: status.parked)
    (parked,) = status.parked
    answer = Resolution(
        answer=ResolutionAnswer.RETRY,
        step=parked.step,
        cause=cause_of(parked),
        actor=await house.actor("m-eve", run),
    )
    await house.command(run, LeadIntakeWorkflow.resolve, answer)
    return {"lead_intake/parked_and_resolved_by_its_cause": run}


async def policy_silent(house: House) -> Mapping[str, Run]:
    house.faults.fail("create_task", calls=(1,))
    house.faults.fail("load", only=in_activity("answer_failure"))
    run = await house.submit(lead("policy-silent"))
    await resolved(house, run, Step.CREATE_TASK)
    return {"lead_intake/parked_since_the_policy_is_silent": run}


async def cancelled_while_ruling(house: House) -> Mapping[str, Run]:
    house.faults.fail("create_task", calls=(1,))
    gate = house.faults.block("load", only=in_activity("answer_failure"))
    run = await house.submit(lead("cancelled-while-ruling"))
    await gate.entered.wait()
    return {"lead_intake/cancelled_while_the_policy_is_asked": await called_off(house, run)}


async def called_off(house: House, run: IntakeRun) -> IntakeRun:
    await run.cancel()
    await over(run)
    house.faults.release_all()
    return run


async def kept(house: House) -> Mapping[str, Run]:
    """The note fails while the task's undo fails: the records stay, since the task hangs on them."""
    house.faults.fail("create_note")
    house.faults.fail("delete_task", FailureCode.FORBIDDEN, calls=(1,))
    run = await house.submit(lead("kept"))
    await resolved(house, run, Step.CREATE_NOTE, ResolutionAnswer.ABANDON)
    await resolved(house, run, "undo task")
    return {"lead_intake/undone_but_for_what_others_rely_on": run}


async def lost_approval_of_before(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("lost-approval-of-before"))
    await (await reviewed(house, run)).terminate()
    return {"lead_intake/lost_approval_fails_as_before": run}


NEEDS_A_COMPANY = small_assessment_policy(
    required_fields=("lead.source", "lead.email|lead.phone", "lead.company")
)
SOON_OVERDUE = IncompletePolicy(
    ask="m-eve", calendar="office", remind_after=seconds(0.5), deadline=seconds(1)
)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        nobodys,
        {
            "lead_intake/nobodys": "The rule names no pool: records without an owner, and nobody is told.",
            "lead_intake/merged_into_work_of_nobody": "It repeats open work that nobody owns.",
        },
        house_rules(routing=routed(sla="standard")),
    ),
    submitted(
        "lead_intake/owned_without_a_deadline",
        "The rule names a pool and no SLA: no task, no follow-through.",
        bundle=house_rules(routing=routed(pool="sales")),
    ),
    submitted(
        "lead_intake/only_summarised",
        "A transcript is summarised; what the lead wants is known already.",
        bundle=house_rules(reading=SUMMARY_ALONE),
        transcript=TRANSCRIPT,
    ),
    Scenario(
        same_person,
        {
            "lead_intake/found_to_be_the_same_person": "A reviewer knows who it is: routed anew.",
            "approval/approved_as_the_same_person": "Approved, and said to be the same person.",
        },
        REVIEWED,
    ),
    Scenario(
        resolved_by_two,
        {"lead_intake/resolved_by_two_at_once": "Two people answer one parked step: the second is refused."},
    ),
    Scenario(
        failed_again,
        {"lead_intake/parked_again_after_a_retry": "The retry fails too: parked again, nobody told again."},
    ),
    Scenario(
        resolved_by_cause,
        {"lead_intake/parked_and_resolved_by_its_cause": "Retried with all that is parked for its cause."},
    ),
    Scenario(
        policy_silent,
        {"lead_intake/parked_since_the_policy_is_silent": "A step fails and no ruling can be had: parked."},
    ),
    Scenario(
        cancelled_while_ruling,
        {"lead_intake/cancelled_while_the_policy_is_asked": "Called off between a failure and its ruling."},
    ),
    Scenario(
        kept,
        {"lead_intake/undone_but_for_what_others_rely_on": "Undone; what something else hangs on is kept."},
        house_rules(steps=skippable(Step.CREATE_NOTE)),
    ),
    stopped(
        "lead_intake/abandoned_before_it_is_assessed",
        "The policy cannot be had, and somebody gives the lead up: there is no decision to record.",
        method="pin_active",
        step=Step.ASSESS_LEAD,
        answer=ResolutionAnswer.ABANDON,
    ),
    stopped(
        "lead_intake/parked_although_the_policy_skips",
        "The policy skips a step that the process cannot do without: parked, then retried.",
        method="create_lead_records",
        step=Step.CREATE_LEAD_RECORDS,
        bundle=house_rules(steps={Step.CREATE_LEAD_RECORDS: StepPolicy(answer=FailureAnswer.SKIP)}),
    ),
    submitted(
        "lead_intake/incomplete_with_an_address",
        "Reachable, yet incomplete: it claims its identities while it waits.",
        bundle=house_rules(assessment=NEEDS_A_COMPANY, incomplete=SOON_OVERDUE),
        contact={"company": None},
    ),
    submitted(
        "lead_intake/incomplete_with_a_number",
        "The same, with a number alone.",
        bundle=house_rules(assessment=NEEDS_A_COMPANY, incomplete=SOON_OVERDUE),
        contact={"company": None, "email": None},
    ),
    Scenario(
        lost_approval_of_before,
        {"lead_intake/lost_approval_fails_as_before": "As before its patch: a lost approval fails the run."},
        REVIEWED,
        before=Patch.PARK_LOST_APPROVALS,
    ),
)
