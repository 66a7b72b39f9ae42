"""The shipped policy does what its words promise: it is whole, and its vocabulary is understood."""

import string
from typing import NamedTuple

import pytest

from connectors.lexical import LexicalClassifier
from contracts.classification import Classification, ClassifyRequest, Risk
from contracts.failure_policy import FailureAnswer
from contracts.failures import OF_A_STEP
from contracts.names import Step
from contracts.routing import LeadPath, ReviewNeed
from rules.failures import cell_for
from rules.guardrails import trusted_classification
from rules.handover_note import HANDOVER_REASON
from rules.policy_references import PLACEHOLDERS
from rules.routing import route_for
from tests.rules.policy_samples import known, shipped, to_route


class Example(NamedTuple):
    """A text, and what is read in it."""

    category: str
    intent: str | None
    """None where it does not matter."""
    rule: str
    """The rule that routes it."""
    text: str


TEXTS = (
    Example(
        "implementation",
        "buying",
        "sales-smb",
        (
            "We are looking for help with the implementation of your platform. Please send us a "
            "quote; the migration from our legacy system should be finished this quarter."
        ),
    ),
    Example(
        "integration",
        None,
        "sales-smb",
        "Do you have an API? We want to integrate orders from SAP and sync them with Salesforce.",
    ),
    Example(
        "consulting",
        None,
        "sales-smb",
        (
            "I am looking for a consultant who can do a process review and a gap analysis of our "
            "sales operation."
        ),
    ),
    Example(
        "training",
        None,
        "sales-smb",
        (
            "Could you run a two day workshop for forty people? We need training and certification "
            "for the new team."
        ),
    ),
    Example(
        "managed-services",
        None,
        "sales-smb",
        (
            "We would like to outsource hosting and monitoring, with a service level agreement and on "
            "call duty."
        ),
    ),
    Example(
        "support",
        "support-request",
        "support",
        "Since this morning I cannot log in, I only get an error message. Please fix this.",
    ),
    Example(
        "support",
        "complaint",
        "complaint",
        (
            "This is unacceptable and I am very disappointed. The export has been broken for weeks, "
            "it does not work and nobody answers. I want a refund and make a formal complaint."
        ),
    ),
    Example(
        "partnership",
        None,
        "partnership",
        "Our company would like to become a partner. Do you have a partner program for resellers?",
    ),
    Example(
        "research",
        "research",
        "students",
        "I am a student and write my thesis about workflow software. Is there a student discount?",
    ),
    Example(
        "careers",
        "job-application",
        "job-application",
        (
            "I would like to apply for the open position as engineer. Please find my resume and cover "
            "letter attached."
        ),
    ),
    Example(
        "vendor-offer",
        "vendor-pitch",
        "vendor-pitch",
        (
            "We offer SEO services and link building. Our agency will increase your traffic at an "
            "affordable price."
        ),
    ),
    Example(
        "mailing-preferences",
        "unsubscribe",
        "unsubscribe",
        "Please unsubscribe me and take me off your mailing list.",
    ),
    Example(
        "training",
        "not-now",
        "not-now",
        (
            "We are just browsing, there is no budget yet, maybe next year. A training or a workshop "
            "sounds good."
        ),
    ),
)


async def read(text: str) -> Classification:
    reading = shipped().reading
    answer = await LexicalClassifier().classify(
        ClassifyRequest(
            key="k",
            text=text,
            categories=reading.categories,
            intents=reading.intents,
            risk_terms=reading.risk_terms,
        )
    )
    return trusted_classification(answer, text, shipped())


@pytest.mark.parametrize("example", TEXTS, ids=lambda example: f"{example.rule}:{example.category}")
async def test_plain_english_is_read_and_routed(example: Example) -> None:
    found = await read(example.text)
    assert (found.category, found.needs_person, found.risk) == (example.category, False, Risk.LOW)
    assert example.intent is None or found.intent == example.intent
    route = route_for(to_route(has_message=True, classification=found), shipped())
    assert (route.rule, route.review) == (example.rule, None)
    assert route.evidence


