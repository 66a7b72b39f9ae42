"""Reading a lead's text: classification and summary, only where the policy wants a text read."""

from temporalio import workflow

from workflows import options
from workflows.known import known
from workflows.lead_file import LeadFile
from workflows.parallel import in_parallel
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities
    from activities.reading import ReadingActivities, StandInReadingActivities
    from contracts.classification import ClassifyLeadInput, JudgeUnreadInput, SummariseTranscriptInput
    from contracts.ids import effect_key
    from contracts.names import Step


async def read_lead(file: LeadFile, steps: Steps) -> None:
    """Classifies and summarises side by side, as the reading plan says."""
    plan = file.assessment.reading
    wanted = [
        *([_classify(file, steps)] if plan.classify else []),
        *([_summarise(file, steps)] if plan.summarise else []),
    ]
    await in_parallel(*wanted)


async def _classify(file: LeadFile, steps: Steps) -> None:
    key = effect_key(workflow.info().workflow_id, Step.CLASSIFY_LEAD)
    request = ClassifyLeadInput(key=key, policy_hash=file.policy_hash, text=file.text)
    file.classification = await steps.optional(
        Step.CLASSIFY_LEAD,
        lambda: workflow.execute_activity_method(
            ReadingActivities.classify_lead, request, **options.CLASSIFY, summary="Classify the text"
        ),
        instead=lambda _: workflow.execute_activity_method(
            StandInReadingActivities.classify_by_words,
            request,
            **options.READ_BY_WORDS,
            summary="Classify the text by its words",
        ),
    )
    if file.classification is None:
        # Nobody could read it: recorded as such, so that the policy sends it to a person.
        file.classification = await steps.required(
            Step.CLASSIFY_LEAD,
            lambda: workflow.execute_activity_method(
                DecisionActivities.judge_unread,
                JudgeUnreadInput(policy_hash=file.policy_hash, reason="no classifier could read the text"),
                **options.DECIDE_ASIDE,
                summary="Not classified",
            ),
        )


async def _summarise(file: LeadFile, steps: Steps) -> None:
    key = effect_key(workflow.info().workflow_id, Step.SUMMARISE_TRANSCRIPT)
    file.summary = await steps.optional(
        Step.SUMMARISE_TRANSCRIPT,
        lambda: workflow.execute_activity_method(
            ReadingActivities.summarise_transcript,
            SummariseTranscriptInput(
                key=key,
                policy_hash=file.policy_hash,
                transcript=known(file.submission.transcript, "the transcript"),
            ),
            **options.CLASSIFY,
            summary="Summarise the transcript",
        ),
    )
