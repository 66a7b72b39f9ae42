"""What a policy may look at: named facts about a lead. People's names, addresses and texts are none."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from contracts.assessment import CheckResult, Grade, Usability
from contracts.classification import Classification
from contracts.lead import NormalisedLead
from contracts.matching import MatchVerdict
from contracts.routing import RouteLeadInput
from rules.checks import merge_checks

Fact = str | int | float | bool | Sequence[str] | None
Facts = Mapping[str, Fact]


class FactKind(StrEnum):
    """What a fact is, which says how it may be compared."""

    TEXT = "text"
    NUMBER = "a number"
    FLAG = "true or false"
    LIST = "a list"


LEAD_FACTS: Mapping[str, FactKind] = {
    "lead.source": FactKind.TEXT,
    "lead.category": FactKind.TEXT,
    "lead.employees": FactKind.NUMBER,
    "lead.estimated_value": FactKind.NUMBER,
    "lead.currency": FactKind.TEXT,
    "lead.country": FactKind.TEXT,
    "lead.has_message": FactKind.FLAG,
    "lead.has_transcript": FactKind.FLAG,
    "lead.entry_kind": FactKind.TEXT,
    "lead.marketing_consent": FactKind.FLAG,
    "lead.free_mail": FactKind.FLAG,
    "lead.declared_intent": FactKind.TEXT,
    "lead.campaign": FactKind.TEXT,
    "lead.form": FactKind.TEXT,
    "lead.channel": FactKind.TEXT,
    "lead.email_domain": FactKind.TEXT,
    "lead.has_email": FactKind.FLAG,
    "lead.has_phone": FactKind.FLAG,
    "lead.has_company": FactKind.FLAG,
    "lead.category_known": FactKind.FLAG,
    "lead.category_raw_given": FactKind.FLAG,
    "assessment.usability": FactKind.TEXT,
    "assessment.missing": FactKind.LIST,
    "assessment.spam_signals": FactKind.LIST,
    "assessment.warnings": FactKind.LIST,
    "assessment.failures": FactKind.LIST,
}
"""Known as soon as a lead is assessed: all that the reading rules may look at."""

ROUTING_FACTS: Mapping[str, FactKind] = {
    **LEAD_FACTS,
    "lead.details_overdue": FactKind.FLAG,
    "match.kind": FactKind.TEXT,
    "match.score": FactKind.NUMBER,
    "match.has_owner": FactKind.FLAG,
    "classification.category": FactKind.TEXT,
    "classification.intent": FactKind.TEXT,
    "classification.risk": FactKind.TEXT,
    "classification.confidence": FactKind.NUMBER,
    "classification.needs_person": FactKind.FLAG,
    "review.corrected_category": FactKind.TEXT,
    "topic": FactKind.TEXT,
}
"""Known when a lead is routed. `topic` is the category that counts: corrected, else declared, else read."""

KNOWN_FACTS: frozenset[str] = frozenset(ROUTING_FACTS)
"""All names that a condition about a lead may use."""


def lead_facts(
    lead: NormalisedLead,
    *,
    usability: Usability,
    missing: Iterable[str],
    spam_signals: Iterable[str],
    checks: Iterable[CheckResult],
) -> dict[str, Fact]:
    """What is known of a lead once it is assessed."""
    report = tuple(checks)
    return {
        "lead.source": lead.source,
        "lead.category": lead.category,
        "lead.employees": lead.employees,
        "lead.estimated_value": lead.estimated_value,
        "lead.currency": lead.currency,
        "lead.country": lead.country,
        "lead.has_message": lead.has_message,
        "lead.has_transcript": lead.has_transcript,
        "lead.entry_kind": lead.entry_kind.value,
        "lead.marketing_consent": lead.marketing_consent,
        "lead.free_mail": lead.free_mail,
        "lead.declared_intent": lead.declared_intent,
        "lead.campaign": lead.campaign,
        "lead.form": lead.form,
        "lead.channel": lead.channel,
        "lead.email_domain": lead.email_domain,
        "lead.has_email": lead.email is not None,
        "lead.has_phone": lead.phone is not None,
        "lead.has_company": lead.company is not None,
        "lead.category_known": lead.category is not None,
        "lead.category_raw_given": lead.category is not None or lead.category_raw is not None,
        "assessment.usability": usability.value,
        "assessment.missing": tuple(str(field) for field in missing),
        "assessment.spam_signals": tuple(str(signal) for signal in spam_signals),
        "assessment.warnings": _checks_graded(report, Grade.WARN),
        "assessment.failures": _checks_graded(report, Grade.FAIL),
    }


def routing_facts(request: RouteLeadInput) -> dict[str, Fact]:
    """What is known of a lead when it is routed; later checks replace earlier ones of the same name."""
    assessment, match, classification = request.assessment, request.match, request.classification
    checks = merge_checks(assessment.checks, match.checks)
    if classification is not None:
        checks = merge_checks(checks, classification.checks)
    facts = lead_facts(
        assessment.lead,
        usability=Usability.SPAM if match.spam else assessment.usability,
        missing=assessment.missing,
        spam_signals=assessment.spam_signals,
        checks=checks,
    )
    return {
        **facts,
        "lead.details_overdue": request.details_overdue,
        **_match_facts(match),
        **_classification_facts(classification),
        "review.corrected_category": request.corrected_category,
        "topic": topic_of(request),
    }


def topic_of(request: RouteLeadInput) -> str | None:
    """The category that counts: a reviewer's correction, else what the lead declared, else what was read."""
    read = request.classification.category if request.classification else None
    return request.corrected_category or request.assessment.lead.category or read


def _match_facts(match: MatchVerdict) -> dict[str, Fact]:
    return {
        "match.kind": match.kind.value,
        "match.score": match.score,
        "match.has_owner": match.sticky_owner_id is not None,
    }


def _classification_facts(classification: Classification | None) -> dict[str, Fact]:
    return {
        "classification.category": classification.category if classification else None,
        "classification.intent": classification.intent if classification else None,
        "classification.risk": classification.risk.value if classification else None,
        "classification.confidence": classification.confidence if classification else None,
        "classification.needs_person": classification.needs_person if classification else None,
    }


def _checks_graded(checks: Iterable[CheckResult], grade: Grade) -> tuple[str, ...]:
    return tuple(result.check.value for result in checks if result.grade is grade)
