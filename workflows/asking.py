"""Asking people for a decision through an approval of its own, for every process."""

from temporalio import workflow

from workflows import options
from workflows.approval import ApprovalWorkflow
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from contracts.approval import ApprovalRequest, ApprovalResult
    from contracts.names import Patch, Step


async def ask_people(request: ApprovalRequest, steps: Steps) -> ApprovalResult:
    """Asks, and waits for how that ends; an approval that is lost parks the run, and is asked again."""

    async def ask() -> ApprovalResult:
        return await workflow.execute_child_workflow(
            ApprovalWorkflow.run,
            request,
            id=request.request_id,
            **options.ASK_PEOPLE,
            static_summary=f"Approval: {request.reason}",
            static_details=request.question,
        )

    return await steps.required(Step.ASK_APPROVAL, ask, since=Patch.PARK_LOST_APPROVALS)