@pytest.mark.parametrize(
    "text",
    [
        "If this is not fixed by Friday, our lawyer will take you to court.",
        "I am a journalist and write about the data breach at your company.",
        "Under the GDPR I want you to delete my data.",
        "We want to cancel our contract.",
        "One of our admins was hacked, and customer records were stolen.",
    ],
)
async def test_a_risky_message_waits_for_a_person(text: str) -> None:
    found = await read(text)
    route = route_for(to_route(has_message=True, classification=found), shipped())
    assert (route.rule, route.path) == ("high-risk", LeadPath.SUPPORT)
    assert route.review is not None
    assert route.review.approval == "risk-desk"


@pytest.mark.parametrize(
    "text", ["Hello, please call me back.", "What are your opening hours?", "xyzzy", "Ola, tudo bem?"]
)
async def test_a_text_that_says_nothing_known_goes_to_a_person(text: str) -> None:
    found = await read(text)
    assert found.needs_person
    route = route_for(to_route(has_message=True, classification=found), shipped())
    assert route.review is not None
    assert route.path is not LeadPath.DISQUALIFIED


def test_every_category_and_intent_has_words_enough_to_be_found() -> None:
    for label in (*shipped().reading.categories, *shipped().reading.intents):
        assert sum(term.weight for term in label.terms) >= 10, label.name
        assert len({term.term for term in label.terms}) == len(label.terms), label.name
    assert {label.name for label in shipped().reading.categories} == set(shipped().assessment.categories)


def test_every_pool_approval_sla_template_and_programme_is_used() -> None:
    bundle = shipped()
    rules = bundle.routing.rules
    fallbacks = {pool.fallback_pool for pool in bundle.pools.values()}
    needs = [rule.review for rule in rules if rule.review] + [rule.review for rule in bundle.routing.reviews]
    onboarding, access = known(bundle.onboarding), known(bundle.access)
    needs += [row.review for row in onboarding.approvals]
    needs += [ReviewNeed(approval=rule.approval, reason=rule.reason) for rule in access.rules]
    handovers = {template.handover_approval for template in onboarding.templates} - {None}
    needs += [ReviewNeed(approval=str(name), reason=HANDOVER_REASON) for name in handovers]
    assert {rule.pool for rule in rules} | fallbacks >= set(bundle.pools)
    assert {rule.sla for rule in rules} >= set(bundle.follow_through)
    assert {rule.programme for rule in rules} >= set(bundle.programmes)
    assert {rule.follow_up.template for rule in rules if rule.follow_up} == set(bundle.follow_ups)
    assert {need.approval for need in needs} == set(bundle.approvals.policies)
    assert {need.reason for need in needs} == set(bundle.approvals.reasons)


def test_people_work_in_several_zones_and_everybody_but_one_has_a_manager() -> None:
    people = shipped().people
    assert len({person.zone for person in people}) >= 4
    assert [person.id for person in people if person.manager is None] == ["p-elena"]
    assert all(person.email.endswith("@example.com") for person in people)


def test_steps_that_others_rely_on_are_never_skipped_by_themselves() -> None:
    table = known(shipped().failures)
    skipped = {
        step
        for step in Step
        for code in OF_A_STEP
        if known(cell_for(step, code, table)).then is FailureAnswer.SKIP
    }
    assert skipped == {
        Step.SUMMARISE_TRANSCRIPT,
        Step.NOTIFY_PERSON,
        Step.SAVE_FOLLOW_UP_DRAFT,
        Step.READ_AGREEMENT,
    }


def test_one_follow_up_waits_for_approval_and_all_can_be_filled_in() -> None:
    bundle = shipped()
    wanted = [rule.id for rule in bundle.routing.rules if rule.follow_up and rule.follow_up.needs_approval]
    assert wanted == ["complaint"]
    values = dict.fromkeys(PLACEHOLDERS, "filled")
    for template in bundle.follow_ups.values():
        text = string.Template(f"{template.subject}\n{template.body}").substitute(values)
        assert "$" not in text
