"""Nine checks on every lead, each with grade, rule and the names of its fields."""

from typing import Any

import pytest
from hypothesis import given

from contracts.assessment import (
    AssessLeadInput,
    Assessment,
    CheckName,
    CheckResult,
    Grade,
    SpamSignal,
    Usability,
)
from contracts.lead import BotSignals, EntryKind, LeadSubmission, Utm
from contracts.policy import FieldMapping, PolicyBundle
from rules.assessment import assess, missing_fields
from tests.bundles import small_assessment_policy, small_bundle
from tests.rules.leads import PIN, SUBMISSIONS, assessment, submission


def check(report: Assessment, name: CheckName) -> CheckResult:
    return next(one for one in report.checks if one.check is name)


def assessed(bundle: PolicyBundle, **fields: Any) -> Assessment:
    return assess(AssessLeadInput(lead_id="c1", submission=submission(**fields)), bundle, PIN)


def test_usable_lead_passes_every_check_that_can_be_judged_yet() -> None:
    report = assessment(contact={"phone": "(415) 555-2671"})
    assert report.usability is Usability.USABLE
    assert report.pin == PIN
    assert {one.check: one.grade for one in report.checks} == {
        **dict.fromkeys(CheckName, Grade.PASS),
        CheckName.DUPLICATE: Grade.NOT_EVALUATED,
    }


@given(SUBMISSIONS)
def test_whatever_comes_gets_all_nine_checks_in_order(raw: LeadSubmission) -> None:
    report = assess(AssessLeadInput(lead_id="c1", submission=raw), small_bundle(), PIN)
    assert [one.check for one in report.checks] == list(CheckName)
    assert all(one.rule == f"{one.check}@2026-test.1" and one.detail for one in report.checks)
    assert (report.usability is Usability.SPAM) == bool(report.spam_signals)


@given(SUBMISSIONS)
def test_same_submission_and_policy_give_the_same_report(raw: LeadSubmission) -> None:
    question = AssessLeadInput(lead_id="c1", submission=raw)
    again = AssessLeadInput.model_validate_json(question.model_dump_json())
    first, second = assess(question, small_bundle(), PIN), assess(again, small_bundle(), PIN)
    assert first.model_dump_json() == second.model_dump_json()


def test_report_never_repeats_what_somebody_wrote() -> None:
    planted = "planted7f3a"
    report = assessment(
        source=planted,
        service_interest=planted,
        message=planted,
        declared_intent=planted,
        bot_signals=BotSignals(honeypot=planted),
        contact={
            "name": planted * 12,
            "email": planted,
            "phone": planted,
            "company": planted,
            "country": planted,
        },
    )
    assert {one.grade for one in report.checks} >= {Grade.WARN, Grade.FAIL}
    assert not [one for one in report.checks if planted in one.model_dump_json()]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"source": None}, ("lead.source",)),
        ({"source": "tiktok"}, ()),
        ({"contact": {"email": None}}, ("lead.email|lead.phone",)),
        ({"contact": {"email": "ada@"}}, ("lead.email|lead.phone",)),
        ({"contact": {"email": "ada@", "phone": "(415) 555-2671"}}, ()),
        (
            {"contact": {"email": None, "phone": "12"}, "source": " "},
            ("lead.source", "lead.email|lead.phone"),
        ),
    ],
)
def test_missing_and_unusable_required_fields_are_named(
    fields: dict[str, Any], missing: tuple[str, ...]
) -> None:
    report = assessment(**fields)
    result = check(report, CheckName.REQUIRED_FIELDS)
    assert report.missing == missing
    assert result.fields == missing
    assert result.grade is (Grade.FAIL if missing else Grade.PASS)
    assert report.usability is (Usability.INCOMPLETE if missing else Usability.USABLE)


def test_required_fields_come_from_the_policy() -> None:
    wanted = small_bundle(
        assessment=small_assessment_policy(required_fields=("lead.employees", "lead.has_message"))
    )
    assert assessed(wanted, contact={"email": None}).missing == ("lead.employees", "lead.has_message")
    assert assessed(wanted, employees=0, message="Hello there").missing == ()


def test_spam_outweighs_incompleteness() -> None:
    report = assessment(contact={"email": None}, bot_signals=BotSignals(honeypot="x"))
    assert report.usability is Usability.SPAM
    assert report.spam_signals == (SpamSignal.HONEYPOT,)
    assert report.missing


