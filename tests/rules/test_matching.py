"""New, known, merge or review: by table, and two runs never both give way, nor both go on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.assessment import Assessment, CheckName, Grade
from contracts.lead import BotSignals, EntryKind
from contracts.matching import (
    AccountCandidate,
    InFlightCandidate,
    JudgeMatchInput,
    MatchCandidates,
    MatchKind,
    MatchVerdict,
    OpenWork,
    WorkKind,
)
from contracts.policy import MatchingPolicy
from rules.matching import judge_match, merge_checks
from tests.bundles import small_bundle
from tests.rules.leads import NOON, assessment, contact, in_flight, with_lead

BUNDLE = small_bundle()
KNOWN, MERGE, NEW, REVIEW = MatchKind.KNOWN, MatchKind.MERGE, MatchKind.NEW, MatchKind.REVIEW
ADA = "ada@analytical.example"


def judged(report: Assessment | None = None, **candidates: Any) -> MatchVerdict:
    found = MatchCandidates.model_validate({"recent_arrivals": 1, **candidates})
    return judge_match(JudgeMatchInput(assessment=report or assessment(), candidates=found), BUNDLE)


def deal(category: str | None = "crm", **fields: Any) -> OpenWork:
    return OpenWork.model_validate({"kind": WorkKind.DEAL, "id": "d1", "category": category, **fields})


def test_nobody_known_is_new() -> None:
    verdict = judged()
    assert (verdict.kind, verdict.rule, verdict.score) == (NEW, "no_match@2026-test.1", 0.0)
    assert (verdict.contact_id, verdict.sticky_owner_id, verdict.spam) == (None, None, False)


@pytest.mark.parametrize(
    ("lead", "known", "kind", "rule", "evidence"),
    [
        # The same mailbox.
        ({}, {"email": ADA}, KNOWN, "same_email", ("email",)),
        ({}, {"email": ADA, "name": "ada lovelace"}, KNOWN, "same_email", ("email", "name")),
        ({}, {"email": "ADA+crm@analytical.example"}, KNOWN, "same_email", ("email",)),
        ({"email": "a.da@gmail.com"}, {"email": "ada@googlemail.com"}, KNOWN, "same_email", ("email",)),
        ({}, {"email": ADA, "name": "Grace Hopper"}, KNOWN, "same_email", ("email",)),
        # A mailbox that several people read.
        ({"email": "info@a.example"}, {"email": "info@a.example"}, KNOWN, "same_email", ("email",)),
        (
            {"email": "info@a.example"},
            {"email": "info@a.example", "name": "Grace Hopper"},
            REVIEW,
            "shared_email",
            ("email",),
        ),
        # The same number.
        ({"phone": "+14155552671"}, {"phone": "+14155552671"}, KNOWN, "same_phone", ("phone",)),
        (
            {"phone": "(415) 555-2671"},
            {"phone": "+14155552671", "name": "A. Lovelace"},
            KNOWN,
            "same_phone",
            ("phone", "name"),
        ),
        (
            {"phone": "+14155552671"},
            {"phone": "+14155552671", "name": "Grace Hopper"},
            REVIEW,
            "shared_phone",
            ("phone",),
        ),
        (
            {"phone": "+14155552671"},
            {"phone": "+14155552671", "name": "Grace Hopper", "email": "grace@navy.example"},
            NEW,
            "no_match",
            (),
        ),
        # Alike by name, company and domain.
        (
            {},
            {"name": "Ada Lovelace", "company": "Analytical Engines", "email": "al@analytical.example"},
            KNOWN,
            "alike",
            ("name", "company", "company_domain"),
        ),
        (
            {},
            {"name": "Adam Lovelas", "company": "Analytical Engines", "email": "al@analytical.example"},
            REVIEW,
            "near",
            ("name", "company", "company_domain"),
        ),
        (
            {},
            {"name": "Charles Babbage", "company": "Analytical Engines", "email": "cb@analytical.example"},
            NEW,
            "no_match",
            (),
        ),
        ({}, {"name": "Ada Lovelace"}, NEW, "no_match", ()),
        ({}, {"name": "Ada Lovelace", "email": "ada@gmail.com"}, NEW, "no_match", ()),
        ({"email": None}, {"email": None}, NEW, "no_match", ()),
    ],
)
def test_band_decides(
    lead: dict[str, Any], known: dict[str, Any], kind: MatchKind, rule: str, evidence: tuple[str, ...]
) -> None:
    verdict = judged(assessment(contact=lead), contacts=(contact(**known),))
    assert (verdict.kind, verdict.rule) == (kind, f"{rule}@2026-test.1")
    assert verdict.evidence == evidence
    assert verdict.contact_id == (None if kind is NEW else "k1")
    assert verdict.contact_version == (None if kind is NEW else 3)


def test_bands_of_likeness_come_from_the_policy() -> None:
    near = contact(name="Adam Lovelas", company="Analytical Engines", email="al@analytical.example")
    question = JudgeMatchInput(assessment=assessment(), candidates=MatchCandidates(contacts=(near,)))
    score = judge_match(question, BUNDLE).score
    assert BUNDLE.matching.review_at <= score < BUNDLE.matching.merge_at
    lenient = small_bundle(matching=MatchingPolicy(review_at=0.5, merge_at=score))
    strict = small_bundle(matching=MatchingPolicy(review_at=score + 0.01, merge_at=1))
    assert judge_match(question, lenient).kind is KNOWN
    assert judge_match(question, strict).kind is NEW
    assert judge_match(question, strict).score == score


@pytest.mark.parametrize(
    ("lead", "work", "kind"),
    [
        ({}, deal("crm"), MERGE),
        ({}, deal("support"), KNOWN),
        ({}, deal(None), KNOWN),
        ({"service_interest": None}, deal(None), MERGE),
        ({"service_interest": None}, deal("crm"), KNOWN),
        ({"service_interest": "help"}, deal("support", kind=WorkKind.TICKET), MERGE),
        ({}, deal("crm", kind=WorkKind.ENROLMENT), KNOWN),
        ({"service_interest": None, "entry_kind": EntryKind.SUPPORT_TICKET}, deal(None), KNOWN),
        (
            {"service_interest": None, "entry_kind": EntryKind.SUPPORT_TICKET},
            deal(None, kind=WorkKind.TICKET),
            MERGE,
        ),
    ],
)
def test_same_person_merges_only_into_work_that_asks_for_the_same(
    lead: dict[str, Any], work: OpenWork, kind: MatchKind
) -> None:
    verdict = judged(assessment(**lead), contacts=(contact(email=ADA, open_work=(work,)),))
    assert verdict.kind is kind
    assert verdict.work == (work if kind is MERGE else None)


def test_near_match_never_merges_into_its_work() -> None:
    near = contact(
        name="Adam Lovelas", company="Analytical Engines", email="al@analytical.example", open_work=(deal(),)
    )
    assert judged(contacts=(near,)).kind is REVIEW


def test_strongest_candidate_counts_whatever_the_order() -> None:
    near = contact(contact_id="k9", name="Adam Lovelas", company="Analytical Engines")
    by_phone = contact(contact_id="k2", phone="+14155552671")
    by_email = contact(contact_id="k3", email=ADA)
    same_email = contact(contact_id="k4", email=ADA)
    report = assessment(contact={"phone": "+14155552671"})
    for contacts in ((near, by_phone, same_email, by_email), (by_email, same_email, by_phone, near)):
        assert judged(report, contacts=contacts).contact_id == "k3"


def test_contacts_owner_comes_before_the_accounts() -> None:
    account = AccountCandidate(company_id="a1", version=1, owner_id="o-ben")
    owned, unowned = contact(email=ADA, owner_id="o-ada"), contact(email=ADA)
    assert judged(contacts=(owned,), account=account).sticky_owner_id == "o-ada"
    assert judged(contacts=(unowned,), account=account).sticky_owner_id == "o-ben"
    new = judged(account=account)
    assert (new.kind, new.account_id, new.sticky_owner_id) == (NEW, "a1", "o-ben")


# ---------------------------------------------------------------- in flight


def test_earlier_run_for_the_same_request_takes_the_lead() -> None:
    verdict = judged(in_flight=(in_flight(),))
    assert (verdict.kind, verdict.in_flight_lead_id, verdict.rule) == (MERGE, "c0", "same_email@2026-test.1")
    assert verdict.work is None


def test_first_of_several_earlier_runs_takes_the_lead() -> None:
    runs = (in_flight(lead_id="c5"), in_flight(lead_id="c4", arrived_at=NOON - timedelta(hours=1)))
    assert judged(in_flight=runs).in_flight_lead_id == "c5"
    assert judged(in_flight=runs[::-1]).in_flight_lead_id == "c4"


@pytest.mark.parametrize(
    "other",
    [
        {"arrived_at": NOON},
        {"arrived_at": NOON + timedelta(days=1)},
        {"arrived_at": NOON, "lead_id": "c2"},
    ],
)
def test_run_that_registered_before_takes_the_lead_whenever_it_arrived(other: dict[str, Any]) -> None:
    verdict = judged(in_flight=(in_flight(**other),))
    assert (verdict.kind, verdict.in_flight_lead_id) == (MERGE, other.get("lead_id", "c0"))


@pytest.mark.parametrize(
    "other",
    [
        {"category": "support"},
        {"category": None},
        {"matched_on": "phone", "name": "Grace Hopper"},
    ],
)
def test_run_for_another_request_or_person_takes_nothing(other: dict[str, Any]) -> None:
    verdict = judged(in_flight=(in_flight(**other),))
    assert (verdict.kind, verdict.in_flight_lead_id) == (NEW, None)


@pytest.mark.parametrize(
    ("lead", "other", "rule"),
    [
        ({"email": "info@a.example"}, {"name": "Grace Hopper"}, "shared_email"),
        (
            {"email": None, "phone": "+14155552671"},
            {"name": "Grace Hopper", "matched_on": "phone"},
            "shared_phone",
        ),
    ],
)
def test_run_of_somebody_else_on_the_same_line_is_for_a_person_to_judge(
    lead: dict[str, Any], other: dict[str, Any], rule: str
) -> None:
    verdict = judged(assessment(contact=lead), in_flight=(in_flight(**other),))
    assert (verdict.kind, verdict.rule) == (REVIEW, f"{rule}@2026-test.1")
    assert verdict.in_flight_lead_id == "c0"


def test_open_work_comes_before_a_run_and_a_run_before_a_new_request() -> None:
    same, other = contact(email=ADA, open_work=(deal(),)), contact(email=ADA, owner_id="o-ada")
    assert judged(contacts=(same,), in_flight=(in_flight(),)).work == deal()
    into_run = judged(contacts=(other,), in_flight=(in_flight(),))
    assert (into_run.kind, into_run.in_flight_lead_id) == (MERGE, "c0")
    assert (into_run.contact_id, into_run.sticky_owner_id) == ("k1", "o-ada")


LEAD_IN_FLIGHT = st.fixed_dictionaries(
    {
        "lead_id": st.sampled_from(["c1", "c2", "c3", "e1"]),
        "received_at": st.sampled_from([NOON, NOON + timedelta(microseconds=1), NOON - timedelta(days=1)]),
        "category": st.sampled_from([None, "crm", "support"]),
        "name": st.sampled_from([None, "Ada Lovelace", "A. Lovelace", "Grace Hopper", "Ada"]),
        "email": st.sampled_from([None, ADA, "info@a.example"]),
    }
)


def seen_by_others(lead: dict[str, Any], matched_on: str) -> InFlightCandidate:
    return InFlightCandidate(
        lead_id=lead["lead_id"],
        matched_on=matched_on,
        name=lead["name"],
        category=lead["category"],
        arrived_at=lead["received_at"],
    )


LEADS = st.lists(LEAD_IN_FLIGHT, min_size=1, max_size=4, unique_by=lambda lead: lead["lead_id"])
REGISTRATIONS = LEADS.flatmap(lambda leads: st.lists(st.sampled_from(leads), min_size=1, max_size=9))
"""Leads in the order in which they register, whenever they arrived; some more than once."""
MATCHED_ON = st.sampled_from(["email", "phone"])


def in_turn(
    registrations: list[dict[str, Any]], matched_on: str
) -> Iterator[tuple[str, list[str], MatchVerdict]]:
    """Each registration's lead, the leads in a place before it, and the verdict on what `Arrivals` reports.

    A lead takes its place once and sees whoever is before it, as the conformance of that port demands.
    """
    report = assessment()
    places: list[dict[str, Any]] = []
    for lead in registrations:
        if lead not in places:
            places.append(lead)
        before = places[: places.index(lead)]
        candidates = tuple(seen_by_others(other, matched_on) for other in before)
        verdict = judged(with_lead(report, **lead), in_flight=candidates)
        yield lead["lead_id"], [other["lead_id"] for other in before], verdict


@given(REGISTRATIONS, MATCHED_ON)
def test_runs_never_give_way_to_each_other(registrations: list[dict[str, Any]], matched_on: str) -> None:
    gave_way: set[tuple[str, str]] = set()
    for lead_id, before, verdict in in_turn(registrations, matched_on):
        if verdict.in_flight_lead_id:
            assert verdict.in_flight_lead_id in before
            gave_way.add((lead_id, verdict.in_flight_lead_id))
    assert not {(other, one) for one, other in gave_way} & gave_way


@given(REGISTRATIONS, MATCHED_ON)
def test_run_that_registers_first_goes_on(registrations: list[dict[str, Any]], matched_on: str) -> None:
    first = registrations[0]["lead_id"]
    kinds = {verdict.kind for lead_id, _, verdict in in_turn(registrations, matched_on) if lead_id == first}
    assert kinds == {NEW}


@given(REGISTRATIONS, MATCHED_ON)
def test_of_runs_for_one_request_exactly_one_goes_on(
    registrations: list[dict[str, Any]], matched_on: str
) -> None:
    same: dict[str, Any] = {"name": "Ada Lovelace", "email": ADA, "category": "crm"}
    verdicts = in_turn([{**lead, **same} for lead in registrations], matched_on)
    going_on = {lead_id for lead_id, _, verdict in verdicts if verdict.kind is not MERGE}
    assert going_on == {registrations[0]["lead_id"]}


# ---------------------------------------------------------------- the report


@pytest.mark.parametrize(
    ("candidates", "grade"),
    [
        ({}, Grade.PASS),
        ({"contacts": (contact(email=ADA),)}, Grade.PASS),
        ({"contacts": (contact(email=ADA, open_work=(deal(),)),)}, Grade.FAIL),
        (
            {"contacts": (contact(name="Adam Lovelas", company="Analytical Engines"),)},
            Grade.WARN,
        ),
    ],
)
def test_duplicate_check_is_graded(candidates: dict[str, Any], grade: Grade) -> None:
    verdict = judged(**candidates)
    (result,) = verdict.checks
    assert (result.check, result.grade, result.rule) == (CheckName.DUPLICATE, grade, "duplicate@2026-test.1")
    assert result.fields == verdict.evidence


def test_too_many_arrivals_make_it_spam_and_fail_the_check_again() -> None:
    assert judged(recent_arrivals=5).spam is False
    report = assessment()
    verdict = judged(report, recent_arrivals=6)
    assert verdict.spam is True
    merged = merge_checks(report.checks, verdict.checks)
    assert [one.check for one in merged] == list(CheckName)
    spam = next(one for one in merged if one.check is CheckName.SPAM)
    assert (spam.grade, spam.fields) == (Grade.FAIL, ("bot_signals.sender", "contact.email"))


def test_spam_check_keeps_the_signals_that_it_had() -> None:
    report = assessment(bot_signals=BotSignals(honeypot="x"))
    fields = judged(report, recent_arrivals=6).checks[-1].fields
    assert fields == ("bot_signals.honeypot", "bot_signals.sender", "contact.email")


def test_verdict_never_repeats_what_is_known_of_people() -> None:
    planted = "planted7f3a"
    known = contact(name=planted, company=planted, email=f"{planted}@{planted}.example", phone="+14155552671")
    report = assessment(
        contact={"name": planted, "company": planted, "email": f"{planted}@{planted}.example"}
    )
    verdict = judged(report, contacts=(known,))
    assert verdict.kind is KNOWN
    assert planted not in verdict.model_dump_json()
