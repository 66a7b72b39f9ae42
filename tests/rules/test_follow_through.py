"""Follow-through: deadlines in the owner's office, outcomes that make sense, and what stages they mean."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.actors import Actor
from contracts.crm import DEAL_STAGE_MOVES, DealStage, TicketStage
from contracts.follow_through import (
    CLOSING_OUTCOMES,
    FollowThroughPlan,
    LeadOutcome,
    OutcomeReport,
    PlanFollowThroughInput,
)
from contracts.matching import WorkKind
from contracts.policy import Absence, PolicyBundle
from rules.follow_through import AFTER_CLOSING, follow_through_plan, outcome_problem, stage_for, stage_path
from tests.bundles import small_bundle
from tests.rules.policy_samples import shipped

BERLIN = ZoneInfo("Europe/Berlin")
DEAL, TICKET, ENROLMENT = WorkKind.DEAL, WorkKind.TICKET, WorkKind.ENROLMENT
O = LeadOutcome  # noqa: E741 - read as "outcome" in the tables below


def plan(bundle: PolicyBundle, owner: str, since: datetime, sla: str = "standard") -> FollowThroughPlan:
    return follow_through_plan(
        PlanFollowThroughInput(policy_hash="h", sla=sla, owner_id=owner, since=since), bundle
    )


def test_deadlines_are_counted_in_the_owners_office() -> None:
    # 9 to 17: acknowledge within 4 h, remind 1 h before, an outcome within 80 h (ten days), again after 40 h.
    made = plan(small_bundle(), "o-ada", datetime(2026, 11, 23, 15, tzinfo=BERLIN))
    assert made.remind_at == datetime(2026, 11, 24, 10, tzinfo=BERLIN)
    assert made.acknowledge_by == datetime(2026, 11, 24, 11, tzinfo=BERLIN)
    assert made.outcome_by == datetime(2026, 12, 7, 15, tzinfo=BERLIN)
    assert made.flag_again_at == datetime(2026, 12, 14, 15, tzinfo=BERLIN)
    assert (made.manager_id, made.max_reassignments) == ("m-eve", 1)


def test_the_same_hand_over_is_due_at_another_time_in_another_zone() -> None:
    since = datetime(2026, 11, 23, 15, tzinfo=BERLIN)
    assert plan(small_bundle(), "o-ben", since).acknowledge_by == datetime(
        2026, 11, 23, 13, tzinfo=ZoneInfo("America/New_York")
    )


def test_an_absence_of_the_owner_puts_nothing_off() -> None:
    small = small_bundle()
    off = Absence(first=date(2026, 11, 24), last=date(2035, 1, 1))
    people = tuple(person.model_copy(update={"absences": (off,)}) for person in small.people)
    since = datetime(2026, 11, 23, 15, tzinfo=BERLIN)
    bundle = small.model_copy(update={"people": people})
    assert plan(bundle, "o-ada", since) == plan(small, "o-ada", since)


def test_an_absent_manager_is_stood_in_for_by_theirs() -> None:
    bundle = shipped()
    since = datetime(2026, 11, 23, 15, tzinfo=UTC)
    off = Absence(first=date(2026, 11, 1), last=date(2026, 12, 1))
    people = tuple(
        person.model_copy(update={"absences": (off,)}) if person.id == "p-maya" else person
        for person in bundle.people
    )
    assert plan(bundle, "p-jonas", since, "sales-fast").manager_id == "p-maya"
    without_maya = bundle.model_copy(update={"people": people})
    assert plan(without_maya, "p-jonas", since, "sales-fast").manager_id == "p-elena"
    assert plan(bundle, "p-elena", since, "sales-fast").manager_id == "p-elena"


def test_what_the_policy_does_not_know_is_an_error() -> None:
    since = datetime(2026, 11, 23, 15, tzinfo=UTC)
    with pytest.raises(ValueError, match="no follow-through rule 'unheard'"):
        plan(small_bundle(), "o-ada", since, "unheard")
    with pytest.raises(ValueError, match="no person 'o-nobody'"):
        plan(small_bundle(), "o-nobody", since)


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    INSTANTS,
    st.sampled_from(sorted(shipped().follow_through)),
    st.sampled_from([person.id for person in shipped().people]),
)
def test_every_shipped_plan_runs_in_order_for_everybody_at_any_time(
    since: datetime, sla: str, owner: str
) -> None:
    made = plan(shipped(), owner, since, sla)
    moments = [since, made.remind_at, made.acknowledge_by, made.outcome_by, made.flag_again_at]
    assert moments == sorted(moments)
    assert made.remind_at < made.acknowledge_by < made.outcome_by < made.flag_again_at


# ---------------------------------------------------------------- outcomes


def problem(
    outcome: LeadOutcome, kind: WorkKind | None, *previous: LeadOutcome, reason: str = "because"
) -> str | None:
    report = OutcomeReport(outcome=outcome, actor=Actor(id="o-ada"), reason=reason, report_id="r1")
    return outcome_problem(report, work_kind=kind, previous=previous)


@pytest.mark.parametrize("outcome", [O.DISQUALIFIED, O.CLOSED_LOST, O.WORKFLOW_ERROR])
def test_an_outcome_that_teaches_nothing_without_a_reason_needs_one(outcome: LeadOutcome) -> None:
    assert problem(outcome, DEAL, reason=" ") == f"outcome {outcome} needs a reason"
    assert problem(outcome, DEAL) is None


@pytest.mark.parametrize(
    ("outcome", "kinds"),
    [
        (O.QUALIFIED, {DEAL, TICKET, ENROLMENT, None}),
        (O.DISQUALIFIED, {DEAL, TICKET, ENROLMENT, None}),
        (O.CALL_BOOKED, {DEAL, TICKET, ENROLMENT, None}),
        (O.NO_SHOW, {DEAL, TICKET, ENROLMENT, None}),
        (O.TASK_COMPLETED, {DEAL, TICKET, ENROLMENT, None}),
        (O.TICKET_RESOLVED, {TICKET}),
        (O.DEAL_CREATED, {DEAL, ENROLMENT, None}),
        (O.PROPOSAL_SENT, {DEAL}),
        (O.CLOSED_WON, {DEAL}),
        (O.CLOSED_LOST, {DEAL}),
        (O.WORKFLOW_ERROR, {DEAL, TICKET, ENROLMENT, None}),
    ],
)
def test_an_outcome_fits_its_kind_of_work(outcome: LeadOutcome, kinds: set[WorkKind | None]) -> None:
    assert {kind for kind in (*WorkKind, None) if problem(outcome, kind) is None} == kinds


def test_a_nurtured_lead_that_became_a_deal_can_be_won() -> None:
    assert problem(O.CLOSED_WON, ENROLMENT) is not None
    assert problem(O.CLOSED_WON, ENROLMENT, O.QUALIFIED, O.DEAL_CREATED) is None


@pytest.mark.parametrize(
    ("previous", "allowed"),
    [
        ((O.CLOSED_WON,), {O.WORKFLOW_ERROR}),
        ((O.CLOSED_LOST,), {O.DEAL_CREATED, O.WORKFLOW_ERROR}),
        ((O.QUALIFIED, O.DISQUALIFIED), {O.DEAL_CREATED, O.WORKFLOW_ERROR}),
        ((O.CLOSED_LOST, O.WORKFLOW_ERROR), {O.DEAL_CREATED, O.WORKFLOW_ERROR}),
        ((O.WORKFLOW_ERROR,), set(LeadOutcome) - {O.TICKET_RESOLVED}),
        ((O.CLOSED_LOST, O.DEAL_CREATED), set(LeadOutcome) - {O.TICKET_RESOLVED}),
    ],
)
def test_after_a_closing_outcome_only_what_makes_sense_is_taken(
    previous: tuple[LeadOutcome, ...], allowed: set[LeadOutcome]
) -> None:
    assert {outcome for outcome in LeadOutcome if problem(outcome, DEAL, *previous) is None} == allowed


def test_a_resolved_ticket_takes_nothing_more() -> None:
    taken = {outcome for outcome in LeadOutcome if problem(outcome, TICKET, O.TICKET_RESOLVED) is None}
    assert taken == {O.WORKFLOW_ERROR}
    assert "closed as ticket_resolved" in (problem(O.TASK_COMPLETED, TICKET, O.TICKET_RESOLVED) or "")


def test_every_closing_outcome_says_what_can_follow() -> None:
    assert set(AFTER_CLOSING) == CLOSING_OUTCOMES - {O.WORKFLOW_ERROR}


def test_a_refusal_does_not_repeat_the_reason_that_somebody_wrote() -> None:
    assert "planted" not in (problem(O.CLOSED_LOST, TICKET, reason="planted") or "")


# ---------------------------------------------------------------- stages


@pytest.mark.parametrize(
    ("outcome", "kind", "stage"),
    [
        (O.QUALIFIED, DEAL, DealStage.QUALIFIED),
        (O.CALL_BOOKED, DEAL, DealStage.CALL_BOOKED),
        (O.PROPOSAL_SENT, DEAL, DealStage.PROPOSAL_SENT),
        (O.CLOSED_WON, DEAL, DealStage.CLOSED_WON),
        (O.CLOSED_LOST, DEAL, DealStage.CLOSED_LOST),
        (O.DISQUALIFIED, DEAL, DealStage.CLOSED_LOST),
        (O.NO_SHOW, DEAL, None),
        (O.TASK_COMPLETED, DEAL, None),
        (O.DEAL_CREATED, DEAL, None),
        (O.WORKFLOW_ERROR, DEAL, None),
        (O.TICKET_RESOLVED, TICKET, TicketStage.RESOLVED),
        (O.DISQUALIFIED, TICKET, TicketStage.RESOLVED),
        (O.QUALIFIED, TICKET, None),
        (O.QUALIFIED, ENROLMENT, None),
        (O.CLOSED_WON, ENROLMENT, None),
        (O.QUALIFIED, None, None),
    ],
)
def test_an_outcome_means_a_stage(outcome: LeadOutcome, kind: WorkKind | None, stage: str | None) -> None:
    assert stage_for(outcome, kind) == stage


@pytest.mark.parametrize(
    ("current", "target", "kind", "path"),
    [
        ("new", "qualified", DEAL, ("qualified",)),
        ("new", "closed_won", DEAL, ("proposal_sent", "closed_won")),
        ("proposal_sent", "qualified", DEAL, ("call_booked", "qualified")),
        ("qualified", "qualified", DEAL, ()),
        ("closed_lost", "closed_won", DEAL, None),
        ("closed_won", "new", DEAL, None),
        ("open", "resolved", TICKET, ("resolved",)),
        ("open", "unheard", TICKET, None),
        ("enrolled", "qualified", ENROLMENT, None),
    ],
)
def test_the_way_to_a_stage_takes_declared_moves_only(
    current: str, target: str, kind: WorkKind, path: tuple[str, ...] | None
) -> None:
    assert stage_path(current, target, kind) == path


@given(st.sampled_from(DealStage), st.sampled_from(DealStage))
def test_every_move_of_a_path_is_declared(current: DealStage, target: DealStage) -> None:
    path = stage_path(current, target, DEAL)
    if path is not None:
        stages = [current, *map(DealStage, path)]
        assert stages[-1] is target
        assert all(after in DEAL_STAGE_MOVES[before] for before, after in pairwise(stages))
        assert len(set(stages)) == len(stages)
