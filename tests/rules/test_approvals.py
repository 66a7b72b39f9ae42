"""Approvals: whose time counts, which decisions are refused and why, and what the others add up to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.actors import Actor
from contracts.approval import (
    ApprovalOutcome,
    ApprovalPlan,
    ApprovalRequest,
    Decision,
    PlanApprovalInput,
    RecordedDecision,
    Verdict,
)
from contracts.policy import Absence, ApprovalPolicy, ApprovalsPolicy, PolicyBundle
from rules.approvals import approval_plan, decision_problem, outcome_of
from tests.bundles import small_bundle
from tests.rules.policy_samples import shipped

HOUR = timedelta(hours=1)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MONDAY_TEN = datetime(2026, 11, 23, 10, tzinfo=BERLIN)
REQUEST = ApprovalRequest(
    request_id="lead-intake/l1/approval",
    subject_id="lead-intake/l1",
    approval="review",
    reason="near-duplicate",
    question="Is it somebody who is known?",
    requested_by="system",
    policy_hash="h",
)


def bundle(absences: dict[str, Absence] | None = None, **policy: Any) -> PolicyBundle:
    """o-ada (Berlin), then o-ben (New York), decide; m-eve (Berlin) after escalation. Offices: 9 to 17."""
    small = small_bundle()
    away = absences or {}
    people = tuple(
        person.model_copy(update={"absences": (away[person.id],)}) if person.id in away else person
        for person in small.people
    )
    parts: dict[str, Any] = {
        "approvers": ("o-ada", "o-ben"),
        "escalate_to": ("m-eve",),
        "remind_after": (2 * HOUR,),
        "escalate_after": 4 * HOUR,
        "expire_after": 8 * HOUR,
    }
    approvals = ApprovalsPolicy(
        policies={"review": ApprovalPolicy(**{**parts, **policy})},
        reasons={"near-duplicate": "It could be somebody who is known."},
    )
    return small.model_copy(update={"people": people, "approvals": approvals})


def plan(policy: PolicyBundle, at: datetime = MONDAY_TEN, *, requested_by: str = "system") -> ApprovalPlan:
    request = REQUEST.model_copy(update={"requested_by": requested_by})
    return approval_plan(PlanApprovalInput(request=request, at=at), policy)


def away(first: str, last: str) -> Absence:
    return Absence(first=date.fromisoformat(first), last=date.fromisoformat(last))


# ---------------------------------------------------------------- the plan


def test_waits_are_counted_in_the_first_approvers_office() -> None:
    made = plan(bundle())
    assert made.approvers == ("o-ada", "o-ben")
    assert made.escalation_approvers == ("m-eve",)
    assert made.remind_at == (datetime(2026, 11, 23, 12, tzinfo=BERLIN),)
    assert made.escalate_at == datetime(2026, 11, 23, 14, tzinfo=BERLIN)
    assert made.expire_at == datetime(2026, 11, 24, 10, tzinfo=BERLIN)
    assert made.reason_text == "It could be somebody who is known."


def test_a_named_calendar_counts_instead_of_the_offices() -> None:
    always = shipped().calendars["always"]
    small = bundle(calendar="always")
    made = plan(small.model_copy(update={"calendars": {**small.calendars, "always": always}}))
    assert made.expire_at == MONDAY_TEN + 8 * HOUR


def test_an_absent_approver_is_passed_over() -> None:
    made = plan(bundle({"o-ada": away("2026-11-23", "2026-12-31")}))
    assert made.approvers == ("o-ada", "o-ben"), "whoever is away may still decide"
    assert made.escalate_at == datetime(2026, 11, 23, 13, tzinfo=NEW_YORK)


def test_an_approver_who_comes_back_in_time_counts_where_nobody_else_is_there() -> None:
    monday_off = {"o-ada": away("2026-11-23", "2026-11-23"), "o-ben": away("2026-11-01", "2026-12-31")}
    made = plan(bundle(monday_off, escalate_after=10 * HOUR, expire_after=20 * HOUR))
    assert made.escalate_at == datetime(2026, 11, 24, 12, tzinfo=BERLIN), (
        "the absence does not slow the clock"
    )


def test_it_is_escalated_at_once_where_nobody_comes_back_in_time() -> None:
    nobody = {"o-ada": away("2026-11-01", "2026-12-31"), "o-ben": away("2026-01-01", "2035-12-31")}
    made = plan(bundle(nobody))
    assert made.escalate_at == MONDAY_TEN
    assert made.expire_at == datetime(2026, 11, 24, 10, tzinfo=BERLIN), "in the time of m-eve"


def test_it_still_expires_where_everybody_is_away_for_years() -> None:
    years = away("2026-01-01", "2035-12-31")
    made = plan(bundle({"o-ada": years, "o-ben": years, "m-eve": years}))
    assert made.escalate_at == MONDAY_TEN
    assert made.expire_at == datetime(2026, 11, 24, 10, tzinfo=BERLIN)


def test_nobody_to_escalate_to_leaves_only_the_expiry() -> None:
    years = away("2026-01-01", "2035-12-31")
    made = plan(bundle({"o-ada": years, "o-ben": years}, escalate_to=(), escalate_after=None))
    assert made.escalate_at is None
    assert made.expire_at == datetime(2026, 11, 24, 10, tzinfo=BERLIN)


def test_whoever_asked_does_not_set_the_clock() -> None:
    made = plan(bundle(), requested_by="o-ada")
    assert made.escalate_at == datetime(2026, 11, 23, 13, tzinfo=NEW_YORK)


def test_an_approval_that_the_policy_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="no approval 'unheard'"):
        approval_plan(
            PlanApprovalInput(request=REQUEST.model_copy(update={"approval": "unheard"}), at=MONDAY_TEN),
            bundle(),
        )


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(INSTANTS, st.sampled_from(sorted(shipped().approvals.policies)))
def test_every_shipped_approval_has_a_plan_at_any_time_in_the_right_order(at: datetime, name: str) -> None:
    request = REQUEST.model_copy(update={"approval": name})
    made = approval_plan(PlanApprovalInput(request=request, at=at), shipped())
    moments = [at, *made.remind_at, made.expire_at]
    assert moments == sorted(moments)
    assert made.escalate_at is None or at <= made.escalate_at < made.expire_at


def test_the_approver_on_long_leave_does_not_hold_up_the_deal_desk() -> None:
    at = datetime(2026, 11, 23, 15, tzinfo=UTC)
    request = REQUEST.model_copy(update={"approval": "deal-desk"})
    made = approval_plan(PlanApprovalInput(request=request, at=at), shipped())
    assert made.approvers[0] == "p-hanna"
    assert made.escalate_at == datetime(2026, 11, 23, 14, tzinfo=NEW_YORK)


# ---------------------------------------------------------------- decisions


PLAN = plan(bundle(quorum=2))


def decision(actor_id: str, **fields: Any) -> Decision:
    parts: dict[str, Any] = {
        "request_id": REQUEST.request_id,
        "verdict": Verdict.APPROVE,
        "actor": Actor(id=actor_id, assertion="signed"),
    }
    return Decision(**{**parts, **fields})


def recorded(actor: str, verdict: Verdict = Verdict.APPROVE) -> RecordedDecision:
    return RecordedDecision(verdict=verdict, actor_id=actor, at=MONDAY_TEN, door="update")


@pytest.mark.parametrize(
    ("made", "circumstances", "problem"),
    [
        (decision("o-ada"), {}, None),
        (decision("o-ben"), {"accepted": [recorded("o-ada")]}, None),
        (decision("m-eve"), {"escalated": True}, None),
        (decision("o-ada"), {"escalated": True}, None),
        (decision("o-ada", request_id="lead-intake/l2/approval"), {}, "unknown request"),
        (decision("o-ada"), {"closed": True}, "already decided"),
        (decision("o-ada", actor=Actor(id="o-ada")), {}, "unverified actor"),
        (decision("o-ada", actor=Actor(id="o-ada", assertion="  ")), {}, "unverified actor"),
        (decision("o-ada"), {"requested_by": "o-ada"}, "self-approval"),
        (decision("m-eve"), {}, "wrong person: m-eve may decide only once the request is escalated"),
        (decision("x-mallory"), {}, "wrong person: x-mallory is not an approver; asked were o-ada, o-ben"),
        (decision("x-mallory"), {"escalated": True}, "wrong person"),
        (decision("system"), {}, "self-approval"),
        (decision("o-ada"), {"accepted": [recorded("o-ada")]}, "second decision"),
        (decision("o-ada", verdict=Verdict.REJECT), {"accepted": [recorded("o-ada")]}, "second decision"),
    ],
)
def test_a_decision_is_refused_with_its_reason(
    made: Decision, circumstances: dict[str, Any], problem: str | None
) -> None:
    given_circumstances = dict(circumstances)
    request = REQUEST.model_copy(update={"requested_by": given_circumstances.pop("requested_by", "system")})
    defaults: dict[str, Any] = {"accepted": [], "escalated": False, "closed": False}
    found = decision_problem(made, request=request, plan=PLAN, **{**defaults, **given_circumstances})
    assert (found is None) if problem is None else (found or "").startswith(problem)


def test_a_refusal_never_repeats_the_proof_of_identity() -> None:
    made = decision("x-mallory", actor=Actor(id="x-mallory", assertion="secret-proof"), reason="planted")
    found = decision_problem(made, request=REQUEST, plan=PLAN, accepted=[], escalated=False, closed=False)
    assert found is not None
    assert "secret-proof" not in found
    assert "planted" not in found


@pytest.mark.parametrize(
    ("quorum", "decisions", "outcome"),
    [
        (1, [], None),
        (1, [recorded("a")], ApprovalOutcome.APPROVED),
        (2, [recorded("a")], None),
        (2, [recorded("a"), recorded("a")], None),
        (2, [recorded("a"), recorded("b")], ApprovalOutcome.APPROVED),
        (2, [recorded("a"), recorded("b", Verdict.REJECT)], ApprovalOutcome.REJECTED),
        (2, [recorded("b", Verdict.REJECT)], ApprovalOutcome.REJECTED),
    ],
)
def test_one_rejection_rejects_and_a_quorum_approves(
    quorum: int, decisions: list[RecordedDecision], outcome: ApprovalOutcome | None
) -> None:
    assert outcome_of(decisions, PLAN.model_copy(update={"quorum": quorum})) is outcome
