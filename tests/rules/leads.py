"""Submissions, leads and candidates for the tests of the lead's rules, and hypothesis strategies for them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from contracts.assessment import AssessLeadInput, Assessment, PolicyPin
from contracts.lead import (
    BotSignals,
    Consent,
    ContactDetails,
    EntryKind,
    LeadSubmission,
    NormalisedLead,
    Utm,
)
from contracts.matching import ContactCandidate, InFlightCandidate
from rules.assessment import assess
from tests.bundles import small_bundle

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PIN = PolicyPin(hash="bundle-hash", version="2026-test.1")


def submission(*, contact: dict[str, Any] | None = None, **fields: Any) -> LeadSubmission:
    """A usable lead from the website; fields of the contact and of the submission as given."""
    details = {"name": "Ada Lovelace", "email": "ada@analytical.example", "company": "Analytical Engines Ltd"}
    parts = {"received_at": NOON, "source": "website", "service_interest": "crm"}
    return LeadSubmission.model_validate({**parts, **fields, "contact": {**details, **(contact or {})}})


def assessment(*, contact: dict[str, Any] | None = None, lead_id: str = "c1", **fields: Any) -> Assessment:
    """The report on such a lead, by the small bundle."""
    question = AssessLeadInput(lead_id=lead_id, submission=submission(contact=contact, **fields))
    return assess(question, small_bundle(), PIN)


def with_lead(report: Assessment, **fields: Any) -> Assessment:
    """The report with fields of its lead replaced."""
    return report.model_copy(update={"lead": report.lead.model_copy(update=fields)})


def contact(**fields: Any) -> ContactCandidate:
    """A contact of the CRM that has nothing in common with the lead until told otherwise."""
    parts: dict[str, Any] = {"contact_id": "k1", "version": 3}
    return ContactCandidate(**{**parts, **fields})


def in_flight(**fields: Any) -> InFlightCandidate:
    """Another run that arrived a minute before the lead, on the same address."""
    parts: dict[str, Any] = {
        "lead_id": "c0",
        "matched_on": "email",
        "category": "crm",
        "arrived_at": NOON - timedelta(minutes=1),
    }
    return InFlightCandidate(**{**parts, **fields})


def renormalisable(lead: NormalisedLead) -> LeadSubmission:
    """A submission that says what a lead says in canonical values."""
    return LeadSubmission(
        received_at=lead.received_at,
        occurred_at=lead.occurred_at,
        entry_kind=lead.entry_kind,
        source=lead.source,
        channel=lead.channel,
        campaign=lead.campaign,
        form=lead.form,
        service_interest=lead.category or lead.category_raw,
        declared_intent=lead.declared_intent,
        contact=ContactDetails(
            name=lead.name,
            email=lead.email,
            phone=lead.phone,
            company=lead.company,
            job_title=lead.job_title,
            country=lead.country,
            website=lead.company_domain,
        ),
        employees=lead.employees,
        estimated_value=lead.estimated_value,
        currency=lead.currency,
        message="words" if lead.has_message else None,
        transcript="words" if lead.has_transcript else None,
        consent=Consent(marketing=lead.marketing_consent),
    )


# ---------------------------------------------------------------- strategies

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
INSTANTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
NAMES = (
    st.sampled_from(["Ada Lovelace", "ADA  LOVELACE", "A. Lovelace", "Ada", "Grace Hopper", "李 小龙"])
    | LINES
)
EMAILS = (
    st.sampled_from(
        [
            "Ada@Analytical.example",
            "ada+x@gmail.com",
            "a.d.a@googlemail.com",
            "info@acme.example",
            "no address",
        ]
    )
    | LINES
    | st.emails()
)
PHONES = st.sampled_from(
    ["+1 202 555 0143", "(415) 555-2671", "030 901820", "0049 30 901820", "12", "call me"]
)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The strategy, or nothing."""
    return st.none() | strategy


SUBMISSIONS = st.builds(
    LeadSubmission,
    received_at=INSTANTS,
    occurred_at=optional(INSTANTS),
    event_id=optional(LINES.filter(bool)),
    entry_kind=st.sampled_from(EntryKind),
    source=optional(
        st.sampled_from(["website", "Web Site", "AdWords", "tiktok", "unknown", "other", " "]) | LINES
    ),
    channel=optional(LINES),
    campaign=optional(LINES),
    form=optional(LINES),
    service_interest=optional(st.sampled_from(["crm", "CRM set-up", "HELP", "gardening"]) | LINES),
    declared_intent=optional(LINES),
    contact=st.builds(
        ContactDetails,
        name=optional(NAMES),
        email=optional(EMAILS),
        phone=optional(PHONES | LINES),
        company=optional(LINES),
        job_title=optional(LINES),
        country=optional(st.sampled_from(["DE", "germany", "U.S.", "Narnia"]) | LINES),
        website=optional(st.sampled_from(["https://www.acme.example/x", "acme.example", "http://["]) | LINES),
    ),
    employees=optional(st.integers(0, 10_000_000)),
    message=optional(LINES),
    transcript=optional(LINES),
    utm=st.builds(Utm, source=optional(LINES), medium=optional(LINES), campaign=optional(LINES)),
    consent=st.builds(Consent, marketing=optional(st.booleans())),
    bot_signals=st.builds(BotSignals, seconds_to_submit=optional(st.floats(0, 1000))),
    extras=st.dictionaries(LINES, LINES, max_size=3),
)
