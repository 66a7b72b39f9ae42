"""The report on a lead before it is routed: nine checks, what is missing, and what must be read."""

from contracts.assessment import (
    AssessLeadInput,
    Assessment,
    CheckName,
    CheckResult,
    Grade,
    PolicyPin,
    ReadingPlan,
    SpamSignal,
    Usability,
)
from contracts.lead import OTHER_SOURCE, UNKNOWN_SOURCE, LeadSubmission, NormalisedLead
from contracts.policy import FieldMapping, PolicyBundle
from rules.checks import check_result, merge_checks
from rules.email_addresses import email_problem
from rules.facts import lead_facts
from rules.normalisation import normalise
from rules.phone_numbers import phone_problem
from rules.reading import reading_plan
from rules.spam import spam_check, spam_signals


def assess(request: AssessLeadInput, bundle: PolicyBundle, pin: PolicyPin) -> Assessment:
    """The stored report: every check has a result, whatever came or did not come."""
    submission, version = request.submission, bundle.version
    lead = normalise(request.lead_id, submission, bundle.assessment)
    signals = spam_signals(submission, lead, bundle.assessment.spam)
    missing = missing_fields(lead, bundle)
    checks = (
        _required_fields(missing, version),
        _email_format(submission, lead, version),
        _phone_format(submission, lead, version),
        check_result(
            CheckName.DUPLICATE,
            Grade.NOT_EVALUATED,
            version,
            "Judged when the lead is compared with people already known.",
        ),
        _allowed_values(submission, lead, version),
        _source_and_utm(submission, lead, bundle),
        _crm_field_mapping(lead, bundle),
        spam_check(signals, version),
    )
    usability = _usability(signals, missing)
    facts = lead_facts(lead, usability=usability, missing=missing, spam_signals=signals, checks=checks)
    plan = reading_plan(facts, bundle.reading)
    return Assessment(
        pin=pin,
        lead=lead,
        usability=usability,
        checks=merge_checks(checks, (_ai_confidence(plan, version),)),
        missing=missing,
        spam_signals=signals,
        reading=plan,
    )


def missing_fields(lead: NormalisedLead, bundle: PolicyBundle) -> tuple[str, ...]:
    """The policy's required fields that the lead has no usable value for, as the policy spells them.

    A value that the CRM has no room for is unusable too.
    """
    unfit = {mapping.field.removeprefix("lead.") for mapping in _oversized(lead, bundle.crm_fields)}

    def usable(name: str) -> bool:
        field = name.strip().removeprefix("lead.")
        return field not in unfit and _has_value(lead, field)

    required = bundle.assessment.required_fields
    return tuple(names for names in required if not any(usable(name) for name in names.split("|")))


def _has_value(lead: NormalisedLead, field: str) -> bool:
    value = getattr(lead, field, None)
    if field == "source":
        return value != UNKNOWN_SOURCE
    # `has_message` and `has_transcript` say by False that there is none; a number may well be zero.
    return value is not None and value is not False and value != ""


def _usability(signals: tuple[SpamSignal, ...], missing: tuple[str, ...]) -> Usability:
    if signals:
        return Usability.SPAM
    return Usability.INCOMPLETE if missing else Usability.USABLE


def _required_fields(missing: tuple[str, ...], version: str) -> CheckResult:
    if not missing:
        return check_result(
            CheckName.REQUIRED_FIELDS, Grade.PASS, version, "Every required field has a usable value."
        )
    named = ", ".join(" or ".join(names.split("|")) for names in missing)
    return check_result(
        CheckName.REQUIRED_FIELDS, Grade.FAIL, version, f"Missing or unusable: {named}.", missing
    )


def _email_format(submission: LeadSubmission, lead: NormalisedLead, version: str) -> CheckResult:
    check, field, raw = CheckName.EMAIL_FORMAT, "contact.email", submission.contact.email
    if raw is None or not raw.strip():
        return _nothing_to_judge(check, field, version)
    if lead.email is None:
        return _unusable(check, field, email_problem(raw), version)
    return check_result(check, Grade.PASS, version, "The address can be written to.", (field,))


