"""Comparing a lead with who is known already and with leads in flight."""

from temporalio import workflow

from workflows import options
from workflows.lead_file import LeadFile
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities
    from activities.matching import MatchingActivities
    from contracts.matching import JudgeMatchInput, MatchCandidates, MatchVerdict
    from contracts.names import Step


async def find_match(file: LeadFile, steps: Steps) -> MatchVerdict:
    """Claims the lead as in flight, looks for others, and judges how they relate."""
    candidates = await _find(file, steps)
    open_runs = tuple(other for other in candidates.in_flight if other.lead_id not in file.ended_lead_ids)
    question = JudgeMatchInput(
        assessment=file.assessment, candidates=candidates.model_copy(update={"in_flight": open_runs})
    )
    return await steps.required(
        Step.JUDGE_MATCH,
        lambda: workflow.execute_local_activity_method(
            DecisionActivities.judge_match,
            question,
            **options.DECIDE,
            summary="New, known, a repeat, or for a person",
        ),
    )


async def claim(file: LeadFile, steps: Steps) -> None:
    """Claims the identities of a lead that must wait, so that a repeat which knows more finds it."""
    if file.lead.email or file.lead.phone:
        await _find(file, steps)


async def _find(file: LeadFile, steps: Steps) -> MatchCandidates:
    return await steps.required(
        Step.FIND_MATCHES,
        lambda: workflow.execute_activity_method(
            MatchingActivities.find_matches,
            file.find_matches_input(),
            **options.CRM_READ,
            summary="Look for who is already known",
        ),
    )
