"""Compares the CRM's own schema with what the policy maps to it. A schedule starts it; a person may."""

from temporalio import workflow
from temporalio.common import VersioningBehavior

from workflows import options

with workflow.unsafe.imports_passed_through():
    from activities.crm_mapping import CrmMappingActivities
    from activities.notifications import NotificationActivities
    from contracts.crm_drift import (
        CompareCrmMappingInput,
        CrmDriftResult,
        CrmDriftWatch,
        CrmMappingCompared,
    )
    from contracts.notices import NotifyPersonInput
    from rules.crm_drift import news_of


@workflow.defn(versioning_behavior=VersioningBehavior.PINNED)
class CrmDriftWatchWorkflow:
    """One comparison.

    Started by the schedule `crm-drift-watch`, which hands each run the result of the last one that ended
    well: so an operator is told of a field once, and once more when everything fits again. Takes no messages.
    Fails where the CRM does not say what it holds or the operator cannot be told; the next one tries again.
    """

    @workflow.init
    def __init__(self, watch: CrmDriftWatch) -> None:
        self._before: CrmDriftResult | None = workflow.get_last_completion_result(CrmDriftResult)
        self._compared: CrmMappingCompared | None = None

    @workflow.run
    async def run(self, watch: CrmDriftWatch) -> CrmDriftResult:
        """Compares, and tells what is new."""
        compared = self._compared = await self._compare()
        info = workflow.info()
        news = news_of(self._before, compared, info.workflow_id, info.first_execution_run_id)
        if news:
            await self._tell(news)
        return CrmDriftResult(crm=compared.crm, drift=compared.drift, told=news is not None)

    @workflow.query(description="What the CRM cannot hold of the policy's mapping.")
    def get_status(self) -> CrmMappingCompared | None:
        """Says what this run has found; nothing while the CRM has not answered."""
        return self._compared

    async def _compare(self) -> CrmMappingCompared:
        return await workflow.execute_activity_method(
            CrmMappingActivities.compare_crm_mapping,
            CompareCrmMappingInput(),
            **options.COMPARE_CRM_MAPPING,
            summary="Whether the CRM holds every field of crm.yaml",
        )

    async def _tell(self, news: NotifyPersonInput) -> None:
        await workflow.execute_activity_method(
            NotificationActivities.notify_person,
            news,
            **options.TELL_CRM_DRIFT,
            summary=f"{news.kind}: {news.recipient_id}",
        )
