"""How a lead is followed after hand-over: deadlines, which outcomes can be reported, and what they mean."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import timedelta

from contracts.crm import DEAL_STAGE_MOVES, TICKET_STAGE_MOVES, DealStage, TicketStage
from contracts.follow_through import (
    CLOSING_OUTCOMES,
    REASON_REQUIRED,
    FollowThroughPlan,
    LeadOutcome,
    OutcomeReport,
    PlanFollowThroughInput,
)
from contracts.matching import WorkKind
from contracts.policy import PolicyBundle
from rules.business_time import add_business_time
from rules.staff import calendar_of, chain_of, first_there, person_of

NEEDS_A_DEAL: frozenset[LeadOutcome] = frozenset(
    {LeadOutcome.PROPOSAL_SENT, LeadOutcome.CLOSED_WON, LeadOutcome.CLOSED_LOST}
)
"""Reported on a deal, or after `deal_created` said that there is one by now."""

AFTER_CLOSING: Mapping[LeadOutcome, frozenset[LeadOutcome]] = {
    LeadOutcome.DISQUALIFIED: frozenset({LeadOutcome.DEAL_CREATED}),
    LeadOutcome.CLOSED_LOST: frozenset({LeadOutcome.DEAL_CREATED}),
    LeadOutcome.CLOSED_WON: frozenset(),
    LeadOutcome.TICKET_RESOLVED: frozenset(),
}
"""What can still come after an outcome that closed the lead: it came back as a new deal, or nothing.

`workflow_error` is left out: it speaks of the process, not of the lead, so it can always be reported and
bars nothing.
"""

STAGES: Mapping[WorkKind, Mapping[LeadOutcome, str]] = {
    WorkKind.DEAL: {
        LeadOutcome.QUALIFIED: DealStage.QUALIFIED,
        LeadOutcome.CALL_BOOKED: DealStage.CALL_BOOKED,
        LeadOutcome.PROPOSAL_SENT: DealStage.PROPOSAL_SENT,
        LeadOutcome.CLOSED_WON: DealStage.CLOSED_WON,
        LeadOutcome.CLOSED_LOST: DealStage.CLOSED_LOST,
        LeadOutcome.DISQUALIFIED: DealStage.CLOSED_LOST,
    },
    WorkKind.TICKET: {
        LeadOutcome.TICKET_RESOLVED: TicketStage.RESOLVED,
        LeadOutcome.DISQUALIFIED: TicketStage.RESOLVED,
    },
    WorkKind.ENROLMENT: {},
}
"""The CRM stage that an outcome means. A no-show or a done task moves nothing."""

MOVES: Mapping[WorkKind, Mapping[str, frozenset[str]]] = {
    WorkKind.DEAL: {stage.value: frozenset(moves) for stage, moves in DEAL_STAGE_MOVES.items()},
    WorkKind.TICKET: {stage.value: frozenset(moves) for stage, moves in TICKET_STAGE_MOVES.items()},
    WorkKind.ENROLMENT: {},
}


def follow_through_plan(request: PlanFollowThroughInput, bundle: PolicyBundle) -> FollowThroughPlan:
    """The deadlines in the owner's office hours; an absence of the owner does not put them off.

    Raises:
        ValueError: the bundle knows no such SLA, owner or calendar.
    """
    rule = bundle.follow_through.get(request.sla)
    if rule is None:
        raise ValueError(f"the policy has no follow-through rule {request.sla!r}")
    owner = person_of(bundle, request.owner_id)
    calendar = calendar_of(bundle, owner.calendar)
    remind_after = max(rule.acknowledge_within - rule.remind_before, timedelta(0))
    outcome_by = add_business_time(request.since, rule.outcome_within, calendar, owner.zone)
    return FollowThroughPlan(
        remind_at=add_business_time(request.since, remind_after, calendar, owner.zone),
        acknowledge_by=add_business_time(request.since, rule.acknowledge_within, calendar, owner.zone),
        outcome_by=outcome_by,
        flag_again_at=add_business_time(outcome_by, rule.flag_again_after, calendar, owner.zone),
        manager_id=_manager_of(bundle, request),
        max_reassignments=rule.max_reassignments,
    )


def outcome_problem(
    report: OutcomeReport, *, work_kind: WorkKind | None, previous: Iterable[LeadOutcome]
) -> str | None:
    """Why an outcome cannot be recorded, in plain words; None if it can.

    The same report sent twice is for the caller to recognise, by its `report_id`.
    """
    outcome, earlier = report.outcome, tuple(previous)
    if outcome in REASON_REQUIRED and not report.reason.strip():
        return f"outcome {outcome} needs a reason"
    if outcome is LeadOutcome.WORKFLOW_ERROR:
        return None
    if problem := _kind_problem(outcome, work_kind, earlier):
        return problem
    closed_as = _closed_as(earlier)
    if closed_as is not None and outcome not in AFTER_CLOSING[closed_as]:
        allowed = ", ".join((*sorted(AFTER_CLOSING[closed_as]), LeadOutcome.WORKFLOW_ERROR))
        return f"the lead is closed as {closed_as}; after that it takes only: {allowed}"
    return None


def stage_for(outcome: LeadOutcome, work_kind: WorkKind | None) -> str | None:
    """The CRM stage that an outcome means for that kind of work; None if it means none."""
    return STAGES[work_kind].get(outcome) if work_kind is not None else None


def stage_path(current: str, target: str, work_kind: WorkKind) -> tuple[str, ...] | None:
    """The shortest way of declared moves from one stage to another, without the first.

    Empty where the work is there already; None where no declared moves lead there.
    """
    moves = MOVES[work_kind]
    waiting: deque[tuple[str, ...]] = deque([(current,)])
    seen = {current}
    while waiting:
        path = waiting.popleft()
        if path[-1] == target:
            return path[1:]
        for stage in sorted(moves.get(path[-1], frozenset()) - seen):
            seen.add(stage)
            waiting.append((*path, stage))
    return None


def _kind_problem(
    outcome: LeadOutcome, work_kind: WorkKind | None, earlier: tuple[LeadOutcome, ...]
) -> str | None:
    if outcome is LeadOutcome.TICKET_RESOLVED and work_kind is not WorkKind.TICKET:
        return "outcome ticket_resolved is for support tickets only"
    if outcome is LeadOutcome.DEAL_CREATED and work_kind is WorkKind.TICKET:
        return "outcome deal_created is not for support tickets: submit the new request as a lead of its own"
    has_deal = work_kind is WorkKind.DEAL or LeadOutcome.DEAL_CREATED in earlier
    if outcome in NEEDS_A_DEAL and not has_deal:
        return f"outcome {outcome} is for deals only; report deal_created first if there is one by now"
    return None


def _closed_as(earlier: tuple[LeadOutcome, ...]) -> LeadOutcome | None:
    """The outcome that the lead is closed with; a deal created afterwards opens it again."""
    closed_as: LeadOutcome | None = None
    for outcome in earlier:
        if outcome is LeadOutcome.DEAL_CREATED:
            closed_as = None
        elif outcome in CLOSING_OUTCOMES and outcome is not LeadOutcome.WORKFLOW_ERROR:
            closed_as = outcome
    return closed_as


def _manager_of(bundle: PolicyBundle, request: PlanFollowThroughInput) -> str:
    """The nearest manager who is there; whoever has no manager answers for themselves."""
    above = [person.id for person in chain_of(bundle, request.owner_id)][1:]
    return first_there(bundle, above[0], request.since).id if above else request.owner_id
