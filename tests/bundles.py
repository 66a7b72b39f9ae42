"""A small, complete policy bundle: tests of rules judge by it, and outlive changes of the shipped policy."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from contracts.classification import Label, VocabularyTerm
from contracts.failure_policy import FailureAnswer, FailurePolicy, StepPolicy
from contracts.names import Step
from contracts.policy import (
    Always,
    ApprovalPolicy,
    ApprovalsPolicy,
    AssessmentPolicy,
    Calendar,
    Comparison,
    FieldMapping,
    FollowThroughRule,
    FollowUpTemplate,
    IncompletePolicy,
    NurtureProgramme,
    Op,
    OpeningHours,
    Person,
    PolicyBundle,
    Pool,
    PoolMember,
    ReadingPolicy,
    ReadingRule,
    RoutingPolicy,
    RoutingRule,
    SpamPolicy,
)
from contracts.routing import FollowUpPlan, LeadPath, Priority
from rules.failures import table_of_answers
from tests.onboarding_bundles import (
    ONBOARDING_APPROVALS,
    ONBOARDING_REASONS,
    small_access_policy,
    small_onboarding_policy,
)

NINE_TO_FIVE = (OpeningHours(opens=time(9), closes=time(17)),)

ALWAYS = Always(always=True)


def small_bundle(**overrides: Any) -> PolicyBundle:
    """A valid bundle: two owners, a manager, one pool, four routing rules, two ways of onboarding.

    Any part can be given instead.
    """
    parts: dict[str, Any] = {
        "version": "2026-test.1",
        "calendars": {
            "office": Calendar(hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), NINE_TO_FIVE))
        },
        "people": (
            Person(
                id="o-ada",
                name="Ada Owner",
                email="ada@ours.example",
                zone="Europe/Berlin",
                calendar="office",
                roles=frozenset({"sales"}),
                manager="m-eve",
            ),
            Person(
                id="o-ben",
                name="Ben Owner",
                email="ben@ours.example",
                zone="America/New_York",
                calendar="office",
                roles=frozenset({"sales"}),
                manager="m-eve",
            ),
            Person(
                id="m-eve",
                name="Eve Manager",
                email="eve@ours.example",
                zone="Europe/Berlin",
                calendar="office",
                roles=frozenset({"manager"}),
            ),
        ),
        "pools": {
            "sales": Pool(
                members=(PoolMember(person="o-ada", weight=2), PoolMember(person="o-ben", daily_cap=50)),
                escalate_to="m-eve",
            )
        },
        "assessment": small_assessment_policy(),
        "incomplete": IncompletePolicy(
            ask="m-eve", calendar="office", remind_after=timedelta(hours=4), deadline=timedelta(hours=16)
        ),
        "crm_fields": (
            FieldMapping(field="name", crm_object="contact", crm_field="name", max_length=80),
            FieldMapping(field="email", crm_object="contact", crm_field="email", max_length=254),
            FieldMapping(field="phone", crm_object="contact", crm_field="phone", max_length=32),
            FieldMapping(field="company", crm_object="company", crm_field="name", max_length=100),
        ),
        "reading": ReadingPolicy(
            rules=(
                ReadingRule(
                    id="transcript",
                    when=Comparison(field="lead.has_transcript", op=Op.EQ, value=True),
                    classify=True,
                    summarise=True,
                ),
                ReadingRule(
                    id="fixed-choice",
                    when=Comparison(field="lead.category_known", op=Op.EQ, value=True),
                ),
                ReadingRule(
                    id="open-text",
                    when=Comparison(field="lead.has_message", op=Op.EQ, value=True),
                    classify=True,
                ),
            ),
            categories=(
                Label(
                    name="crm",
                    meaning="Setting up a CRM.",
                    terms=(VocabularyTerm(term="crm", weight=2), VocabularyTerm(term="pipeline")),
                ),
                Label(
                    name="support", meaning="Something does not work.", terms=(VocabularyTerm(term="broken"),)
                ),
            ),
            intents=(Label(name="buy", meaning="Wants to buy.", terms=(VocabularyTerm(term="quote"),)),),
            risk_terms=(VocabularyTerm(term="lawyer", weight=3),),
        ),
        "routing": RoutingPolicy(rules=small_routing_rules()),
        "approvals": ApprovalsPolicy(
            policies={
                "review": ApprovalPolicy(
                    approvers=("o-ada", "m-eve"),
                    remind_after=(timedelta(hours=2),),
                    escalate_after=timedelta(hours=4),
                    escalate_to=("m-eve",),
                    expire_after=timedelta(hours=8),
                ),
                **ONBOARDING_APPROVALS,
            },
            reasons={"near-duplicate": "It could be somebody who is known.", **ONBOARDING_REASONS},
        ),
        "follow_through": {
            "standard": FollowThroughRule(
                acknowledge_within=timedelta(hours=4),
                remind_before=timedelta(hours=1),
                outcome_within=timedelta(hours=80),
                flag_again_after=timedelta(hours=40),
            )
        },
        "follow_ups": {
            "thanks": FollowUpTemplate(subject="Thank you, $name", body="$owner will write about $category.")
        },
        "programmes": {"newsletter": NurtureProgramme(meaning="The monthly letter.")},
        "failures": failure_table(),
        "onboarding": small_onboarding_policy(),
        "access": small_access_policy(),
    }
    return PolicyBundle(**{**parts, **overrides})


def failure_table(given: Mapping[Step, StepPolicy] | None = None) -> FailurePolicy:
    """Every step parks, what may pass is tried for two hours; steps that are given do what they are given."""
    answers = {Step.NOTIFY_PERSON: StepPolicy(answer=FailureAnswer.SKIP), **(given or {})}
    return table_of_answers({step.value: answers.get(step, StepPolicy()) for step in Step})


def small_assessment_policy(**overrides: Any) -> AssessmentPolicy:
    """What a usable lead has: a source, and an address or a number."""
    parts: dict[str, Any] = {
        "required_fields": ("lead.source", "lead.email|lead.phone"),
        "default_region": "US",
        "sources": {"website": ("Web Site", "www"), "google-ads": ("adwords", "Google")},
        "categories": {"crm": ("CRM set-up", "Customer relations"), "support": ("Help",)},
        "free_mail_domains": frozenset({"gmail.com", "googlemail.com", "gmx.de"}),
        "spam": SpamPolicy(
            min_seconds_to_submit=2.0, disposable_domains=frozenset({"mailinator.com"}), max_arrivals=5
        ),
        "utm_expected_for": ("landing_form", "ad_lead_form"),
    }
    return AssessmentPolicy(**{**parts, **overrides})


def small_routing_rules() -> tuple[RoutingRule, ...]:
    """One rule for each path, and one that matches everything."""
    return (
        RoutingRule(
            id="spam",
            meaning="It is not from a person.",
            when=Comparison(field="assessment.usability", op=Op.EQ, value="spam"),
            path=LeadPath.DISQUALIFIED,
            stage="disqualified",
            disqualify_reason="spam",
        ),
        RoutingRule(
            id="support",
            meaning="Something does not work.",
            when=Comparison(field="topic", op=Op.EQ, value="support"),
            path=LeadPath.SUPPORT,
            stage="open",
            priority=Priority.HIGH,
            pool="sales",
            sla="standard",
        ),
        RoutingRule(
            id="sales",
            meaning="They want something that we sell.",
            when=Comparison(field="topic", op=Op.EQ, value="crm"),
            path=LeadPath.SALES,
            stage="new",
            pool="sales",
            sla="standard",
            follow_up=FollowUpPlan(template="thanks"),
        ),
        RoutingRule(
            id="nurture",
            meaning="Interested, without a request.",
            when=ALWAYS,
            path=LeadPath.NURTURE,
            stage="enrolled",
            pool="sales",
            sla="standard",
            programme="newsletter",
        ),
    )
