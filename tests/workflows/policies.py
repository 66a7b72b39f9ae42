"""Policy bundles for the tests of the processes: offices that never close, reviews where one is wanted."""

from datetime import time, timedelta
from typing import Any

from contracts.failure_policy import FailureAnswer, StepPolicy
from contracts.names import Step
from contracts.policy import (
    ApprovalPolicy,
    ApprovalsPolicy,
    Calendar,
    Comparison,
    FollowThroughRule,
    Op,
    OpeningHours,
    PolicyBundle,
    ReviewRule,
    RoutingPolicy,
)
from contracts.routing import ReviewNeed
from tests.bundles import failure_table, small_bundle, small_routing_rules
from tests.onboarding_bundles import ONBOARDING_APPROVALS, ONBOARDING_REASONS

ALL_DAY = (OpeningHours(opens=time(0), closes=time(0)),)

AROUND_THE_CLOCK = Calendar(hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ALL_DAY))

UNSURE = ReviewRule(
    id="unsure",
    when=Comparison(field="classification.needs_person", op=Op.EQ, value=True),
    review=ReviewNeed(approval="review", reason="low-confidence"),
)
"""Sends what no classifier is sure of to a person."""

EVERY_LEAD = ReviewRule(
    id="every-lead",
    when=Comparison(field="lead.has_email", op=Op.EXISTS, value=True),
    review=ReviewNeed(approval="review", reason="near-duplicate"),
)
"""Sends every lead to a person."""


def house_rules(
    *, reviews: tuple[ReviewRule, ...] = (UNSURE,), steps: dict[Step, StepPolicy] | None = None, **parts: Any
) -> PolicyBundle:
    """The small bundle, always open; steps park and may not be skipped, unless said otherwise."""
    given: dict[str, Any] = {
        "calendars": {"office": AROUND_THE_CLOCK},
        "routing": RoutingPolicy(rules=small_routing_rules(), reviews=reviews),
        "failures": failure_table(steps),
        "follow_through": {
            "standard": FollowThroughRule(
                acknowledge_within=timedelta(hours=4),
                remind_before=timedelta(hours=1),
                outcome_within=timedelta(hours=80),
                flag_again_after=timedelta(hours=40),
                max_reassignments=1,
            )
        },
        "approvals": approvals(),
    }
    return small_bundle(**{**given, **parts})


def undo_on(*steps: Step) -> dict[Step, StepPolicy]:
    """These steps undo the run where they cannot be done."""
    return dict.fromkeys(steps, StepPolicy(answer=FailureAnswer.UNDO))


def skippable(*steps: Step) -> dict[Step, StepPolicy]:
    """These steps park, and a person may skip them."""
    return dict.fromkeys(steps, StepPolicy(skippable=True))


def approvals(**fields: Any) -> ApprovalsPolicy:
    """One approval, asked of two; a third may decide once it is escalated."""
    given: dict[str, Any] = {
        "approvers": ("o-ada", "o-ben"),
        "escalate_to": ("m-eve",),
        "remind_after": (timedelta(hours=2),),
        "escalate_after": timedelta(hours=4),
        "expire_after": timedelta(hours=8),
    }
    return ApprovalsPolicy(
        policies={"review": ApprovalPolicy(**{**given, **fields}), **ONBOARDING_APPROVALS},
        reasons={
            **ONBOARDING_REASONS,
            "near-duplicate": "It could be somebody who is known.",
            "low-confidence": "The classifier is not sure.",
        },
    )
