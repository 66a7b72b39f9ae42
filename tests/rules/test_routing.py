"""Routing: first match wins, the trace is whole, reviews come on top, each shipped rule is reachable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.assessment import AssessLeadInput, Usability
from contracts.classification import Classification, Risk
from contracts.lead import EntryKind, LeadSubmission
from contracts.matching import MatchKind
from contracts.policy import Comparison, Op, ReviewRule, RoutingPolicy, RoutingRule
from contracts.routing import LeadPath, ReviewNeed, RouteLeadInput, Truth
from rules.assessment import assess
from rules.routing import route_for
from tests.bundles import small_bundle
from tests.rules.leads import PIN, SUBMISSIONS
from tests.rules.policy_samples import read_as, shipped, to_route, verdict

UNSURE = {"confidence": 0.3, "needs_person": True}

ONE_LEAD_PER_RULE: dict[str, RouteLeadInput] = {
    "spam": to_route(usability=Usability.SPAM),
    "high-risk": to_route(classification=read_as("support", risk=Risk.HIGH, needs_person=True)),
    "unsubscribe": to_route(classification=read_as("mailing-preferences", intent="unsubscribe")),
    "job-application": to_route(category="careers"),
    "vendor-pitch": to_route(classification=read_as("vendor-offer", intent="vendor-pitch")),
    "competitor": to_route(email_domain="rivalsoft.example", category="training"),
    "internal-test": to_route(campaign="Test-autumn", category="training"),
    "overdue-unreachable": to_route(
        email=None, details_overdue=True, usability=Usability.INCOMPLETE, category="training"
    ),
    "overdue-reachable": to_route(details_overdue=True, usability=Usability.INCOMPLETE, category="training"),
    "complaint": to_route(classification=read_as("support", intent="complaint")),
    "support": to_route(category="support"),
    "live-callback": to_route(
        entry_kind=EntryKind.CHAT_MESSAGE, declared_intent="Call me now", phone="+493012345678"
    ),
    "partnership": to_route(category="partnership", employees=9_000),
    "students": to_route(email_domain="cs.uni.edu"),
    "sales-enterprise": to_route(category="training", employees=500),
    "booked-call": to_route(entry_kind=EntryKind.BOOKED_CALL),
    "not-now": to_route(classification=read_as("consulting", intent="not-now")),
    "reader-without-consent": to_route(source="newsletter", marketing_consent=False),
    "reader": to_route(source="content-download", marketing_consent=True),
    "known-account": to_route(match=verdict(kind=MatchKind.KNOWN, sticky_owner_id="p-ruth")),
    "sales-smb": to_route(category="integration", employees=20),
    "buying-without-topic": to_route(classification=read_as(None, intent="buying", **UNSURE)),
    "unplaced": to_route(),
}

ONE_LEAD_PER_REVIEW: dict[str, RouteLeadInput] = {
    "review-high-risk": ONE_LEAD_PER_RULE["high-risk"],
    "review-possible-duplicate": to_route(
        category="training", match=verdict(kind=MatchKind.REVIEW, score=0.85)
    ),
    "review-unknown-category": to_route(category_raw="gardening"),
    "review-low-confidence": to_route(classification=read_as("training", **UNSURE)),
    "review-very-high-value": to_route(category="training", estimated_value=1_000_000),
    "review-high-value": to_route(category="training", estimated_value=999_999),
}


def test_the_tables_below_name_every_shipped_rule() -> None:
    routing = shipped().routing
    assert [rule.id for rule in routing.rules] == list(ONE_LEAD_PER_RULE)
    assert [rule.id for rule in routing.reviews] == list(ONE_LEAD_PER_REVIEW)


@pytest.mark.parametrize("rule_id", ONE_LEAD_PER_RULE)
def test_a_shipped_rule_can_be_reached_and_the_trace_shows_how(rule_id: str) -> None:
    bundle, request = shipped(), ONE_LEAD_PER_RULE[rule_id]
    route = route_for(request, bundle)
    rule = next(rule for rule in bundle.routing.rules if rule.id == rule_id)
    assert (route.rule, route.path, route.pool, route.sla) == (rule.id, rule.path, rule.pool, rule.sla)
    assert route.reasons[0] == rule.meaning
    assert route.policy_hash == request.assessment.pin.hash

    tried = [entry for entry in route.trace if not entry.rule.startswith("review-")]
    position = list(ONE_LEAD_PER_RULE).index(rule_id)
    assert [entry.rule for entry in tried] == list(ONE_LEAD_PER_RULE)[: position + 1]
    assert [entry.truth for entry in tried].count(Truth.TRUE) == 1
    assert tried[-1].truth is Truth.TRUE


@pytest.mark.parametrize("review_id", ONE_LEAD_PER_REVIEW)
def test_a_shipped_review_can_be_reached(review_id: str) -> None:
    route = route_for(ONE_LEAD_PER_REVIEW[review_id], shipped())
    review = next(review for review in shipped().routing.reviews if review.id == review_id)
    assert route.review == review.review
    assert route.trace[-1].rule == review_id
    assert shipped().approvals.reasons[review.review.reason] in route.reasons


def test_the_examples_cover_every_path() -> None:
    paths = {route_for(request, shipped()).path for request in ONE_LEAD_PER_RULE.values()}
    assert paths == set(LeadPath)


@pytest.mark.parametrize("topic", ["mailing-preferences", "careers", "vendor-offer"])
def test_a_text_that_was_not_read_surely_disqualifies_nobody(topic: str) -> None:
    route = route_for(to_route(classification=read_as(topic, **UNSURE)), shipped())
    assert route.path is not LeadPath.DISQUALIFIED
    assert route.review == ReviewNeed(approval="category-desk", reason="low-confidence")


@pytest.mark.parametrize(
    "request_",
    [to_route(category_raw="gardening"), to_route(classification=read_as("training", **UNSURE)), to_route()],
    ids=["unknown category", "low confidence", "unplaced"],
)
def test_a_reviewers_correction_is_not_asked_about_again(request_: RouteLeadInput) -> None:
    assert route_for(request_, shipped()).review is not None
    corrected = request_.model_copy(update={"corrected_category": "integration"})
    route = route_for(corrected, shipped())
    assert (route.rule, route.category, route.review) == ("sales-smb", "integration", None)
    assert "A reviewer said which category is right." in route.reasons


def test_a_correction_can_disqualify_what_was_unsure() -> None:
    request = to_route(classification=read_as("training", **UNSURE), corrected_category="careers")
    assert route_for(request, shipped()).rule == "job-application"


def test_high_risk_is_looked_at_even_after_a_correction() -> None:
    request = to_route(
        classification=read_as("support", risk=Risk.HIGH, needs_person=True), corrected_category="training"
    )
    route = route_for(request, shipped())
    assert route.review == ReviewNeed(approval="risk-desk", reason="high-risk")
    assert route.escalate_to == "p-oskar"


def test_spam_found_by_its_rate_of_arrival_is_spam() -> None:
    assert route_for(to_route(category="training", match=verdict(spam=True)), shipped()).rule == "spam"


def test_evidence_and_reasons_say_what_decided() -> None:
    classification = read_as(
        "integration",
        intent="buying",
        evidence=("api", "webhook"),
        needs_person=True,
        confidence=0.41,
        reasons=("confidence_below_floor",),
    )
    match = verdict(kind=MatchKind.KNOWN, sticky_owner_id="p-ruth", evidence=("company_domain", "name"))
    route = route_for(to_route(classification=classification, match=match), shipped())
    assert route.evidence == ("api", "webhook", "same company domain", "same name")
    assert "Its text was read with a confidence of 0.41 (confidence below floor)." in route.reasons
    assert "Somebody already looks after this contact or account." in route.reasons
    assert route.intent == "buying"


def test_the_declared_intent_counts_where_nothing_was_read() -> None:
    assert route_for(to_route(declared_intent="a demo"), shipped()).intent == "a demo"


# ---------------------------------------------------------------- the mechanism, on tables of its own


def rule(rule_id: str, field: str, value: object, **fields: object) -> RoutingRule:
    parts: dict[str, object] = {
        "meaning": f"Rule {rule_id}.",
        "when": Comparison.model_validate({"field": field, "op": Op.EQ, "value": value}),
        "path": LeadPath.SALES,
        "stage": "new",
    }
    return RoutingRule.model_validate({"id": rule_id, **parts, **fields})


CATCH_ALL = rule("rest", "lead.source", "website")


def test_the_first_match_wins_and_what_cannot_be_judged_does_not_match() -> None:
    bundle = small_bundle(
        routing=RoutingPolicy(
            rules=(
                rule("unknown", "lead.employees", 5),
                rule("no", "lead.source", "chat"),
                rule("first", "lead.has_email", True),
                rule("second", "lead.source", "website"),
            )
        )
    )
    route = route_for(to_route(), bundle)
    assert route.rule == "first"
    assert [(entry.rule, entry.truth) for entry in route.trace] == [
        ("unknown", Truth.NOT_EVALUATED),
        ("no", Truth.FALSE),
        ("first", Truth.TRUE),
    ]


def test_no_match_at_all_is_an_error_and_not_a_lost_lead() -> None:
    bundle = small_bundle(routing=RoutingPolicy(rules=(rule("no", "lead.source", "chat"),)))
    with pytest.raises(ValueError, match="no routing rule matches"):
        route_for(to_route(), bundle)


OWN = ReviewNeed(approval="review", reason="own")
ON_TOP = ReviewNeed(approval="review", reason="near-duplicate")


@pytest.mark.parametrize(
    ("path", "own", "source", "expected"),
    [
        (LeadPath.SALES, None, "chat", None),
        (LeadPath.SALES, OWN, "chat", OWN),
        (LeadPath.SALES, None, "website", ON_TOP),
        (LeadPath.SALES, OWN, "website", ON_TOP),
        (LeadPath.DISQUALIFIED, OWN, "website", None),
    ],
)
def test_the_review_table_goes_before_the_rules_own_review(
    path: LeadPath, own: ReviewNeed | None, source: str, expected: ReviewNeed | None
) -> None:
    when = Comparison(field="lead.source", op=Op.EQ, value="website")
    bundle = small_bundle(
        routing=RoutingPolicy(
            rules=(rule("any", "lead.has_email", True, path=path, review=own),),
            reviews=(ReviewRule(id="on-top", when=when, review=ON_TOP),),
        )
    )
    assert route_for(to_route(source=source), bundle).review == expected


def test_a_rules_own_category_overrules_the_topic() -> None:
    bundle = small_bundle(
        routing=RoutingPolicy(rules=(rule("any", "lead.has_email", True, category="support"),))
    )
    assert route_for(to_route(category="crm"), bundle).category == "support"


# ---------------------------------------------------------------- laws


CLASSIFICATIONS = st.none() | st.builds(
    Classification,
    category=st.sampled_from([None, *(label.name for label in shipped().reading.categories)]),
    intent=st.sampled_from([None, *(label.name for label in shipped().reading.intents)]),
    risk=st.sampled_from(Risk),
    confidence=st.floats(0, 1),
    evidence=st.just(("api",)),
    model=st.just("test"),
    needs_person=st.booleans(),
    reasons=st.just(("high_risk",)),
)
CATEGORIES = st.none() | st.sampled_from(sorted(shipped().assessment.categories))


@given(SUBMISSIONS, CLASSIFICATIONS, st.sampled_from(MatchKind), CATEGORIES, st.booleans())
def test_every_lead_has_a_route_and_the_same_one_byte_for_byte(
    submission: LeadSubmission,
    classification: Classification | None,
    kind: MatchKind,
    corrected: str | None,
    overdue: bool,
) -> None:
    bundle = shipped()
    request = RouteLeadInput(
        assessment=assess(AssessLeadInput(lead_id="l1", submission=submission), bundle, PIN),
        match=verdict(kind=kind),
        classification=classification,
        corrected_category=corrected,
        details_overdue=overdue,
    )
    route = route_for(request, bundle)
    again = route_for(RouteLeadInput.model_validate_json(request.model_dump_json()), bundle)
    assert route.model_dump_json() == again.model_dump_json()

    assert (route.pool is None) is (route.path is LeadPath.DISQUALIFIED)
    assert (route.disqualify_reason is not None) is (route.path is LeadPath.DISQUALIFIED)
    if route.path is LeadPath.DISQUALIFIED:
        assert route.review is None
    elif classification is not None and classification.risk is Risk.HIGH:
        assert route.review is not None
