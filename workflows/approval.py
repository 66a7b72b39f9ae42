"""The approval process: asks the right people, reminds, escalates and expires.

Started as a child by a run that needs a decision; the one place that waits for a verdict, for every process.
What it knows of the request stands in `workflows/approval_file.py`.
"""

from datetime import datetime

from temporalio import workflow
from temporalio.common import VersioningBehavior

from workflows import options, search_attributes
from workflows.actors import problem_with_actor, refused
from workflows.approval_file import ApprovalFile
from workflows.notices import tell
from workflows.parallel import Meanwhile, in_parallel, to_the_end
from workflows.progress import Progress
from workflows.saga import UNDO_ON
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.approvals import ApprovalActivities
    from activities.decisions import DecisionActivities
    from contracts.approval import (
        APPROVAL,
        ApprovalOutcome,
        ApprovalPlan,
        ApprovalRequest,
        ApprovalResult,
        ApprovalState,
        ApprovalStatus,
        Decision,
        PlanApprovalInput,
        RecordedDecision,
        Verdict,
    )
    from contracts.messages import MessageKind

_FINAL_STATES = {
    ApprovalOutcome.APPROVED: ApprovalState.APPROVED,
    ApprovalOutcome.REJECTED: ApprovalState.REJECTED,
    ApprovalOutcome.EXPIRED: ApprovalState.EXPIRED,
}


