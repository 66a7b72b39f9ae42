"""Assessing a lead, and waiting for somebody to complete one that cannot be used as it came."""

from temporalio import workflow

from workflows import options
from workflows.lead_file import LeadFile
from workflows.notices import tell
from workflows.progress import Progress
from workflows.steps import Steps
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities
    from contracts.assessment import AssessLeadInput, Assessment, Usability
    from contracts.lead_intake import DetailsPlan, IntakeState, PlanDetailsInput
    from contracts.messages import MessageKind
    from contracts.names import Step


async def assess(file: LeadFile, steps: Steps, progress: Progress) -> None:
    """Assesses the lead as it is now; the first assessment pins the policy."""
    file.assessment = await steps.required(Step.ASSESS_LEAD, lambda: assess_once(file))
    progress.policy_hash = file.policy_hash


async def assess_once(file: LeadFile) -> Assessment:
    """Assesses the lead; a failure is the caller's."""
    return await workflow.execute_local_activity_method(
        DecisionActivities.assess_lead,
        AssessLeadInput(
            lead_id=file.lead_id,
            submission=file.submission,
            policy_hash=file.policy_hash if file.assessed else "",
        ),
        **options.DECIDE,
        summary="Normalise and check the lead",
    )


async def await_details(file: LeadFile, steps: Steps, progress: Progress) -> None:
    """Asks for what is missing, reminds once, and gives up at the deadline; handlers assess what arrives."""
    if file.assessment.usability is not Usability.INCOMPLETE:
        return
    plan = await _plan(file, steps)
    progress.advance(
        IntakeState.AWAITING_DETAILS,
        owner=plan.ask,
        waits_for="details: " + ", ".join(file.assessment.missing),
        due_at=plan.deadline,
        commands=("amend_lead",),
    )
    for occasion, deadline in (("ask", plan.remind_at), ("remind", plan.deadline)):
        await tell(
            plan.ask,
            MessageKind.DETAILS_WANTED,
            policy_hash=file.policy_hash,
            facts={"missing": ", ".join(file.assessment.missing)},
            due_at=plan.deadline,
            occasion=occasion,
        )
        if await until(deadline, lambda: file.assessment.usability is not Usability.INCOMPLETE, "Details"):
            return
    file.details_overdue = True


async def _plan(file: LeadFile, steps: Steps) -> DetailsPlan:
    question = PlanDetailsInput(policy_hash=file.policy_hash, at=workflow.now())
    return await steps.required(
        Step.PLAN_DETAILS,
        lambda: workflow.execute_local_activity_method(
            DecisionActivities.plan_details, question, **options.DECIDE, summary="Who completes it, by when"
        ),
    )