@pytest.mark.parametrize(
    ("fields", "name", "grade", "named"),
    [
        ({"contact": {"email": "a@b@c.example"}}, CheckName.EMAIL_FORMAT, Grade.FAIL, ("contact.email",)),
        ({"contact": {"email": " "}}, CheckName.EMAIL_FORMAT, Grade.NOT_EVALUATED, ("contact.email",)),
        ({"contact": {"phone": "12"}}, CheckName.PHONE_FORMAT, Grade.FAIL, ("contact.phone",)),
        ({"contact": {"phone": None}}, CheckName.PHONE_FORMAT, Grade.NOT_EVALUATED, ("contact.phone",)),
        ({"contact": {"phone": "(415) 555-2671"}}, CheckName.PHONE_FORMAT, Grade.PASS, ("contact.phone",)),
        ({"service_interest": "gardening"}, CheckName.ALLOWED_VALUES, Grade.WARN, ("service_interest",)),
        ({"service_interest": None}, CheckName.ALLOWED_VALUES, Grade.PASS, ()),
        (
            {"source": "tiktok", "contact": {"country": "Narnia"}},
            CheckName.ALLOWED_VALUES,
            Grade.WARN,
            ("source", "contact.country"),
        ),
        ({"source": None}, CheckName.SOURCE_AND_UTM, Grade.FAIL, ("source",)),
        ({"entry_kind": EntryKind.API_EVENT}, CheckName.SOURCE_AND_UTM, Grade.PASS, ()),
        (
            {"entry_kind": EntryKind.LANDING_FORM, "utm": Utm(source="x", medium=" ")},
            CheckName.SOURCE_AND_UTM,
            Grade.WARN,
            ("utm.medium", "utm.campaign"),
        ),
        (
            {"entry_kind": EntryKind.LANDING_FORM, "utm": Utm(source="x", medium="y", campaign="z")},
            CheckName.SOURCE_AND_UTM,
            Grade.PASS,
            (),
        ),
        ({"contact": {"company": "x" * 100}}, CheckName.CRM_FIELD_MAPPING, Grade.PASS, ()),
        ({"contact": {"company": "x" * 101}}, CheckName.CRM_FIELD_MAPPING, Grade.FAIL, ("company",)),
        ({"message": "Our text"}, CheckName.AI_CONFIDENCE, Grade.PASS, ()),
        ({"message": "Our text", "service_interest": None}, CheckName.AI_CONFIDENCE, Grade.NOT_EVALUATED, ()),
    ],
)
def test_check_is_graded_and_names_its_fields(
    fields: dict[str, Any], name: CheckName, grade: Grade, named: tuple[str, ...]
) -> None:
    result = check(assessment(**fields), name)
    assert (result.grade, result.fields) == (grade, named)


def test_required_value_that_the_crm_has_no_room_for_is_unusable() -> None:
    bundle = small_bundle(
        assessment=small_assessment_policy(required_fields=("lead.company",)),
        crm_fields=(
            FieldMapping(field="lead.company", crm_object="company", crm_field="name", max_length=10),
            FieldMapping(field="lead.company", crm_object="deal", crm_field="title", max_length=12),
        ),
    )
    report = assessed(bundle)
    assert report.missing == ("lead.company",)
    assert check(report, CheckName.CRM_FIELD_MAPPING).fields == ("lead.company",)
    assert "company.name holds 10" in check(report, CheckName.CRM_FIELD_MAPPING).detail
    assert missing_fields(assessed(bundle, contact={"company": "Acme"}).lead, bundle) == ()


def test_mapping_of_a_field_that_no_lead_has_fails_by_name() -> None:
    lost = FieldMapping(field="lead.shoe_size", crm_object="contact", crm_field="shoes")
    result = check(assessed(small_bundle(crm_fields=(lost,))), CheckName.CRM_FIELD_MAPPING)
    assert (result.grade, result.fields) == (Grade.FAIL, ("lead.shoe_size",))


@pytest.mark.parametrize(
    ("fields", "classify", "summarise", "rule"),
    [
        ({"message": "We need help"}, False, False, "fixed-choice"),
        ({"message": "We need help", "service_interest": None}, True, False, "open-text"),
        ({"transcript": "Ada: hello", "service_interest": None}, True, True, "transcript"),
        ({"service_interest": None}, False, False, "nothing-to-read"),
    ],
)
def test_reading_is_planned_by_the_policy(
    fields: dict[str, Any], classify: bool, summarise: bool, rule: str
) -> None:
    plan = assessment(**fields).reading
    assert (plan.classify, plan.summarise, plan.rule) == (classify, summarise, rule)