@workflow.defn(versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class ApprovalWorkflow:
    """One request for a decision.

    Takes the update `decide`, and the signals `approve` and `reject` as a second door with the same checks: a
    signal cannot be answered, so what it is refused for is kept in the status. Ends approved, rejected or
    expired. Lives as long as the approval's policy says; the run that asked takes it down when it ends.
    """

    @workflow.init
    def __init__(self, request: ApprovalRequest) -> None:
        self._file = ApprovalFile(request)
        self._progress = Progress(APPROVAL)
        self._progress.policy_hash = request.policy_hash

    @workflow.run
    async def run(self, request: ApprovalRequest) -> ApprovalResult:
        """Waits for the decision."""
        try:
            plan = self._file.plan = await self._make_plan()
            self._show_request(plan)
            async with Meanwhile() as meanwhile:
                meanwhile.start(self._tell(plan.approvers, MessageKind.APPROVAL_WANTED))
                await self._put_into_inbox()
                await self._await_decision(plan, meanwhile)
            outcome = await self._close()
        except UNDO_ON:
            await to_the_end(self._withdraw())
            raise
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._file.result(outcome)

    @workflow.update(description="Approve or reject. Refused with the reason if it is not yours to decide.")
    async def decide(self, decision: Decision) -> ApprovalStatus:
        """Takes a decision; idempotent by update id."""
        if problem := await self._problem_with(decision):
            self._progress.refuse("decide", decision.actor.id, problem)
            raise refused(problem)
        self._accept(decision, door="update")
        return self.get_status()

    @decide.validator
    def validate_decide(self, decision: Decision) -> None:
        """Refuses what needs no look at the actor's assertion; leaves no trace in the history."""
        if problem := self._file.problem_with(decision):
            raise refused(problem)

    @workflow.signal(description="Approve. A refusal is shown in the status.")
    async def approve(self, decision: Decision) -> None:
        """The second door for an approval."""
        await self._take_signal("approve", decision, Verdict.APPROVE)

    @workflow.signal(description="Reject. A refusal is shown in the status.")
    async def reject(self, decision: Decision) -> None:
        """The second door for a rejection."""
        await self._take_signal("reject", decision, Verdict.REJECT)

    @workflow.query(description="How the approval stands.")
    def get_status(self) -> ApprovalStatus:
        """Says who is asked, until when, and what was decided or refused."""
        return ApprovalStatus(
            **self._progress.status_fields(),
            request=self._file.request,
            approvers=self._file.entitled,
            quorum=self._file.quorum,
            decisions=tuple(self._file.decisions),
        )

    async def _make_plan(self) -> ApprovalPlan:
        request = self._file.request
        return await workflow.execute_local_activity_method(
            DecisionActivities.plan_approval,
            PlanApprovalInput(request=request, at=workflow.now()),
            **options.DECIDE,
            summary=f"Plan approval: {request.approval}",
        )

    def _show_request(self, plan: ApprovalPlan) -> None:
        request = self._file.request
        self._progress.explain((plan.reason_text or request.reason,))
        self._progress.attribute(search_attributes.POLICY_HASH.value_set(request.policy_hash))
        if request.source:
            self._progress.attribute(search_attributes.LEAD_SOURCE.value_set(request.source))

    async def _put_into_inbox(self) -> None:
        await workflow.execute_activity_method(
            ApprovalActivities.open_approval_task,
            self._file.task(),
            **options.KEEP_INBOX,
            summary="Put it into the inbox",
        )

    async def _await_decision(self, plan: ApprovalPlan, meanwhile: Meanwhile) -> None:
        self._wait_in(ApprovalState.AWAITING_DECISION)
        for remind_at in plan.remind_at:
            if plan.escalate_at and remind_at >= plan.escalate_at:
                break
            if await self._decided_by(remind_at, "Reminder"):
                return
            self._file.reminders += 1
            occasion = str(self._file.reminders)
            meanwhile.start(self._tell(plan.approvers, MessageKind.APPROVAL_REMINDER, occasion))
        if plan.escalate_at:
            if await self._decided_by(plan.escalate_at, "Escalation"):
                return
            self._file.escalated = True
            self._wait_in(ApprovalState.ESCALATED)
            meanwhile.start(self._tell(plan.escalation_approvers, MessageKind.APPROVAL_ESCALATED))
        self._file.expired = not await self._decided_by(plan.expire_at, "Expiry")

    def _wait_in(self, state: ApprovalState) -> None:
        self._progress.advance(
            state,
            owner=", ".join(self._file.entitled),
            waits_for=f"{self._file.quorum} decision(s) on {self._file.request.reason}",
            due_at=self._file.plan.expire_at,
            commands=("decide", "approve", "reject"),
        )

    async def _decided_by(self, deadline: datetime, what: str) -> bool:
        return await until(
            deadline, lambda: self._file.outcome is not None, f"{what} of {self._file.request.approval}"
        )

    async def _close(self) -> ApprovalOutcome:
        outcome = self._file.outcome or ApprovalOutcome.EXPIRED
        self._progress.advance(ApprovalState.CLOSING)
        late = self._file.entitled if outcome is ApprovalOutcome.EXPIRED else ()
        await in_parallel(self._take_out_of_inbox(outcome), self._tell(late, MessageKind.APPROVAL_EXPIRED))
        self._progress.advance(_FINAL_STATES[outcome])
        return outcome

    async def _withdraw(self) -> None:
        """Leaves nothing in the inbox that nobody can decide any more."""
        if self._progress.state in (ApprovalState.AWAITING_DECISION, ApprovalState.ESCALATED):
            self._progress.advance(ApprovalState.CLOSING)
        await self._take_out_of_inbox(ApprovalOutcome.EXPIRED)

    async def _take_out_of_inbox(self, outcome: ApprovalOutcome) -> None:
        await workflow.execute_activity_method(
            ApprovalActivities.close_approval_task,
            self._file.closing(outcome),
            **options.KEEP_INBOX,
            summary=f"Take it out of the inbox: {outcome}",
        )

    async def _tell(self, people: tuple[str, ...], kind: MessageKind, occasion: str = "1") -> None:
        await in_parallel(*(self._tell_one(person, kind, occasion) for person in people))

    async def _tell_one(self, person: str, kind: MessageKind, occasion: str) -> None:
        untold = await tell(
            person,
            kind,
            policy_hash=self._file.request.policy_hash,
            facts={"question": self._file.request.question, "reason": self._progress.reasons[0]},
            due_at=self._file.plan.expire_at,
            occasion=occasion,
        )
        if untold:
            self._progress.note(f"{person} could not be told ({untold}).")

    async def _take_signal(self, door: str, decision: Decision, verdict: Verdict) -> None:
        decision = decision.model_copy(update={"verdict": verdict})
        if problem := await self._problem_with(decision):
            self._progress.refuse(door, decision.actor.id, problem)
            return
        self._accept(decision, door="signal")

    async def _problem_with(self, decision: Decision) -> str | None:
        """Checks the form, then the actor, then the form again: somebody may have decided in between."""
        await workflow.wait_condition(lambda: self._file.planned)
        return (
            self._file.problem_with(decision)
            or await problem_with_actor(decision.actor)
            or self._file.problem_with(decision)
        )

    def _accept(self, decision: Decision, *, door: str) -> None:
        self._file.decisions.append(
            RecordedDecision(
                verdict=decision.verdict,
                actor_id=decision.actor.id,
                reason=decision.reason,
                corrected_category=decision.corrected_category,
                same_person=decision.same_person,
                at=workflow.now(),
                door=door,
            )
        )
