"""Asking a person about a lead before anything is done."""

from temporalio import workflow

from workflows.asking import ask_people
from workflows.known import known
from workflows.lead_file import LeadFile
from workflows.progress import Progress
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from contracts.actors import SYSTEM
    from contracts.approval import ApprovalRequest, ApprovalResult
    from contracts.ids import approval_workflow_id
    from contracts.lead_intake import IntakeState
    from contracts.routing import ReviewNeed
    from rules import messages
    from rules.matching import reviewed


async def ask_for_review(
    need: ReviewNeed, file: LeadFile, steps: Steps, progress: Progress
) -> ApprovalResult:
    """Asks through an approval of its own, and waits for how that ends."""
    workflow_id = workflow.info().workflow_id
    approval_id = file.approval_id = approval_workflow_id(workflow_id)
    progress.advance(IntakeState.IN_REVIEW, waits_for=f"a decision on {need.reason} at {approval_id}")
    request = ApprovalRequest(
        request_id=approval_id,
        subject_id=workflow_id,
        approval=need.approval,
        reason=need.reason,
        question=messages.approval_question(file.lead, file.route),
        requested_by=SYSTEM,
        policy_hash=file.policy_hash,
        source=file.lead.source,
    )
    result = await ask_people(request, steps)
    file.decided_by += [decision.actor_id for decision in result.decisions]
    file.corrected_category = result.corrected_category
    file.match = reviewed(known(file.match, "the match"), same_person=result.same_person is True)
    return result