def _phone_format(submission: LeadSubmission, lead: NormalisedLead, version: str) -> CheckResult:
    check, field, raw = CheckName.PHONE_FORMAT, "contact.phone", submission.contact.phone
    if raw is None or not raw.strip():
        return _nothing_to_judge(check, field, version)
    if lead.phone is None:
        return _unusable(check, field, phone_problem(raw), version)
    return check_result(check, Grade.PASS, version, "The number can be dialled.", (field,))


def _nothing_to_judge(check: CheckName, field: str, version: str) -> CheckResult:
    return check_result(check, Grade.NOT_EVALUATED, version, f"No {field} came.", (field,))


def _unusable(check: CheckName, field: str, problem: str, version: str) -> CheckResult:
    return check_result(check, Grade.FAIL, version, f"Unusable {field}: {problem}.", (field,))


def _allowed_values(submission: LeadSubmission, lead: NormalisedLead, version: str) -> CheckResult:
    named_country = bool(submission.contact.country and submission.contact.country.strip())
    unknown = {
        "source": lead.source == OTHER_SOURCE,
        "service_interest": lead.category is None and lead.category_raw is not None,
        "contact.country": named_country and lead.country is None,
    }
    fields = tuple(field for field, is_unknown in unknown.items() if is_unknown)
    if fields:
        detail = f"The policy knows no such value: {', '.join(fields)}."
        return check_result(CheckName.ALLOWED_VALUES, Grade.WARN, version, detail, fields)
    return check_result(
        CheckName.ALLOWED_VALUES, Grade.PASS, version, "Every fixed choice is one that the policy knows."
    )


def _source_and_utm(submission: LeadSubmission, lead: NormalisedLead, bundle: PolicyBundle) -> CheckResult:
    check, version, utm = CheckName.SOURCE_AND_UTM, bundle.version, submission.utm
    if lead.source == UNKNOWN_SOURCE:
        return check_result(check, Grade.FAIL, version, "No source came.", ("source",))
    expected = submission.entry_kind in bundle.assessment.utm_expected_for
    given = {"utm.source": utm.source, "utm.medium": utm.medium, "utm.campaign": utm.campaign}
    absent = tuple(field for field, value in given.items() if not (value and value.strip()))
    if expected and absent:
        detail = f"Expected for this kind of entry and missing: {', '.join(absent)}."
        return check_result(check, Grade.WARN, version, detail, absent)
    return check_result(check, Grade.PASS, version, "The source is there, and the UTM where it is expected.")


def _oversized(lead: NormalisedLead, mappings: tuple[FieldMapping, ...]) -> tuple[FieldMapping, ...]:
    def too_long(mapping: FieldMapping) -> bool:
        value = getattr(lead, mapping.field.removeprefix("lead."), None)
        return mapping.max_length is not None and isinstance(value, str) and len(value) > mapping.max_length

    return tuple(mapping for mapping in mappings if too_long(mapping))


def _crm_field_mapping(lead: NormalisedLead, bundle: PolicyBundle) -> CheckResult:
    check, mappings = CheckName.CRM_FIELD_MAPPING, bundle.crm_fields
    lost = tuple(
        mapping.field
        for mapping in mappings
        if mapping.field.removeprefix("lead.") not in NormalisedLead.model_fields
    )
    if lost:
        detail = f"The policy maps fields that no lead has: {', '.join(lost)}."
        return check_result(check, Grade.FAIL, bundle.version, detail, lost)
    oversized = _oversized(lead, mappings)
    if oversized:
        fields = tuple(dict.fromkeys(mapping.field for mapping in oversized))
        room = ", ".join(
            f"{mapping.crm_object}.{mapping.crm_field} holds {mapping.max_length} characters"
            for mapping in oversized
        )
        detail = f"Too long for the CRM: {', '.join(fields)} ({room})."
        return check_result(check, Grade.FAIL, bundle.version, detail, fields)
    return check_result(check, Grade.PASS, bundle.version, "Every mapped value fits its field in the CRM.")


def _ai_confidence(plan: ReadingPlan, version: str) -> CheckResult:
    if plan.classify:
        detail = "Judged when the text has been read."
        return check_result(CheckName.AI_CONFIDENCE, Grade.NOT_EVALUATED, version, detail)
    return check_result(
        CheckName.AI_CONFIDENCE, Grade.PASS, version, "Not needed: no text is read by a classifier."
    )
