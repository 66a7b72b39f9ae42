"""Where a lead goes: the first routing rule that matches, and on top of it the first review rule."""

from collections.abc import Sequence

from contracts.classification import Classification
from contracts.policy import PolicyBundle, ReviewRule, RoutingRule
from contracts.routing import LeadPath, ReviewNeed, Route, RouteLeadInput, RuleTrace
from rules.conditions import first_match
from rules.facts import Facts, routing_facts, topic_of
from rules.wording import code_in_words


def route_for(request: RouteLeadInput, bundle: PolicyBundle) -> Route:
    """The route, with every rule that was tried and how each of its comparisons came out.

    A rule that could not be judged does not match. A disqualified lead is not reviewed: a policy that wants a
    person to look must not disqualify.

    Raises:
        ValueError: no routing rule matches; a checked bundle ends with one that always does.
    """
    facts = routing_facts(request)
    rule, tried = first_match(bundle.routing.rules, facts)
    if rule is None:
        raise ValueError("no routing rule matches: the last one must hold for every lead")
    review, reviews_tried = _review(rule, bundle.routing.reviews, facts)
    return Route(
        rule=rule.id,
        path=rule.path,
        stage=rule.stage,
        category=rule.category or topic_of(request),
        intent=_intent(request),
        priority=rule.priority,
        pool=rule.pool,
        sla=rule.sla,
        programme=rule.programme,
        follow_up=rule.follow_up,
        review=review,
        escalate_to=rule.escalate_to,
        disqualify_reason=rule.disqualify_reason,
        reasons=_reasons(request, rule, review, bundle),
        evidence=_evidence(request),
        trace=(*tried, *reviews_tried),
        policy_hash=request.assessment.pin.hash,
    )


def _review(
    rule: RoutingRule, reviews: Sequence[ReviewRule], facts: Facts
) -> tuple[ReviewNeed | None, tuple[RuleTrace, ...]]:
    """The review that the review table asks for, else the routing rule's own."""
    if rule.path is LeadPath.DISQUALIFIED:
        return None, ()
    matched, tried = first_match(reviews, facts)
    return (matched.review if matched else rule.review), tried


def _intent(request: RouteLeadInput) -> str | None:
    """What was read in the text, else what the lead declared; both stay in the decision record."""
    read = request.classification.intent if request.classification else None
    return read or request.assessment.lead.declared_intent


def _reasons(
    request: RouteLeadInput, rule: RoutingRule, review: ReviewNeed | None, bundle: PolicyBundle
) -> tuple[str, ...]:
    reasons = [rule.meaning]
    if review is not None:
        reasons.append(bundle.approvals.reasons.get(review.reason, code_in_words(review.reason)))
    if request.corrected_category is not None:
        reasons.append("A reviewer said which category is right.")
    if request.details_overdue:
        reasons.append("Nobody completed its details in time.")
    if request.match.sticky_owner_id is not None:
        reasons.append("Somebody already looks after this contact or account.")
    if request.classification is not None:
        reasons.append(_reading(request.classification))
    return tuple(dict.fromkeys(reasons))


def _reading(classification: Classification) -> str:
    doubts = ", ".join(code_in_words(reason) for reason in classification.reasons)
    read = f"Its text was read with a confidence of {classification.confidence:.2f}"
    return f"{read} ({doubts})." if doubts else f"{read}."


def _evidence(request: RouteLeadInput) -> tuple[str, ...]:
    """The words of the vocabulary that stood in the text, then the fields in which a known record agreed."""
    words = request.classification.evidence if request.classification else ()
    matched = tuple(f"same {code_in_words(field)}" for field in request.match.evidence)
    return tuple(dict.fromkeys((*words, *matched)))
