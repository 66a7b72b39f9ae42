"""Recording what became of a lead, and flagging one of which nobody says."""

from datetime import datetime

from temporalio import workflow

from workflows import options
from workflows.effects import Effects
from workflows.follow_through_file import FollowThroughFile
from workflows.notices import tell
from workflows.progress import Progress
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.crm import CrmActivities
    from activities.ledger import LedgerActivities
    from contracts.crm import MoveStageInput
    from contracts.follow_through import (
        CLOSING_OUTCOMES,
        FollowThroughState,
        LeadOutcome,
        OutcomeRecord,
        OutcomeReport,
    )
    from contracts.messages import MessageKind
    from contracts.names import Step
    from rules.follow_through import stage_for


class Outcomes:
    """Waits for outcomes and records them, until one closes the lead."""

    def __init__(self, file: FollowThroughFile, progress: Progress, effects: Effects) -> None:
        self._file = file
        self._progress = progress
        self._effects = effects

    async def await_closing(self) -> LeadOutcome:
        """Returns the outcome that closes the lead; past the horizon it flags again and again."""
        plan = self._file.plan
        flag_at, flags = self._next_flag()
        while True:
            if closing := await self._record_reports():
                return closing
            if closed := self._closed_before():
                patience = workflow.now() + options.REOPENED_FOR
                self._wait(patience)
                if not await self._reported_by(patience):
                    return closed
                continue
            self._wait(flag_at)
            if not await self._reported_by(flag_at):
                flags += 1
                flag_at += plan.flag_again_at - plan.outcome_by
                self._wait(flag_at)
                await self._flag(flags)
            if workflow.info().is_continue_as_new_suggested() and not self._file.reports:
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._file.continued())

    async def _record_reports(self) -> LeadOutcome | None:
        """Records what was reported; returns the last outcome if it closes the lead."""
        last: LeadOutcome | None = None
        while self._file.reports:
            last = await self._record(self._file.reports[0])
        return last if last in CLOSING_OUTCOMES else None

    async def _record(self, report: OutcomeReport) -> LeadOutcome:
        order = self._file.order
        if self._progress.state != FollowThroughState.RECORDING:
            self._progress.advance(FollowThroughState.RECORDING)
        await self._effects.required(
            Step.RECORD_OUTCOME,
            lambda key: workflow.execute_activity_method(
                LedgerActivities.record_outcome,
                OutcomeRecord(
                    key=key,
                    lead_id=order.lead_id,
                    outcome=report.outcome,
                    reason=report.reason,
                    actor_id=report.actor.id,
                    at=workflow.now(),
                    rule=order.rule,
                ),
                **options.RECORD,
                summary=f"Record the outcome: {report.outcome}",
            ),
            lambda recorded: recorded.key,
            occasion=report.report_id,
        )
        await self._move_stage(report)
        self._file.recorded.append(report.outcome)
        if report.outcome is LeadOutcome.CLOSED_WON:
            self._file.won = report
        self._file.reports.pop(0)
        return report.outcome

    async def _move_stage(self, report: OutcomeReport) -> None:
        """Moves the CRM's stage along; a move that the CRM refuses is answered as the policy says."""
        order = self._file.order
        work_id, stage = order.work_id, stage_for(report.outcome, order.work_kind)
        if work_id is None or stage is None:
            return
        await self._effects.optional(
            Step.MOVE_STAGE,
            lambda key: workflow.execute_activity_method(
                CrmActivities.move_stage,
                MoveStageInput(key=key, work_id=work_id, stage=stage, reason=report.reason or None),
                **options.CRM_WRITE,
                summary=f"Move the stage to {stage}",
            ),
            lambda work: work.id,
            occasion=report.report_id,
        )

    def _wait(self, due_at: datetime) -> None:
        overdue = workflow.now() >= self._file.plan.outcome_by
        state = FollowThroughState.WITHOUT_OUTCOME if overdue else FollowThroughState.AWAITING_OUTCOME
        if self._progress.state == state:
            self._progress.expect(due_at=due_at)
            return
        self._progress.advance(
            state,
            owner=self._file.order.owner_id,
            waits_for="an outcome",
            due_at=due_at,
            commands=("record_outcome",),
        )

    async def _flag(self, flags: int) -> None:
        order = self._file.order
        for person in dict.fromkeys((order.owner_id, self._file.plan.manager_id)):
            await tell(
                person,
                MessageKind.OUTCOME_WANTED,
                policy_hash=order.policy_hash,
                facts={"lead": order.lead_id, "owner": order.owner_id},
                occasion=str(flags),
            )

    def _next_flag(self) -> tuple[datetime, int]:
        """When to flag next, and how many flags lie behind; those of an earlier run are not made up for."""
        plan = self._file.plan
        flag_at, flags, again = plan.outcome_by, 0, plan.flag_again_at - plan.outcome_by
        resumed = self._file.order.reopened or workflow.info().continued_run_id is not None
        while resumed and again and flag_at <= workflow.now():
            flag_at, flags = flag_at + again, flags + 1
        return flag_at, flags

    def _closed_before(self) -> LeadOutcome | None:
        """The outcome that a reopened run was closed with, unless something came after it."""
        last = self._file.recorded[-1] if self._file.recorded else None
        return last if last in CLOSING_OUTCOMES else None

    async def _reported_by(self, deadline: datetime) -> bool:
        return await until(deadline, lambda: bool(self._file.reports), "Outcome")
