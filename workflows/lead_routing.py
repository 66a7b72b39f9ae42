"""Deciding where a lead goes."""

from temporalio import workflow

from workflows import options, search_attributes
from workflows.lead_file import LeadFile
from workflows.progress import Progress
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities
    from contracts.names import Step


async def route_lead(file: LeadFile, steps: Steps, progress: Progress) -> None:
    """Asks the pinned policy where the lead goes, and shows why."""
    route = file.route = await steps.required(
        Step.ROUTE_LEAD,
        lambda: workflow.execute_local_activity_method(
            DecisionActivities.route_lead, file.route_input(), **options.DECIDE, summary="Where it goes"
        ),
    )
    progress.explain(route.reasons)
    progress.attribute(search_attributes.LEAD_PATH.value_set(route.path))
