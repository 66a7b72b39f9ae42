"""Assessing a lead, and waiting for somebody to complete one that cannot be used as it came."""

from datetime import datetime

from temporalio import workflow

from workflows import options
from workflows.lead_file import LeadFile
from workflows.lead_matching import claim
from workflows.notices import tell
from workflows.parallel import Meanwhile
from workflows.progress import Progress
from workflows.steps import Steps
from workflows.waiting import until, until_settled

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities
    from contracts.assessment import AssessLeadInput, Assessment, Usability
    from contracts.lead_intake import DetailsPlan, IntakeState, PlanDetailsInput
    from contracts.messages import MessageKind
    from contracts.names import Patch, Step


async def assess(file: LeadFile, steps: Steps, progress: Progress) -> None:
    """Assesses the lead as it is now; the first assessment pins the policy."""
    file.assessment = await steps.required(Step.ASSESS_LEAD, lambda: _assessed(file))
    progress.policy_hash = file.policy_hash


async def assess_again(file: LeadFile) -> None:
    """Assesses an amended lead; a failure is the caller's. Of two amendments at once the later one stands."""
    submission = file.submission
    assessment = await workflow.execute_activity_method(
        DecisionActivities.assess_lead,
        _question(file),
        **options.DECIDE_ASIDE,
        summary="Check the amended lead",
    )
    if file.submission is submission:
        file.assessment = assessment


async def _assessed(file: LeadFile) -> Assessment:
    return await workflow.execute_local_activity_method(
        DecisionActivities.assess_lead,
        _question(file),
        **options.DECIDE,
        summary="Normalise and check the lead",
    )


def _question(file: LeadFile) -> AssessLeadInput:
    return AssessLeadInput(
        lead_id=file.lead_id,
        submission=file.submission,
        policy_hash=file.policy_hash if file.assessed else "",
    )


async def await_details(file: LeadFile, steps: Steps, progress: Progress) -> None:
    """Asks for what is missing, reminds once, and gives up at the deadline."""
    if not _is_incomplete(file):
        return
    plan = await _plan(file, steps)
    await claim(file, steps)
    progress.advance(
        IntakeState.AWAITING_DETAILS,
        owner=plan.ask,
        waits_for="details: " + ", ".join(file.assessment.missing),
        due_at=plan.deadline,
        commands=("amend_lead",),
    )
    for occasion, deadline in (("ask", plan.remind_at), ("remind", plan.deadline)):
        async with Meanwhile() as meanwhile:
            meanwhile.start(_ask(plan, occasion, file))
            if await _completed_by(deadline, file, steps, progress):
                return
    if file.in_hand and workflow.patched(Patch.AWAIT_AMENDMENT_IN_HAND):
        await until_settled(file.in_hand)
        if await _completed_by(plan.deadline, file, steps, progress):
            return
    file.details_overdue = True


async def _completed_by(deadline: datetime, file: LeadFile, steps: Steps, progress: Progress) -> bool:
    """Waits for details: amendments come assessed, those of a repeat are assessed here."""
    while await until(deadline, lambda: file.details_came or not _is_incomplete(file), "Details"):
        if not file.details_came:
            return True
        file.details_came = False
        await assess(file, steps, progress)
    return False


def _is_incomplete(file: LeadFile) -> bool:
    return file.assessment.usability is Usability.INCOMPLETE


async def _ask(plan: DetailsPlan, occasion: str, file: LeadFile) -> None:
    await tell(
        plan.ask,
        MessageKind.DETAILS_WANTED,
        policy_hash=file.policy_hash,
        facts={"missing": ", ".join(file.assessment.missing)},
        due_at=plan.deadline,
        occasion=occasion,
    )


async def _plan(file: LeadFile, steps: Steps) -> DetailsPlan:
    question = PlanDetailsInput(policy_hash=file.policy_hash, at=workflow.now())
    return await steps.required(
        Step.PLAN_DETAILS,
        lambda: workflow.execute_local_activity_method(
            DecisionActivities.plan_details, question, **options.DECIDE, summary="Who completes it, by when"
        ),
    )
