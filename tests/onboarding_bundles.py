"""What the small bundle of `tests/bundles.py` says about onboarding and access."""

from datetime import timedelta
from typing import Any

from contracts.access_policy import AccessPolicy, AccessRule
from contracts.onboarding_plan import OnboardingStep, Prerequisite
from contracts.onboarding_policy import (
    SELLER,
    ContractPolicy,
    CustomerMessagesPolicy,
    CustomerMessageTemplate,
    KickoffPolicy,
    OnboardingPolicy,
    OnboardingStepPolicy,
    OnboardingTemplate,
    PlanLimits,
    SupplyPolicy,
    TaskPolicy,
)
from contracts.policy import Always, ApprovalPolicy, Comparison, Op, ReviewRule
from contracts.routing import ReviewNeed

LEAN_STEPS = (
    OnboardingStep.OPEN_ACCOUNT,
    OnboardingStep.CREATE_WORKSPACE,
    OnboardingStep.INVITE_ADMIN,
    OnboardingStep.SEND_WELCOME,
    OnboardingStep.ACTIVATE_ACCOUNT,
)

ONBOARDING_REASONS = {
    "high-value": "It is worth a lot.",
    "high-discount": "It is sold for little.",
    "onboarding-handover": "The success team takes the customer over.",
    "access-request": "Somebody asks for access.",
}

ONBOARDING_APPROVALS = {
    "terms": ApprovalPolicy(approvers=("m-eve", "o-ben"), expire_after=timedelta(hours=16)),
    "two-of-three": ApprovalPolicy(
        approvers=("m-eve", "o-ben", "o-ada"), quorum=2, expire_after=timedelta(hours=16)
    ),
    "handover": ApprovalPolicy(approvers=("o-ben", "m-eve"), expire_after=timedelta(hours=16)),
    "access": ApprovalPolicy(approvers=("m-eve", "o-ada"), expire_after=timedelta(hours=8)),
}
"""Decided by people other than the seller, who is `o-ada` in most tests."""


def small_onboarding_policy(**overrides: Any) -> OnboardingPolicy:
    """Two ways: `full` takes every step, `lean` is for a trial. Any part can be given instead."""
    parts: dict[str, Any] = {
        "calendar": "office",
        "zone": "Europe/Berlin",
        "manager": "m-eve",
        "plans": {
            "trial": PlanLimits(meaning="To try it.", most_seats=10),
            "team": PlanLimits(meaning="For a team.", least_seats=5, most_seats=100),
        },
        "regions": frozenset({"eu", "us"}),
        "supply": SupplyPolicy(
            ask={**dict.fromkeys(Prerequisite, SELLER), Prerequisite.BILLING_READY: "m-eve"},
            tax_id_countries=frozenset({"DE", "FR"}),
            remind_after=(timedelta(hours=8),),
            deadline=timedelta(hours=40),
        ),
        "contract": ContractPolicy(remind_after=(timedelta(hours=16),), deadline=timedelta(hours=80)),
        "approvals": (
            ReviewRule(
                id="terms-value",
                when=Comparison(field="order.value", op=Op.GTE, value=100_000),
                review=ReviewNeed(approval="terms", reason="high-value"),
            ),
            ReviewRule(
                id="terms-discount",
                when=Comparison(field="order.discount_percent", op=Op.GT, value=30),
                review=ReviewNeed(approval="two-of-three", reason="high-discount"),
            ),
        ),
        "templates": (lean_template(), full_template()),
        "messages": CustomerMessagesPolicy(
            kickoff_offer=CustomerMessageTemplate(subject="When, $company?", body="$name, choose:\n$slots"),
            kickoff_offered_again=CustomerMessageTemplate(
                subject="Or then, $company?", body="$name, or one of these:\n$slots"
            ),
            welcome=CustomerMessageTemplate(
                subject="Welcome, $company", body="$name, $plan is ready. $sender"
            ),
            withdrawn=CustomerMessageTemplate(subject="Called off: $company", body="$name, $reason. $sender"),
        ),
    }
    return OnboardingPolicy(**{**parts, **overrides})


def full_template(**overrides: Any) -> OnboardingTemplate:
    """Every step, every prerequisite; each step may take four hours."""
    parts: dict[str, Any] = {
        "id": "full",
        "meaning": "The ordinary way.",
        "when": Always(always=True),
        "prerequisites": tuple(Prerequisite),
        "steps": steps_of(OnboardingStep),
        "tasks": (
            TaskPolicy(id="call", subject="Call them", owner="o-ben", due_after=timedelta(hours=16)),
            TaskPolicy(
                id="thank", subject="Thank who recommended us", owner=SELLER, due_after=timedelta(hours=8)
            ),
        ),
        "success_owner": "o-ben",
        "kickoff": KickoffPolicy(
            host="o-ben",
            duration=timedelta(hours=1),
            first_after=timedelta(hours=8),
            choose_within=timedelta(hours=16),
        ),
        "handover_approval": "handover",
        "first_value_after": timedelta(hours=40),
    }
    return OnboardingTemplate(**{**parts, **overrides})


def lean_template(**overrides: Any) -> OnboardingTemplate:
    """A trial: a workspace and a welcome, nothing that costs money."""
    parts: dict[str, Any] = {
        "id": "lean",
        "meaning": "They try it on their own.",
        "when": Comparison(field="order.plan", op=Op.EQ, value="trial"),
        "prerequisites": (
            Prerequisite.COMPANY,
            Prerequisite.PLAN,
            Prerequisite.SEATS,
            Prerequisite.TECHNICAL_CONTACT,
            Prerequisite.REGION,
            Prerequisite.WORKSPACE_READY,
        ),
        "steps": steps_of(LEAN_STEPS),
        "success_owner": "o-ben",
    }
    return OnboardingTemplate(**{**parts, **overrides})


def steps_of(steps: Any) -> tuple[OnboardingStepPolicy, ...]:
    """The steps as a template takes them, each in the hands of the success owner for four hours."""
    return tuple(OnboardingStepPolicy(step=step, owner="o-ben", budget=timedelta(hours=4)) for step in steps)


def small_access_policy(**overrides: Any) -> AccessPolicy:
    """A week for administrators, ninety days for everybody else."""
    parts: dict[str, Any] = {
        "rules": (
            AccessRule(
                id="admin",
                when=Comparison(field="access.role", op=Op.EQ, value="admin"),
                approval="two-of-three",
                lasts=timedelta(days=7),
            ),
            AccessRule(id="ordinary", when=Always(always=True), approval="access"),
        ),
        "manager": "m-eve",
    }
    return AccessPolicy(**{**parts, **overrides})
