"""Checking, some time after a customer went live, that they got something out of what they bought."""

from temporalio import workflow

from workflows import options
from workflows.account_records import AccountRecords
from workflows.known import known
from workflows.onboarding_file import OnboardingFile
from workflows.onboarding_notices import say
from workflows.progress import Progress
from workflows.steps import Steps
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.provisioning import ProvisioningActivities
    from contracts.messages import MessageKind
    from contracts.names import Step
    from contracts.onboarding_states import OnboardingState
    from contracts.provisioning import ReadUsageInput, Usage
    from rules.onboarding_plan import instant_after

NOTHING_YET = "They got nothing out of it yet: find out why"
NOT_KNOWN = "Nobody can tell whether they got something out of it: ask them"
"""The subject of the task, where the product cannot say."""


class ValueCheck:
    """Looks once; where nothing came of it, the success owner gets a task and is told."""

    def __init__(
        self, file: OnboardingFile, progress: Progress, steps: Steps, records: AccountRecords
    ) -> None:
        self._file = file
        self._progress = progress
        self._steps = steps
        self._records = records

    async def confirm(self) -> None:
        """Waits, looks, and says what it saw."""
        plan = self._file.plan
        after = known(plan.first_value_after, "the time of the first-value check")
        due_at = instant_after(plan.clock, workflow.now(), after)
        self._progress.advance(
            OnboardingState.AWAITING_FIRST_VALUE,
            owner=plan.success_owner_id,
            waits_for="the day on which first value is checked",
            due_at=due_at,
            commands=("cancel_onboarding",),
        )
        await until(due_at, lambda: False, "First-value check")
        self._progress.advance(OnboardingState.SETTING_UP)
        usage = await self._usage()
        self._file.first_value = usage.first_value_at is not None
        if not self._file.first_value:
            subject = NOTHING_YET if usage.known else NOT_KNOWN
            await self._records.task(subject, plan.success_owner_id, "first-value")
            await say(self._file, plan.success_owner_id, MessageKind.FIRST_VALUE_MISSING, {})

    async def _usage(self) -> Usage:
        workspace_id = known(self._file.workspace_id, "the workspace")
        return await self._steps.required(
            Step.READ_USAGE,
            lambda: workflow.execute_activity_method(
                ProvisioningActivities.read_usage,
                ReadUsageInput(workspace_id=workspace_id),
                **options.PROVISION,
                summary="Whether they got something out of it",
            ),
        )
