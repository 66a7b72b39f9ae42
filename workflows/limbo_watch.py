"""The sweep that looks for work that is left lying. A schedule starts it; a person may."""

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from workflows import options

with workflow.unsafe.imports_passed_through():
    from activities.limbo import LimboActivities
    from contracts.failures import FailureCode
    from contracts.limbo import CRM_KINDS, PARTS, LimboSweep, LimboSweepResult, SweepLimboInput

PAGES_OF_A_RUN = 50
"""Then it goes on as new: a sweep of thousands keeps a short history."""


@workflow.defn(versioning_behavior=VersioningBehavior.PINNED)
class LimboWatchWorkflow:
    """One sweep.

    Started by the schedule `limbo-watch`, which skips a sweep while the one before is under way. Takes no
    messages. Ends with how much it found and told; fails at its end where the CRM did not answer, which keeps
    nobody from hearing of the rest. Lives seconds; continues as new where there is much.
    """

    @workflow.init
    def __init__(self, sweep: LimboSweep) -> None:
        self._sweep = sweep

    @workflow.run
    async def run(self, sweep: LimboSweep) -> LimboSweepResult:
        """Looks through every part, page by page."""
        pages = 0
        while self._sweep.part < len(PARTS):
            if pages >= PAGES_OF_A_RUN or workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._sweep)
            await self._look_at_a_page()
            pages += 1
        if self._sweep.missed:
            raise ApplicationError(
                f"the CRM was not looked through: {', '.join(self._sweep.missed)}",
                type=FailureCode.UNAVAILABLE,
            )
        return LimboSweepResult(found=self._sweep.found, told=self._sweep.told)

    @workflow.query(description="How far the sweep has come.")
    def get_status(self) -> LimboSweep:
        """Says which part is looked through, and what was found and told so far."""
        return self._sweep

    async def _look_at_a_page(self) -> None:
        sweep, at = self._sweep, self._sweep.at or workflow.now()
        part = PARTS[sweep.part]
        try:
            swept = await workflow.execute_activity_method(
                LimboActivities.sweep_limbo,
                SweepLimboInput(part=part, cursor=sweep.cursor, policy_hash=sweep.policy_hash, at=at),
                **options.SWEEP_LIMBO,
                summary=f"What is left lying: {part}",
            )
        except ActivityError as error:
            if part not in CRM_KINDS or is_cancelled_exception(error):
                raise
            missed = {"part": sweep.part + 1, "cursor": "", "at": at, "missed": (*sweep.missed, part)}
            self._sweep = sweep.model_copy(update=missed)
            return
        self._sweep = LimboSweep(
            part=sweep.part if swept.cursor else sweep.part + 1,
            cursor=swept.cursor,
            policy_hash=swept.policy_hash,
            at=at,
            found=sweep.found + swept.found,
            told=sweep.told + swept.told,
            missed=sweep.missed,
        )
