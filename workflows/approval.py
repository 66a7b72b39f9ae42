"""The approval process: asks the right people, reminds, escalates and expires.

Started as a child by a run that needs a decision; the one place that waits for a verdict, for every process.
"""

import asyncio
from datetime import datetime

from temporalio import workflow

from workflows import options, search_attributes
from workflows.actors import problem_with_actor, refused
from workflows.notices import tell
from workflows.parallel import in_parallel
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
        ApprovalTask,
        CloseApprovalTaskInput,
        Decision,
        PlanApprovalInput,
        RecordedDecision,
        Verdict,
    )
    from contracts.messages import MessageKind
    from rules.approvals import decision_problem, outcome_of

_FINAL_STATES = {
    ApprovalOutcome.APPROVED: ApprovalState.APPROVED,
    ApprovalOutcome.REJECTED: ApprovalState.REJECTED,
    ApprovalOutcome.EXPIRED: ApprovalState.EXPIRED,
}


@workflow.defn
class ApprovalWorkflow:
    """One request for a decision.

    Takes the update `decide`, and the signals `approve` and `reject` as a second door with the same checks: a
    signal cannot be answered, so what it is refused for is kept in the status. Ends approved, rejected or
    expired. Lives as long as the approval's policy says; the run that asked takes it down when it ends.
    """

    @workflow.init
    def __init__(self, request: ApprovalRequest) -> None:
        self._request = request
        self._plan: ApprovalPlan | None = None
        self._progress = Progress(APPROVAL)
        self._progress.policy_hash = request.policy_hash
        self._accepted: list[RecordedDecision] = []
        self._reminders = 0
        self._escalated = False
        self._expired = False

    @workflow.run
    async def run(self, request: ApprovalRequest) -> ApprovalResult:
        """Waits for the decision."""
        try:
            plan = self._plan = await self._make_plan()
            await self._ask(plan)
            await self._await_decision(plan)
            outcome = await self._close(plan)
        except UNDO_ON:
            await asyncio.shield(self._take_out_of_inbox(ApprovalOutcome.EXPIRED))
            raise
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._result(outcome)

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
        if problem := self._formal_problem_with(decision):
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
            request=self._request,
            approvers=self._entitled(),
            quorum=self._plan.quorum if self._plan else 1,
            decisions=tuple(self._accepted),
        )

    async def _make_plan(self) -> ApprovalPlan:
        return await workflow.execute_local_activity_method(
            DecisionActivities.plan_approval,
            PlanApprovalInput(request=self._request, at=workflow.now()),
            **options.DECIDE,
            summary=f"Plan approval: {self._request.approval}",
        )

    async def _ask(self, plan: ApprovalPlan) -> None:
        self._progress.reasons = (plan.reason_text or self._request.reason,)
        self._progress.attribute(search_attributes.POLICY_HASH.value_set(self._request.policy_hash))
        if self._request.source:
            self._progress.attribute(search_attributes.LEAD_SOURCE.value_set(self._request.source))
        await in_parallel(
            workflow.execute_activity_method(
                ApprovalActivities.open_approval_task,
                self._task(plan),
                **options.KEEP_INBOX,
                summary="Put it into the inbox",
            ),
            self._tell(plan.approvers, MessageKind.APPROVAL_WANTED),
        )
        self._wait_in(ApprovalState.AWAITING_DECISION, plan)

    def _wait_in(self, state: ApprovalState, plan: ApprovalPlan) -> None:
        self._progress.advance(
            state,
            owner=", ".join(self._entitled()),
            waits_for=f"{plan.quorum} decision(s) on {self._request.reason}",
            due_at=plan.expire_at,
            commands=("decide", "approve", "reject"),
        )

    async def _await_decision(self, plan: ApprovalPlan) -> None:
        for remind_at in plan.remind_at:
            if plan.escalate_at and remind_at >= plan.escalate_at:
                break
            if await self._decided_by(remind_at, "Reminder"):
                return
            self._reminders += 1
            await self._tell(plan.approvers, MessageKind.APPROVAL_REMINDER, str(self._reminders))
        if plan.escalate_at:
            if await self._decided_by(plan.escalate_at, "Escalation"):
                return
            await self._escalate(plan)
        self._expired = not await self._decided_by(plan.expire_at, "Expiry")

    async def _decided_by(self, deadline: datetime, what: str) -> bool:
        return await until(
            deadline, lambda: self._outcome() is not None, f"{what} of {self._request.approval}"
        )

    async def _escalate(self, plan: ApprovalPlan) -> None:
        self._escalated = True
        self._wait_in(ApprovalState.ESCALATED, plan)
        await self._tell(plan.escalation_approvers, MessageKind.APPROVAL_ESCALATED)

    async def _close(self, plan: ApprovalPlan) -> ApprovalOutcome:
        outcome = self._outcome() or ApprovalOutcome.EXPIRED
        self._progress.advance(ApprovalState.CLOSING)
        late = self._entitled() if outcome is ApprovalOutcome.EXPIRED else ()
        await in_parallel(self._take_out_of_inbox(outcome), self._tell(late, MessageKind.APPROVAL_EXPIRED))
        self._progress.advance(_FINAL_STATES[outcome])
        return outcome

    async def _take_out_of_inbox(self, outcome: ApprovalOutcome) -> None:
        last = self._accepted[-1] if self._accepted else None
        await workflow.execute_activity_method(
            ApprovalActivities.close_approval_task,
            CloseApprovalTaskInput(
                request_id=self._request.request_id,
                outcome=outcome,
                decided_by=last.actor_id if last else None,
                at=workflow.now(),
            ),
            **options.KEEP_INBOX,
            summary=f"Take it out of the inbox: {outcome}",
        )

    async def _tell(self, people: tuple[str, ...], kind: MessageKind, occasion: str = "1") -> None:
        await in_parallel(*(self._tell_one(person, kind, occasion) for person in people))

    async def _tell_one(self, person: str, kind: MessageKind, occasion: str) -> None:
        untold = await tell(
            person,
            kind,
            policy_hash=self._request.policy_hash,
            facts={"question": self._request.question, "reason": self._progress.reasons[0]},
            due_at=self._plan.expire_at if self._plan else None,
            occasion=occasion,
        )
        if untold:
            self._progress.reasons = (*self._progress.reasons, f"{person} could not be told ({untold}).")

    async def _take_signal(self, door: str, decision: Decision, verdict: Verdict) -> None:
        decision = decision.model_copy(update={"verdict": verdict})
        if problem := await self._problem_with(decision):
            self._progress.refuse(door, decision.actor.id, problem)
            return
        self._accept(decision, door="signal")

    async def _problem_with(self, decision: Decision) -> str | None:
        """Checks the form, then the actor, then the form again: somebody may have decided in between."""
        await workflow.wait_condition(lambda: self._plan is not None)
        return (
            self._formal_problem_with(decision)
            or await problem_with_actor(decision.actor)
            or self._formal_problem_with(decision)
        )

    def _formal_problem_with(self, decision: Decision) -> str | None:
        if self._plan is None:
            return None
        return decision_problem(
            decision,
            request=self._request,
            plan=self._plan,
            accepted=self._accepted,
            escalated=self._escalated,
            closed=self._expired or self._outcome() is not None,
        )

    def _accept(self, decision: Decision, *, door: str) -> None:
        self._accepted.append(
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

    def _outcome(self) -> ApprovalOutcome | None:
        return outcome_of(self._accepted, self._plan) if self._plan else None

    def _entitled(self) -> tuple[str, ...]:
        if self._plan is None:
            return ()
        escalation = self._plan.escalation_approvers if self._escalated else ()
        return tuple(dict.fromkeys((*self._plan.approvers, *escalation)))

    def _task(self, plan: ApprovalPlan) -> ApprovalTask:
        return ApprovalTask(
            request_id=self._request.request_id,
            subject_id=self._request.subject_id,
            approval=self._request.approval,
            reason=self._request.reason,
            question=self._request.question,
            approvers=plan.approvers,
            opened_at=workflow.now(),
            due_at=plan.expire_at,
        )

    def _result(self, outcome: ApprovalOutcome) -> ApprovalResult:
        corrections = [d.corrected_category for d in self._accepted if d.corrected_category]
        identities = [d.same_person for d in self._accepted if d.same_person is not None]
        return ApprovalResult(
            outcome=outcome,
            decisions=tuple(self._accepted),
            reminders=self._reminders,
            escalated=self._escalated,
            corrected_category=corrections[-1] if corrections else None,
            same_person=identities[-1] if identities else None,
        )
