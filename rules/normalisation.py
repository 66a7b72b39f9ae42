"""A submission in canonical values: one spelling each, and the raw value beside it where the two differ."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from contracts.lead import OTHER_SOURCE, UNKNOWN_SOURCE, LeadSubmission, NormalisedLead
from contracts.policy import AssessmentPolicy
from rules.countries import iso_country
from rules.email_addresses import NormalisedEmail, normalised_domain, normalised_email
from rules.phone_numbers import normalised_phone
from rules.texts import spelling_key, tidy


def normalise(lead_id: str, submission: LeadSubmission, policy: AssessmentPolicy) -> NormalisedLead:
    """The lead in canonical values; what is missing or unusable becomes none and is judged by the checks."""
    contact = submission.contact
    country = iso_country(contact.country)
    email = normalised_email(contact.email)
    source, source_raw = _source(submission, policy)
    category, category_raw = _category(submission.service_interest, policy)
    return NormalisedLead(
        lead_id=lead_id,
        entry_kind=submission.entry_kind,
        source=source,
        source_raw=source_raw,
        channel=tidy(submission.channel) or tidy(submission.utm.medium),
        campaign=tidy(submission.campaign) or tidy(submission.utm.campaign),
        form=tidy(submission.form),
        category=category,
        category_raw=category_raw,
        declared_intent=tidy(submission.declared_intent),
        name=tidy(contact.name),
        email=email.address if email else None,
        email_key=email.match_key if email else None,
        email_domain=email.domain if email else None,
        free_mail=email is not None and email.domain in policy.free_mail_domains,
        phone=normalised_phone(contact.phone, country or policy.default_region),
        company=tidy(contact.company),
        company_domain=_company_domain(email, contact.website, policy),
        job_title=tidy(contact.job_title),
        country=country,
        employees=submission.employees,
        estimated_value=submission.estimated_value,
        currency=submission.currency,
        has_message=bool(submission.message and submission.message.strip()),
        has_transcript=bool(submission.transcript and submission.transcript.strip()),
        marketing_consent=submission.consent.marketing,
        occurred_at=submission.occurred_at or submission.received_at,
        received_at=submission.received_at,
    )


def canonical(raw: str, spellings: Mapping[str, tuple[str, ...]]) -> str | None:
    """The name that a spelling stands for; a name always stands for itself."""
    wanted = spelling_key(raw)
    for name, others in spellings.items():
        if wanted == spelling_key(name) or any(wanted == spelling_key(other) for other in others):
            return name
    return None


def _source(submission: LeadSubmission, policy: AssessmentPolicy) -> tuple[str, str | None]:
    raw = tidy(submission.source)
    if raw is None:
        # The landing page's own parameter stands in for a door that named no source, if the policy knows it.
        utm = tidy(submission.utm.source)
        known = canonical(utm, policy.sources) if utm else None
        return (known, utm if utm != known else None) if known else (UNKNOWN_SOURCE, None)
    if spelling_key(raw) in ("", UNKNOWN_SOURCE):
        return UNKNOWN_SOURCE, raw if raw != UNKNOWN_SOURCE else None
    source = canonical(raw, policy.sources) or OTHER_SOURCE
    return source, raw if raw != source else None


def _category(interest: str | None, policy: AssessmentPolicy) -> tuple[str | None, str | None]:
    raw = tidy(interest)
    if raw is None:
        return None, None
    category = canonical(raw, policy.categories)
    return category, raw if raw != category else None


def _company_domain(
    email: NormalisedEmail | None, website: str | None, policy: AssessmentPolicy
) -> str | None:
    shared = policy.free_mail_domains | policy.spam.disposable_domains
    candidates = (email.domain if email else None, website_domain(website))
    return next((domain for domain in candidates if domain and domain not in shared), None)


def website_domain(website: str | None) -> str | None:
    """The domain of a website as people type it, without `www.`; none where there is no public one."""
    typed = tidy(website)
    if typed is None:
        return None
    try:
        host = urlsplit(typed if "://" in typed else f"//{typed}").hostname
    except ValueError:
        return None
    domain = normalised_domain(host.removesuffix(".")) if host else None
    return domain.removeprefix("www.") if domain else None
