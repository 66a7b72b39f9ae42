"""The follow-through process: a handed-over lead is taken up, and what became of it is known.

How it is taken up stands in `workflows/take_up.py`, how outcomes are recorded in `workflows/outcomes.py`.
"""

from temporalio import workflow
from temporalio.common import VersioningBehavior

from workflows import search_attributes
from workflows.actors import refused, verified
from workflows.effects import Effects
from workflows.follow_through_file import FollowThroughFile
from workflows.outcomes import Outcomes
from workflows.progress import Progress
from workflows.saga import Saga
from workflows.steps import Steps
from workflows.take_up import TakeUp
from workflows.won_deal import onboard_if_won

with workflow.unsafe.imports_passed_through():
    from contracts.follow_through import (
        LEAD_FOLLOW_THROUGH,
        Acknowledgement,
        FollowThroughOrder,
        FollowThroughResult,
        FollowThroughState,
        FollowThroughStatus,
        OutcomeReport,
    )
    from contracts.status import Resolution
    from rules.follow_through import outcome_problem


@workflow.defn(versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class LeadFollowThroughWorkflow:
    """One lead after hand-over, until its outcome is known.

    Started by intake, or by an outcome that comes in after it was closed. Takes the updates `acknowledge`,
    `record_outcome` and `resolve`. Ends closed, with the outcome. Lives weeks; continues as new when its
    history grows long.
    """

    @workflow.init
    def __init__(self, order: FollowThroughOrder) -> None:
        self._file = FollowThroughFile(
            order, acknowledged=order.acknowledged, recorded=list(order.previous_outcomes)
        )
        self._progress = Progress(LEAD_FOLLOW_THROUGH)
        self._progress.policy_hash = order.policy_hash
        self._steps = Steps(
            self._progress, parked_state=FollowThroughState.PARKED, commands=("resolve", "record_outcome")
        )
        # Nothing here is undone, each effect records or replaces: the saga is there and stays unused.
        effects = Effects(self._progress, self._steps, Saga())
        self._take_up = TakeUp(self._file, self._progress, self._steps, effects)
        self._outcomes = Outcomes(self._file, self._progress, effects)

    @workflow.run
    async def run(self, order: FollowThroughOrder) -> FollowThroughResult:
        """Follows the lead."""
        self._show_order(order)
        await self._take_up.plan(order.handed_over_at)
        await self._take_up.await_acknowledgement()
        outcome = await self._outcomes.await_closing()
        await onboard_if_won(self._file)
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._progress.advance(FollowThroughState.CLOSED)
        return FollowThroughResult(
            lead_id=order.lead_id,
            outcome=outcome,
            owner_id=self._file.order.owner_id,
            onboarding_id=self._file.onboarding_id,
        )

    @workflow.update(description="The owner has seen the lead and takes it.")
    async def acknowledge(self, acknowledgement: Acknowledgement) -> FollowThroughStatus:
        """Stops the clock; the same owner may say it twice."""
        await verified(acknowledgement.actor)
        self.validate_acknowledge(acknowledgement)
        self._file.acknowledged = True
        return self.get_status()

    @acknowledge.validator
    def validate_acknowledge(self, acknowledgement: Acknowledgement) -> None:
        """Refuses whoever does not own the lead."""
        owner_id = self._file.order.owner_id
        if acknowledgement.actor.id != owner_id:
            raise refused(f"the lead is not yours: its owner is {owner_id}")

    @workflow.update(description="Record what became of the lead.")
    async def record_outcome(self, report: OutcomeReport) -> FollowThroughStatus:
        """Takes an outcome; the same report id is one outcome."""
        await verified(report.actor)
        self.validate_record_outcome(report)
        self._file.report(report)
        return self.get_status()

    @record_outcome.validator
    def validate_record_outcome(self, report: OutcomeReport) -> None:
        """Refuses an outcome that does not fit the lead or lacks its reason."""
        if report.report_id in self._file.report_ids:
            return
        problem = outcome_problem(
            report, work_kind=self._file.order.work_kind, previous=self._file.known_outcomes
        )
        if problem:
            raise refused(problem)

    @workflow.update(description="Retry, skip or abandon a parked step.")
    async def resolve(self, resolution: Resolution) -> FollowThroughStatus:
        """Takes a person's answer to a parked step."""
        await self._steps.resolve(resolution)
        return self.get_status()

    @resolve.validator
    def validate_resolve(self, resolution: Resolution) -> None:
        """Refuses an answer to a step that is not parked, or that may not be skipped."""
        self._steps.refuse_unfit(resolution)

    @workflow.query(description="How the follow-through stands.")
    def get_status(self) -> FollowThroughStatus:
        """Says who has the lead, what is awaited until when, and which outcomes are known."""
        order = self._file.order
        return FollowThroughStatus(
            **self._progress.status_fields(),
            lead_id=order.lead_id,
            owner_id=order.owner_id,
            acknowledged=self._file.acknowledged,
            reassignments=order.reassignments,
            outcomes=tuple(self._file.recorded),
            onboarding_id=self._file.onboarding_id,
        )

    def _show_order(self, order: FollowThroughOrder) -> None:
        self._progress.attribute(search_attributes.LEAD_PATH.value_set(order.path))
        self._progress.attribute(search_attributes.POLICY_HASH.value_set(order.policy_hash))
        if order.source:
            self._progress.attribute(search_attributes.LEAD_SOURCE.value_set(order.source))
