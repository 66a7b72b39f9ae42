"""The shipped ways of onboarding, terms and access do what their words promise."""

import string
from datetime import timedelta
from typing import Any

import pytest

from contracts.access_request import AccessPlan, AccessRequest, JudgeAccessInput
from contracts.approval import ApprovalRequest, PlanApprovalInput
from contracts.assessment import PolicyPin
from contracts.failure_policy import FailureAnswer
from contracts.failures import OF_A_STEP
from contracts.names import Step
from contracts.onboarding_plan import (
    CheckPrerequisitesInput,
    JudgeTermsInput,
    OnboardingPlan,
    OnboardingStep,
    PlanOnboardingInput,
    Prerequisite,
)
from contracts.scheduling import FindSlotsInput
from rules.access import access_plan
from rules.approvals import approval_plan
from rules.customer_messages import CUSTOMER_PLACEHOLDERS
from rules.failures import cell_for
from rules.kickoff_slots import CANDIDATES_PER_SLOT, candidate_slots
from rules.onboarding_checks import ELSEWHERE, prerequisites_report, terms_verdict
from rules.onboarding_plan import forecast, onboarding_plan
from rules.policy_source import bundle_hash
from tests.rules.orders import MONDAY, details, order
from tests.rules.policy_samples import known, shipped

PIN = PolicyPin(hash=bundle_hash(shipped()), version=shipped().version)

S = OnboardingStep


def plan_for(**fields: Any) -> OnboardingPlan:
    question = PlanOnboardingInput(order=order(seller_id="p-jonas", **fields))
    return onboarding_plan(question, shipped(), PIN)


SEGMENTS: tuple[dict[str, Any], ...] = (
    {"plan": "trial", "seats": 5},
    {"plan": "team"},
    {"plan": "enterprise", "seats": 800},
)


@pytest.mark.parametrize(
    ("fields", "template"),
    [
        ({"plan": "team", "seats": 40}, "standard"),
        ({"plan": "business", "seats": 199}, "standard"),
        ({"plan": "business", "seats": 200}, "enterprise"),
        ({"plan": "enterprise", "seats": None}, "enterprise"),
        ({"plan": "trial", "seats": 5}, "self-serve"),
        ({"plan": None, "seats": None}, "standard"),
    ],
)
def test_each_segment_has_its_way(fields: dict[str, Any], template: str) -> None:
    assert plan_for(**fields).template == template


def test_the_ways_differ_in_what_they_take() -> None:
    trial, team, enterprise = (plan_for(**fields) for fields in SEGMENTS)
    everything = set(OnboardingStep)
    assert {planned.step for planned in team.steps} == {planned.step for planned in enterprise.steps}
    assert {planned.step for planned in team.steps} == everything
    assert everything - {planned.step for planned in trial.steps} == {
        S.OPEN_BILLING_CUSTOMER,
        S.START_SUBSCRIPTION,
        S.ARRANGE_KICKOFF,
        S.ASSIGN_TASKS,
        S.HAND_OVER,
    }
    # Nobody who only tries it signs a contract, and so none is waited for.
    assert Prerequisite.CONTRACT_REFERENCE not in trial.prerequisites
    after = {planned.step: planned.after for planned in enterprise.steps}
    assert S.START_SUBSCRIPTION in after[S.CREATE_WORKSPACE]


@pytest.mark.parametrize("fields", SEGMENTS, ids=lambda fields: str(fields["plan"]))
def test_a_complete_order_of_each_segment_is_onboarded_within_two_months(fields: dict[str, Any]) -> None:
    plan = plan_for(**fields)
    question = CheckPrerequisitesInput(
        policy_hash=PIN.hash,
        prerequisites=plan.prerequisites,
        details=details(**fields),
        seller_id="p-jonas",
    )
    assert all(check.met for check in prerequisites_report(question, shipped()).checks)
    finish = forecast(plan.steps, plan.clock, MONDAY, {}, {}).finish_at
    assert timedelta(days=7) < finish - MONDAY < timedelta(days=60)


@pytest.mark.parametrize("fields", SEGMENTS, ids=lambda fields: str(fields["plan"]))
def test_the_first_value_is_looked_for_within_the_budget_of_its_step(fields: dict[str, Any]) -> None:
    plan = plan_for(**fields)
    budgets = {planned.step: planned.budget for planned in plan.steps}
    assert plan.first_value_after is not None
    assert plan.first_value_after <= budgets[S.CONFIRM_FIRST_VALUE]
    if plan.kickoff is not None:
        assert plan.kickoff.first_after <= budgets[S.ARRANGE_KICKOFF]


def test_every_host_has_times_to_offer() -> None:
    for fields in SEGMENTS[1:]:
        kickoff = plan_for(**fields).kickoff
        assert kickoff is not None
        question = FindSlotsInput(
            policy_hash=PIN.hash,
            host_id=kickoff.host_id,
            since=MONDAY,
            first_after=kickoff.first_after,
            duration=kickoff.duration,
            wanted=kickoff.slots,
        )
        assert len(candidate_slots(question, shipped())) == kickoff.slots * CANDIDATES_PER_SLOT


