"""Whom to ask for a decision and until when, which decisions count, and what they add up to."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.approval import (
    ApprovalOutcome,
    ApprovalPlan,
    ApprovalRequest,
    Decision,
    PlanApprovalInput,
    RecordedDecision,
    Verdict,
)
from contracts.policy import ApprovalPolicy, Calendar, PolicyBundle
from rules.business_time import add_business_time
from rules.staff import back_at, calendar_of, is_there, person_of


def approval_plan(request: PlanApprovalInput, bundle: PolicyBundle) -> ApprovalPlan:
    """The plan, in the business time of the first approver who is there and may decide.

    An approver counts as there who is at work at their next regular opening; failing any, who comes back
    before the request would be escalated. Where nobody does, it is escalated at once, and the time of the
    first escalation approver who is there counts.

    Raises:
        ValueError: the policy knows no such approval, or names a person or calendar that it does not know.
    """
    asked, at = request.request, request.at
    policy = bundle.approvals.policies.get(asked.approval)
    if policy is None:
        raise ValueError(f"the policy has no approval {asked.approval!r}")
    able = [name for name in policy.approvers if name != asked.requested_by]
    clock = _clock(able, policy, bundle, at)
    escalate_at: datetime | None = None
    if clock is None:
        escalate_at = at if policy.escalate_to else None
        first = _clock_of(policy.approvers[0], policy, bundle)
        clock = _clock(policy.escalate_to, policy, bundle, at) or first
    elif policy.escalate_to and policy.escalate_after is not None:
        escalate_at = clock.after(at, policy.escalate_after)
    return ApprovalPlan(
        approvers=policy.approvers,
        escalation_approvers=policy.escalate_to,
        quorum=policy.quorum,
        remind_at=tuple(clock.after(at, wait) for wait in sorted(policy.remind_after)),
        escalate_at=escalate_at,
        expire_at=clock.after(at, policy.expire_after),
        reason_text=bundle.approvals.reasons.get(asked.reason, asked.reason),
    )


def decision_problem(
    decision: Decision,
    *,
    request: ApprovalRequest,
    plan: ApprovalPlan,
    accepted: Sequence[RecordedDecision],
    escalated: bool,
    closed: bool,
) -> str | None:
    """Why a decision cannot be taken, in plain words for whoever sent it; None if it can.

    Whether the actor's assertion holds is another question: here it only has to be there.
    """
    actor = decision.actor.id
    entitled = plan.approvers if not escalated else (*plan.approvers, *plan.escalation_approvers)
    early = actor in plan.escalation_approvers and not escalated
    asked = ", ".join(plan.approvers)
    refusals = (
        (decision.request_id != request.request_id, "unknown request: the decision names another one"),
        (closed, "already decided: this request is closed"),
        (not decision.actor.assertion.strip(), "unverified actor: decide through a door that signs you in"),
        (actor == request.requested_by, f"self-approval: {actor} asked for this decision and cannot take it"),
        (
            actor not in entitled,
            f"wrong person: {actor} may decide only once the request is escalated"
            if early
            else f"wrong person: {actor} is not an approver; asked were {asked}",
        ),
        (
            any(earlier.actor_id == actor for earlier in accepted),
            f"second decision: {actor} has decided already",
        ),
    )
    return next((reason for refused, reason in refusals if refused), None)


def outcome_of(accepted: Iterable[RecordedDecision], plan: ApprovalPlan) -> ApprovalOutcome | None:
    """What the decisions add up to: one rejection rejects, a quorum approves; None while it is open."""
    decisions = tuple(accepted)
    if any(decision.verdict is Verdict.REJECT for decision in decisions):
        return ApprovalOutcome.REJECTED
    approvers = {decision.actor_id for decision in decisions if decision.verdict is Verdict.APPROVE}
    return ApprovalOutcome.APPROVED if len(approvers) >= plan.quorum else None


class _Clock(NamedTuple):
    """Office hours that waiting is counted in. Absences choose the clock, they do not slow it."""

    calendar: Calendar
    zone: str

    def after(self, at: datetime, wait: timedelta) -> datetime:
        return add_business_time(at, wait, self.calendar, self.zone)


def _clock(names: Iterable[str], policy: ApprovalPolicy, bundle: PolicyBundle, at: datetime) -> _Clock | None:
    """The clock of the first who is there, else of the first who comes back in time; None without one."""
    clocks = [(person_of(bundle, name), _clock_of(name, policy, bundle)) for name in names]
    for person, clock in clocks:
        if is_there(person, clock.calendar, at):
            return clock
    patience = policy.expire_after if policy.escalate_after is None else policy.escalate_after
    for person, clock in clocks:
        back = back_at(person, clock.calendar, at)
        if back is not None and back < clock.after(at, patience):
            return clock
    return None


def _clock_of(name: str, policy: ApprovalPolicy, bundle: PolicyBundle) -> _Clock:
    person = person_of(bundle, name)
    return _Clock(calendar_of(bundle, policy.calendar or person.calendar), person.zone)
