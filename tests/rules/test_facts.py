"""Facts are what a policy may look at: all of them declared, none of them about a person."""

import pytest
from hypothesis import given

from contracts.assessment import AssessLeadInput, CheckName, Grade, Usability
from contracts.classification import Risk
from contracts.lead import LeadSubmission
from contracts.matching import MatchKind
from rules.assessment import assess
from rules.checks import check_result
from rules.facts import KNOWN_FACTS, LEAD_FACTS, ROUTING_FACTS, Fact, FactKind, lead_facts, routing_facts
from tests.bundles import small_bundle
from tests.rules.leads import PIN, SUBMISSIONS
from tests.rules.policy_samples import normalised, read_as, to_route, verdict

KINDS: dict[FactKind, tuple[type, ...]] = {
    FactKind.TEXT: (str,),
    FactKind.NUMBER: (int, float),
    FactKind.FLAG: (bool,),
    FactKind.LIST: (tuple,),
}


def of_its_kind(name: str, fact: Fact) -> bool:
    kind = ROUTING_FACTS[name]
    if kind is FactKind.NUMBER and isinstance(fact, bool):
        return False
    return fact is None or isinstance(fact, KINDS[kind])


@given(SUBMISSIONS)
def test_every_fact_is_declared_and_of_its_kind(submission: LeadSubmission) -> None:
    report = assess(AssessLeadInput(lead_id="l1", submission=submission), small_bundle(), PIN)
    facts = lead_facts(
        report.lead,
        usability=report.usability,
        missing=report.missing,
        spam_signals=report.spam_signals,
        checks=report.checks,
    )
    assert set(facts) == set(LEAD_FACTS)
    assert [name for name, fact in facts.items() if not of_its_kind(name, fact)] == []


def test_routing_knows_more_than_reading() -> None:
    request = to_route(classification=read_as("support"), corrected_category="training")
    facts = routing_facts(request)
    assert set(facts) == set(ROUTING_FACTS) == KNOWN_FACTS
    assert [name for name, fact in facts.items() if not of_its_kind(name, fact)] == []


def test_no_fact_tells_who_somebody_is() -> None:
    request = to_route(
        name="Zebulon Planted",
        email="planted@planted.example",
        phone="+4930901820",
        company="Planted Works",
        job_title="Planted Chief",
        email_domain="planted-domain.example",
        source_raw="planted source",
        category_raw="planted category",
    )
    told = {name for name, fact in routing_facts(request).items() if "planted" in str(fact).lower()}
    assert told == {"lead.email_domain"}
    assert "+4930901820" not in str(routing_facts(request))


@pytest.mark.parametrize(
    ("declared", "read", "corrected", "topic"),
    [
        (None, None, None, None),
        (None, "support", None, "support"),
        ("training", "support", None, "training"),
        ("training", "support", "consulting", "consulting"),
        (None, None, "consulting", "consulting"),
    ],
)
def test_the_topic_is_what_was_corrected_else_declared_else_read(
    declared: str | None, read: str | None, corrected: str | None, topic: str | None
) -> None:
    request = to_route(
        category=declared, classification=read_as(read) if read else None, corrected_category=corrected
    )
    assert routing_facts(request)["topic"] == topic


@pytest.mark.parametrize(
    ("category", "raw", "known", "given_raw"),
    [
        (None, None, False, False),
        ("training", None, True, True),
        ("training", "Workshops", True, True),
        (None, "gardening", False, True),
    ],
)
def test_a_choice_that_maps_to_nothing_is_told_from_no_choice(
    category: str | None, raw: str | None, known: bool, given_raw: bool
) -> None:
    facts = routing_facts(to_route(category=category, category_raw=raw))
    assert (facts["lead.category_known"], facts["lead.category_raw_given"]) == (known, given_raw)


def test_later_checks_replace_earlier_ones() -> None:
    early = (
        check_result(CheckName.SPAM, Grade.PASS, "v", "fine"),
        check_result(CheckName.EMAIL_FORMAT, Grade.WARN, "v", "odd"),
        check_result(CheckName.AI_CONFIDENCE, Grade.NOT_EVALUATED, "v", "later"),
    )
    late = (check_result(CheckName.SPAM, Grade.FAIL, "v", "too many"),)
    unsure = (check_result(CheckName.AI_CONFIDENCE, Grade.FAIL, "v", "unsure"),)
    request = to_route(match=verdict(checks=late, spam=True), classification=read_as(checks=unsure))
    request = request.model_copy(
        update={"assessment": request.assessment.model_copy(update={"checks": early})}
    )
    facts = routing_facts(request)
    assert facts["assessment.failures"] == ("spam", "ai_confidence")
    assert facts["assessment.warnings"] == ("email_format",)
    assert facts["assessment.usability"] == "spam"


def test_what_was_not_read_is_not_known() -> None:
    unread = {name: fact for name, fact in routing_facts(to_route()).items() if name.startswith("classif")}
    assert set(unread.values()) == {None}
    read = routing_facts(to_route(classification=read_as("support", risk=Risk.HIGH, needs_person=True)))
    assert (read["classification.risk"], read["classification.needs_person"]) == ("high", True)


def test_the_match_tells_kind_score_and_whether_somebody_owns_it() -> None:
    match = verdict(kind=MatchKind.REVIEW, score=0.85, sticky_owner_id="p-maya")
    facts = routing_facts(to_route(match=match))
    assert (facts["match.kind"], facts["match.score"], facts["match.has_owner"]) == ("review", 0.85, True)
    assert routing_facts(to_route())["match.has_owner"] is False


def test_missing_values_are_missing_and_not_false() -> None:
    facts = lead_facts(
        normalised(email=None), usability=Usability.USABLE, missing=(), spam_signals=(), checks=()
    )
    assert facts["lead.employees"] is None
    assert facts["lead.marketing_consent"] is None
    assert facts["lead.has_email"] is False