@pytest.mark.parametrize(
    ("fields", "rule", "approval"),
    [
        ({}, None, None),
        ({"value": 1_000_000}, "terms-very-high-value", "executive-desk"),
        ({"discount_percent": 41}, "terms-deep-discount", "executive-desk"),
        ({"discount_percent": 40, "nonstandard_terms": True}, "terms-nonstandard", "terms-desk"),
        ({"region": "in", "country": "DE"}, "terms-region", "terms-desk"),
        ({"region": "in", "country": None}, "terms-region", "terms-desk"),
        ({"region": "in", "country": "IN"}, None, None),
        ({"discount_percent": 21}, "terms-discount", "deal-desk"),
        ({"discount_percent": 20}, None, None),
        ({"value": 250_000}, "terms-high-value", "deal-desk"),
        ({"value": 30, "currency": "JPY"}, "terms-currency", "deal-desk"),
        ({"value": None, "currency": None, "discount_percent": None}, None, None),
    ],
)
def test_terms_go_to_whoever_may_agree_to_them(
    fields: dict[str, Any], rule: str | None, approval: str | None
) -> None:
    question = JudgeTermsInput(policy_hash=PIN.hash, details=details(**fields), template="standard")
    found = terms_verdict(question, shipped())
    assert (found.rule, found.review.approval if found.review else None) == (rule, approval)


def access(**fields: Any) -> AccessPlan:
    parts: dict[str, Any] = {
        "request_id": "r-1",
        "person_id": "p-jonas",
        "system": "crm",
        "role": "reader",
        "reason": "a new customer",
        "requested_at": MONDAY,
    }
    return access_plan(JudgeAccessInput(request=AccessRequest(**{**parts, **fields})), shipped(), PIN)


@pytest.mark.parametrize(
    ("fields", "rule", "approval", "days"),
    [
        ({}, "ordinary", "access-desk", 90),
        ({"role": "admin"}, "privileged", "privileged-access", 7),
        ({"role": "owner", "days": 3}, "privileged", "privileged-access", 3),
        ({"system": "billing"}, "customer-money", "finance-access", 14),
        ({"system": "billing", "person_id": "p-femi"}, "ordinary", "access-desk", 90),
        ({"days": 365}, "for-long", "privileged-access", 180),
    ],
)
def test_access_is_agreed_to_by_whoever_answers_for_it(
    fields: dict[str, Any], rule: str, approval: str, days: int
) -> None:
    found = access(**fields)
    assert (found.rule, found.review.approval, found.lasts.days) == (rule, approval, days)


def approvals_of_these_processes() -> set[str]:
    onboarding, rules = known(shipped().onboarding), known(shipped().access).rules
    handovers = {
        template.handover_approval for template in onboarding.templates if template.handover_approval
    }
    terms = {row.review.approval for row in onboarding.approvals}
    return handovers | terms | {rule.approval for rule in rules}


@pytest.mark.parametrize("approval", sorted(approvals_of_these_processes()))
def test_enough_people_may_decide_whoever_asks(approval: str) -> None:
    policy = shipped().approvals.policies[approval]
    for person in shipped().people:
        entitled = {*policy.approvers, *policy.escalate_to} - {person.id}
        assert len(entitled) >= policy.quorum
        request = ApprovalRequest(
            request_id="customer-onboarding/O-1/approval",
            subject_id="customer-onboarding/O-1",
            approval=approval,
            reason="high-value",
            question="?",
            requested_by=person.id,
            policy_hash=PIN.hash,
        )
        plan = approval_plan(PlanApprovalInput(request=request, at=MONDAY), shipped())
        assert plan.expire_at > MONDAY


def test_limits_of_value_want_two_people_above_a_million() -> None:
    assert shipped().approvals.policies["executive-desk"].quorum == 2
    assert shipped().approvals.policies["privileged-access"].quorum == 2


def test_steps_that_cost_or_bind_are_neither_skipped_nor_skippable() -> None:
    table = known(shipped().failures)
    for step in (
        Step.OPEN_ACCOUNT,
        Step.OPEN_BILLING_CUSTOMER,
        Step.START_SUBSCRIPTION,
        Step.CREATE_WORKSPACE,
        Step.JUDGE_TERMS,
        Step.RECORD_ONBOARDING,
        Step.GRANT_ACCESS,
        Step.REVOKE_ACCESS,
    ):
        assert {known(cell_for(step, code, table)).then for code in OF_A_STEP} == {FailureAnswer.PARK}, step
        assert not table.steps[step].skippable, step
    assert table.steps[Step.MESSAGE_CUSTOMER].skippable


def test_every_message_to_a_customer_can_be_filled_in() -> None:
    words = known(shipped().onboarding).messages
    values = dict.fromkeys(CUSTOMER_PLACEHOLDERS, "filled")
    for template in (words.kickoff_offer, words.kickoff_offered_again, words.welcome, words.withdrawn):
        text = string.Template(f"{template.subject}\n{template.body}").substitute(values)
        assert "$" not in text


def test_every_plan_and_region_is_what_an_order_may_name() -> None:
    policy = known(shipped().onboarding)
    for name, limits in policy.plans.items():
        for region in policy.regions:
            question = CheckPrerequisitesInput(
                policy_hash=PIN.hash,
                prerequisites=tuple(one for one in Prerequisite if one not in ELSEWHERE),
                details=details(plan=name, seats=limits.least_seats, region=region),
                seller_id="p-jonas",
            )
            assert all(check.met for check in prerequisites_report(question, shipped()).checks)
