"""Access is agreed to by whom the policy says, and never lasts longer than it says."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.access_policy import AccessRule
from contracts.access_request import AccessPlan, AccessRequest, JudgeAccessInput
from contracts.policy import Comparison, Op, PolicyBundle
from contracts.routing import ReviewNeed, Truth
from rules.access import access_plan, access_question
from tests.bundles import small_bundle
from tests.onboarding_bundles import small_access_policy
from tests.rules.orders import MONDAY, PIN


def request(**fields: Any) -> AccessRequest:
    parts: dict[str, Any] = {
        "request_id": "r-1",
        "person_id": "o-ben",
        "system": "crm",
        "role": "editor",
        "reason": "to clean up old records",
        "requested_at": MONDAY,
    }
    return AccessRequest(**{**parts, **fields})


def plan(bundle: PolicyBundle | None = None, **fields: Any) -> AccessPlan:
    return access_plan(JudgeAccessInput(request=request(**fields)), bundle or small_bundle(), PIN)


def test_the_first_rule_that_holds_says_who_must_agree() -> None:
    found = plan(role="admin")
    assert (found.rule, found.pin, found.manager_id) == ("admin", PIN, "m-eve")
    assert found.review == ReviewNeed(approval="two-of-three", reason="access-request")
    ordinary = plan()
    assert (ordinary.rule, ordinary.review.approval) == ("ordinary", "access")
    assert [(tried.rule, tried.truth) for tried in ordinary.trace] == [
        ("admin", Truth.FALSE),
        ("ordinary", Truth.TRUE),
    ]


@pytest.mark.parametrize(
    ("role", "days", "lasts"),
    [("editor", None, 90), ("editor", 14, 14), ("editor", 900, 90), ("admin", None, 7), ("admin", 8, 7)],
)
def test_it_lasts_as_asked_for_and_never_longer_than_the_policy_allows(
    role: str, days: int | None, lasts: int
) -> None:
    assert plan(role=role, days=days).lasts == timedelta(days=lasts)


@pytest.mark.parametrize("days", [0, -1, 10_000_000])
def test_a_time_that_is_none_cannot_be_asked_for(days: int) -> None:
    with pytest.raises(ValidationError):
        request(days=days)


def test_a_rule_may_look_at_the_roles_of_the_person() -> None:
    sales = AccessRule(
        id="sales",
        when=Comparison(field="person.roles", op=Op.CONTAINS, value="sales"),
        approval="access",
        reason="near-duplicate",
        lasts=timedelta(days=30),
    )
    rules = (sales, *small_access_policy().rules)
    bundle = small_bundle(access=small_access_policy(rules=rules))
    assert plan(bundle, person_id="o-ben").review.reason == "near-duplicate"
    assert plan(bundle, person_id="m-eve").rule == "ordinary"


@pytest.mark.parametrize(
    ("access", "person", "problem"),
    [
        (None, "o-ben", "2026-test.1 says nothing about access"),
        (small_access_policy(), "o-gone", "knows no person 'o-gone'"),
        (small_access_policy(manager="m-gone"), "o-ben", "knows no person 'm-gone'"),
        (small_access_policy(rules=()), "o-ben", "no access rule holds"),
    ],
)
def test_what_the_policy_does_not_know_is_named(access: Any, person: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        plan(small_bundle(access=access), person_id=person)


def test_whoever_must_agree_reads_who_wants_what_for_how_long_and_why() -> None:
    wanted = request(days=14)
    assert access_question(wanted, plan(days=14)) == ("Shall o-ben get access to crm (editor) for 14 days?")
    assert "clean up" not in access_question(wanted, plan(days=14)), "it is shown where nothing is encrypted"
