"""Everything that one approval run knows about its request."""

from dataclasses import dataclass, field

from temporalio import workflow

from workflows.known import known

with workflow.unsafe.imports_passed_through():
    from contracts.approval import (
        ApprovalOutcome,
        ApprovalPlan,
        ApprovalRequest,
        ApprovalResult,
        ApprovalTask,
        CloseApprovalTaskInput,
        Decision,
        RecordedDecision,
    )
    from rules.approvals import decision_problem, outcome_of


@dataclass
class ApprovalFile:
    """The request, whom it is asked of and until when, and what was decided."""

    request: ApprovalRequest
    _plan: ApprovalPlan | None = None
    decisions: list[RecordedDecision] = field(default_factory=list)
    """Those that were accepted."""
    reminders: int = 0
    escalated: bool = False
    expired: bool = False

    @property
    def plan(self) -> ApprovalPlan:
        """Whom to ask, and when to do what."""
        return known(self._plan, "the approval's plan")

    @plan.setter
    def plan(self, plan: ApprovalPlan) -> None:
        self._plan = plan

    @property
    def planned(self) -> bool:
        """Whether there is a plan yet."""
        return self._plan is not None

    @property
    def quorum(self) -> int:
        """How many approvals approve."""
        return self._plan.quorum if self._plan else 1

    @property
    def entitled(self) -> tuple[str, ...]:
        """Who may decide right now."""
        if self._plan is None:
            return ()
        escalation = self._plan.escalation_approvers if self.escalated else ()
        return tuple(dict.fromkeys((*self._plan.approvers, *escalation)))

    @property
    def outcome(self) -> ApprovalOutcome | None:
        """What the decisions add up to; None while nothing is decided."""
        return outcome_of(self.decisions, self._plan) if self._plan else None

    def problem_with(self, decision: Decision) -> str | None:
        """Why a decision cannot be taken, whoever sends it; None if it can, or if there is no plan yet."""
        if self._plan is None:
            return None
        return decision_problem(
            decision,
            request=self.request,
            plan=self._plan,
            accepted=self.decisions,
            escalated=self.escalated,
            closed=self.expired or self.outcome is not None,
        )

    def task(self) -> ApprovalTask:
        """What the inbox shows."""
        return ApprovalTask(
            request_id=self.request.request_id,
            subject_id=self.request.subject_id,
            approval=self.request.approval,
            reason=self.request.reason,
            question=self.request.question,
            approvers=self.plan.approvers,
            opened_at=workflow.now(),
            due_at=self.plan.expire_at,
            asking=_asking(),
        )

    def closing(self, outcome: ApprovalOutcome) -> CloseApprovalTaskInput:
        """What takes it out of the inbox."""
        return CloseApprovalTaskInput(
            request_id=self.request.request_id,
            asking=_asking(),
            outcome=outcome,
            decided_by=self.decisions[-1].actor_id if self.decisions else None,
            at=workflow.now(),
        )

    def result(self, outcome: ApprovalOutcome) -> ApprovalResult:
        """What the run that asked gets back."""
        corrections = [d.corrected_category for d in self.decisions if d.corrected_category]
        identities = [d.same_person for d in self.decisions if d.same_person is not None]
        return ApprovalResult(
            outcome=outcome,
            decisions=tuple(self.decisions),
            reminders=self.reminders,
            escalated=self.escalated,
            corrected_category=corrections[-1] if corrections else None,
            same_person=identities[-1] if identities else None,
        )


def _asking() -> str:
    """Stays the same through a reset, which asks nobody anew."""
    return workflow.info().original_execution_run_id
