"""People read what happened, why and what to do next; nobody reads what is not theirs to read."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.classification import Classification, Risk, SummarySentence, TranscriptSummary
from contracts.crm import CreateNoteInput, CreateTaskInput, LeadRecords
from contracts.failures import WHO_MUST_ACT, FailureCode
from contracts.lead import EntryKind, NormalisedLead
from contracts.lead_intake import DuplicateArrived
from contracts.matching import MatchKind, MatchVerdict, WorkKind
from contracts.messages import Message, MessageKind
from contracts.notices import NotifyOwnerInput, NotifyPersonInput, SaveFollowUpDraftInput
from contracts.policy import FollowUpTemplate
from contracts.routing import FollowUpPlan, LeadPath, Priority, ReviewNeed, Route
from rules.customer_messages import CUSTOMER_KINDS
from rules.messages import (
    MAX_NOTE,
    MAX_TITLE,
    approval_question,
    follow_up_draft,
    merge_note_body,
    note_body,
    owner_message,
    person_message,
    task_subject,
    work_title,
)
from rules.notice_texts import NOTICE_TEXTS, UNKNOWN
from tests.bundles import small_bundle

BUNDLE = small_bundle()
RUN = "lead-intake/L-1"
DUE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

PERSONAL: dict[str, Any] = {
    "name": "Grace Hopper",
    "email": "grace@navy.example",
    "phone": "+12025550143",
    "company": "Navy Yard",
    "company_domain": "navy.example",
    "email_domain": "navy.example",
    "job_title": "Rear Admiral",
    "category_raw": "a CRM for our ships",
}


def lead(**details: Any) -> NormalisedLead:
    parts: dict[str, Any] = {
        "lead_id": "L-1",
        "entry_kind": EntryKind.LANDING_FORM,
        "source": "website",
        "channel": "organic",
        "campaign": "autumn",
        "form": "contact-us",
        "category": "crm",
        "declared_intent": "get a quote",
        "occurred_at": datetime(2026, 11, 21, 10, tzinfo=UTC),
        "received_at": datetime(2026, 11, 21, 10, 0, 5, tzinfo=UTC),
    }
    return NormalisedLead(**{**parts, **PERSONAL, **details})


def bare_lead() -> NormalisedLead:
    return NormalisedLead(
        lead_id="L-1",
        entry_kind=EntryKind.API_EVENT,
        source="unknown",
        occurred_at=DUE,
        received_at=DUE,
    )


def route(**details: Any) -> Route:
    parts: dict[str, Any] = {
        "rule": "sales",
        "path": LeadPath.SALES,
        "stage": "new",
        "category": "crm",
        "intent": "buy",
        "priority": Priority.HIGH,
        "pool": "sales",
        "sla": "standard",
        "follow_up": FollowUpPlan(template="thanks"),
        "reasons": ("They want something that we sell.",),
        "evidence": ("crm", "quote"),
        "policy_hash": "sha256:abc",
    }
    return Route(**(parts | details))


MATCH = MatchVerdict(
    kind=MatchKind.KNOWN, rule="same_email", score=1.0, evidence=("email",), contact_id="c-7"
)
RECORDS = LeadRecords(contact_id="c-7", contact_created=False, work_kind=WorkKind.DEAL, work_id="d-9")
SUMMARY = TranscriptSummary(
    sentences=(SummarySentence(start=120, end=138, text="We want a new CRM."),), source_length=900, model="x"
)


def to_owner(**details: Any) -> Message:
    parts: dict[str, Any] = {
        "key": f"{RUN}#notify_owner",
        "workflow_id": RUN,
        "lead": lead(),
        "route": route(),
        "owner_id": "o-ada",
        "records": RECORDS,
        "due_at": DUE,
        "excerpt": "Hello,\nwe sail soon.\n\nRun: lead-intake/forged",
        "summary": SUMMARY,
    }
    return owner_message(NotifyOwnerInput(**(parts | details)), BUNDLE)


def test_an_owner_reads_everything_that_they_need_to_act() -> None:
    message = to_owner()
    assert message.subject == (
        "High priority sales lead from website, acknowledge by Mon 23 Nov 2026, 10:30 (Europe/Berlin)"
    )
    assert message.body == (
        "You own a new lead (sales).\n"
        "\n"
        "Who:            Grace Hopper, Rear Admiral\n"
        "Company:        Navy Yard, navy.example\n"
        "Reach them:     grace@navy.example, +12025550143\n"
        "Want:           buy, crm\n"
        "Source:         website, organic, autumn, contact-us\n"
        "Priority:       high\n"
        "Acknowledge by: Mon 23 Nov 2026, 10:30 (Europe/Berlin)\n"
        "Why here:       They want something that we sell.; rule sales\n"
        "Next:           acknowledge the lead, then contact them\n"
        "In the CRM:     deal d-9, contact c-7\n"
        "Run:            lead-intake/L-1\n"
        "\n"
        "  ./throughline lead acknowledge L-1 --as o-ada\n"
        "  ./throughline lead status L-1\n"
        "\n"
        "What they wrote:\n"
        "> Hello,\n"
        "> we sail soon.\n"
        "> Run: lead-intake/forged\n"
        "\n"
        "From the transcript (character offsets):\n"
        "> [120-138] We want a new CRM."
    )
    assert (message.kind, message.recipient_id, message.due_at) == (MessageKind.LEAD_ASSIGNED, "o-ada", DUE)


def test_an_owner_message_without_any_detail_says_what_is_not_known() -> None:
    message = to_owner(
        lead=bare_lead(),
        route=route(category=None, intent=None, reasons=()),
        owner_id="o-gone",
        records=None,
        due_at=None,
        excerpt=None,
        summary=None,
    )
    assert "Who:            not known\n" in message.body
    assert "Want:           not known\n" in message.body
    assert "Acknowledge by: no time is set\n" in message.body
    assert "Why here:       rule sales\n" in message.body
    assert message.subject == "High priority sales lead from unknown"


def test_a_due_time_is_on_the_owners_own_clock() -> None:
    assert "Mon 23 Nov 2026, 04:30 (America/New_York)" in to_owner(owner_id="o-ben").body
    assert "Mon 23 Nov 2026, 09:30 (UTC)" in to_owner(owner_id="o-gone").body


def test_the_subject_for_an_owner_holds_no_personal_data() -> None:
    subject = to_owner().subject
    assert not [value for value in PERSONAL.values() if value in subject]


def test_nothing_that_a_lead_wrote_can_pass_for_a_line_of_ours() -> None:
    forged = "Eve\u2028Run: x\u202egnp.exe"
    body = to_owner(lead=lead(name=forged), excerpt="a\rRun: forged\nNext: pay\u2028Due: never").body
    assert len(re.findall(r"^(?:Run|Next|Due): ", body, re.MULTILINE)) == 2
    assert [line for line in body.splitlines() if line.startswith(("Run: forged", "Next: pay", "Due:"))] == []
    assert "\u202e" not in body


ONBOARDING, REQUEST = "customer-onboarding/O-1", "access-request/R-1"
WATCH = "crm-drift-watch-2026-11-26T06:00:00Z"
RUN_OF: dict[MessageKind, tuple[str, str]] = {
    **dict.fromkeys(NOTICE_TEXTS, (RUN, "L-1")),
    **dict.fromkeys(
        (
            MessageKind.PREREQUISITE_WANTED,
            MessageKind.CONTRACT_WANTED,
            MessageKind.ONBOARDING_OVERDUE,
            MessageKind.KICKOFF_ESCALATED,
            MessageKind.HANDOVER_REFUSED,
            MessageKind.FIRST_VALUE_MISSING,
            MessageKind.ONBOARDING_WITHDRAWN,
        ),
        (ONBOARDING, "O-1"),
    ),
    **dict.fromkeys((MessageKind.ACCESS_GRANTED, MessageKind.ACCESS_ENDED), (REQUEST, "R-1")),
    **dict.fromkeys((MessageKind.CRM_DRIFTED, MessageKind.CRM_FITS_AGAIN), (WATCH, "the system")),
}
"""The run that each kind of notice is about, and what it is about."""

EVERY_PROCESS = (
    MessageKind.APPROVAL_WANTED,
    MessageKind.APPROVAL_REMINDER,
    MessageKind.APPROVAL_ESCALATED,
    MessageKind.APPROVAL_EXPIRED,
    MessageKind.STEP_PARKED,
)
"""Kinds of notices that a run of any process may send."""


def notice(kind: MessageKind, run: str = "", **details: Any) -> Message:
    run = run or RUN_OF[kind][0]
    parts: dict[str, Any] = {
        "key": f"{run}#notify_person#1",
        "workflow_id": run,
        "policy_hash": "sha256:abc",
        "kind": kind,
        "recipient_id": "m-eve",
        "facts": {},
    }
    return person_message(NotifyPersonInput(**(parts | details)), BUNDLE)


def test_every_kind_of_notice_to_our_people_has_its_words() -> None:
    assert set(NOTICE_TEXTS) == set(MessageKind) - CUSTOMER_KINDS


def test_every_name_in_a_notice_is_a_known_fact_and_every_known_fact_is_used() -> None:
    text = "\n".join(part for words in NOTICE_TEXTS.values() for part in words)
    assert set(re.findall(r"\$(\w+)", text)) == set(UNKNOWN)


@pytest.mark.parametrize("kind", list(NOTICE_TEXTS))
def test_a_notice_without_any_fact_still_says_what_happened_and_what_to_do(kind: MessageKind) -> None:
    message, (run, subject) = notice(kind), RUN_OF[kind]
    assert "$" not in message.subject + message.body
    assert subject in message.subject
    assert "./throughline " in message.body
    assert message.body.endswith(f"\n\nRun: {run}")
    assert message.body.count("\n\n") == 3


@pytest.mark.parametrize("kind", list(NOTICE_TEXTS))
def test_a_notice_shows_no_fact_that_is_not_foreseen(kind: MessageKind) -> None:
    facts = {
        "name": "Grace Hopper",
        "email": "grace@navy.example",
        "text": "secret",
        "me": "x",
        "lead_id": "y",
        "subject": "z",
        "id": "w",
    }
    assert notice(kind, facts=facts) == notice(kind)


def test_a_notice_that_asks_for_a_decision_gives_the_commands() -> None:
    message = notice(
        MessageKind.APPROVAL_WANTED,
        run="lead-intake/L-1/approval",
        facts={"question": "Shall this lead go to sales?", "reason": "near-duplicate"},
        due_at=DUE,
    )
    assert message.subject == "Your decision is wanted: lead L-1"
    assert message.body == (
        "Shall this lead go to sales?\n"
        "\n"
        "Reason: It could be somebody who is known.\n"
        "\n"
        "Expires: Mon 23 Nov 2026, 10:30 (Europe/Berlin). Look at it, then decide:\n"
        "  ./throughline approval show lead-intake/L-1/approval\n"
        "  ./throughline approval approve lead-intake/L-1/approval --as m-eve\n"
        '  ./throughline approval reject lead-intake/L-1/approval --as m-eve --reason "..."\n'
        "\n"
        "Run: lead-intake/L-1/approval"
    )


def test_a_notice_of_a_parked_step_says_who_must_act() -> None:
    message = notice(MessageKind.STEP_PARKED, facts={"step": "create_note", "code": "FORBIDDEN"})
    assert message.subject == "Blocked at create_note: lead L-1"
    assert f"Failure: FORBIDDEN. Who must act: {WHO_MUST_ACT[FailureCode.FORBIDDEN]}." in message.body
    assert "./throughline lead resolve L-1 retry --step create_note --as m-eve\n" in message.body


def test_a_parked_undo_is_named_so_that_the_command_can_be_copied() -> None:
    message = notice(MessageKind.STEP_PARKED, run=ONBOARDING, facts={"step": "undo subscription"})
    assert message.subject == "Blocked at undo subscription: onboarding O-1"
    assert "onboarding resolve O-1 retry --step 'undo subscription' --as m-eve\n" in message.body


def test_a_code_that_nobody_knows_still_makes_a_notice() -> None:
    message = notice(MessageKind.STEP_PARKED, facts={"step": "create_note", "code": "NEW_CODE"})
    assert "Failure: NEW_CODE. Who must act: an operator." in message.body


def test_a_reason_code_without_words_is_read_as_words() -> None:
    assert "Reason: high value." in notice(MessageKind.ALERT, facts={"reason": "high_value"}).body


def test_a_run_that_is_no_leads_is_named_by_its_id() -> None:
    assert notice(MessageKind.ALERT, run="other/1").subject == "Look at lead other/1 at once"
    assert notice(MessageKind.STEP_PARKED, run="other/1").subject == "Blocked at STEP: run other/1"


@pytest.mark.parametrize(
    ("run", "subject", "status", "once_more"),
    [
        (RUN, "lead L-1", "lead status L-1", "submit it again under a new event id"),
        ("lead-follow-through/L-1", "lead L-1", "lead status L-1", "submit it again under a new event id"),
        (ONBOARDING, "onboarding O-1", "onboarding status O-1", "see what it waits for now"),
        (REQUEST, "access request R-1", "access status R-1", "ask again under a new request id"),
    ],
)
def test_a_notice_that_every_process_sends_speaks_of_what_its_run_is_about(
    run: str, subject: str, status: str, once_more: str
) -> None:
    for kind in EVERY_PROCESS:
        about = run if kind is MessageKind.STEP_PARKED else f"{run}/approval-2"
        assert notice(kind, run=about).subject.endswith(f": {subject}")
    parked = notice(MessageKind.STEP_PARKED, run=run, facts={"step": "create_note"}).body
    group, _, subject_id = status.split()
    assert f"The step create_note of {subject} cannot be done, so it waits." in parked
    assert f"  ./throughline {group} resolve {subject_id} retry --step create_note --as m-eve\n" in parked
    expired = notice(MessageKind.APPROVAL_EXPIRED, run=f"{run}/approval").body
    assert f"If it is still wanted, {once_more}. What is known:\n  ./throughline {status}\n" in expired


def test_whoever_can_supply_what_is_missing_is_told_how() -> None:
    facts = {"missing": "plan, seats", "customer": "cust-1"}
    message = notice(MessageKind.PREREQUISITE_WANTED, facts=facts, due_at=DUE)
    assert message.subject == "Something is missing: onboarding O-1"
    assert message.body == (
        "Onboarding O-1 of customer cust-1 cannot begin as ordered; nothing is touched yet.\n"
        "\n"
        "Missing or unusable: plan, seats.\n"
        "\n"
        "Due: Mon 23 Nov 2026, 10:30 (Europe/Berlin). Without it the onboarding ends. Give what you have:\n"
        "  ./throughline onboarding provide O-1 --as m-eve ...\n"
        "  ./throughline onboarding status O-1\n"
        "\n"
        "Run: customer-onboarding/O-1"
    )


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        (MessageKind.CONTRACT_WANTED, "onboarding contract-signed O-1 --reference REFERENCE --as m-eve"),
        (MessageKind.KICKOFF_ESCALATED, "onboarding choose O-1 SLOT --as m-eve"),
        (MessageKind.HANDOVER_REFUSED, 'onboarding hand-over O-1 --as m-eve --reason "..."'),
        (MessageKind.ONBOARDING_WITHDRAWN, "onboarding status O-1"),
        (MessageKind.ACCESS_ENDED, "access status R-1"),
    ],
)
def test_a_notice_gives_the_command_that_goes_on(kind: MessageKind, command: str) -> None:
    assert f"  ./throughline {command}" in notice(kind).body


def test_whoever_got_access_reads_to_what_and_until_when() -> None:
    message = notice(MessageKind.ACCESS_GRANTED, facts={"system": "billing", "role": "reader"}, due_at=DUE)
    assert "You have access to billing now: reader." in message.body
    assert "It ends: Mon 23 Nov 2026, 10:30 (Europe/Berlin)." in message.body


@given(
    st.sampled_from(list(NOTICE_TEXTS)),
    st.dictionaries(st.sampled_from(list(UNKNOWN)), st.text(max_size=500)),
)
def test_no_fact_can_make_a_notice_that_cannot_be_sent(kind: MessageKind, facts: dict[str, str]) -> None:
    printable = {
        name: "".join(c for c in value if ord(c) > 31 and ord(c) != 127) for name, value in facts.items()
    }
    message = notice(kind, facts=printable)
    assert message.subject
    assert message.body.endswith(f"Run: {RUN_OF[kind][0]}")


def draft_of(template: FollowUpTemplate, *, owner_id: str = "o-ada", **details: Any) -> tuple[str, str]:
    draft = follow_up_draft(
        SaveFollowUpDraftInput(
            key=f"{RUN}#save_follow_up_draft",
            workflow_id=RUN,
            policy_hash="sha256:abc",
            lead=details.pop("lead", lead()),
            route=route(**details),
            owner_id=owner_id,
        ),
        small_bundle(follow_ups={"thanks": template}),
    )
    return draft.subject, draft.body


EVERYTHING = FollowUpTemplate(
    subject="Hi $name", body="${name} of $company: $owner writes about $category for $100."
)


def test_a_draft_is_filled_from_the_lead_and_its_owner() -> None:
    assert draft_of(EVERYTHING) == (
        "Hi Grace Hopper",
        "Grace Hopper of Navy Yard: Ada Owner writes about crm for $100.",
    )


def test_a_draft_without_details_stays_polite() -> None:
    assert draft_of(EVERYTHING, lead=bare_lead(), category=None) == (
        "Hi there",
        "there of your company: Ada Owner writes about your request for $100.",
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Grace\u202e Hopper\u200b", "Grace Hopper"),
        ("Grace\x85\x9bHopper", "Grace Hopper"),
        ("Grace\u2028\u2029Hopper", "Grace Hopper"),
        ("$owner ${company} $$", "$owner ${company} $$"),
        ("win at https://evil.example", "there"),
        ("WWW.evil.example", "there"),
        (" \u200b ", "there"),
        ("x" * 500, "x" * 199 + "\u2026"),
    ],
)
def test_a_value_in_a_draft_cannot_play_tricks(name: str, shown: str) -> None:
    subject, _ = draft_of(EVERYTHING, lead=lead(name=name))
    assert subject == f"Hi {shown}"


def test_a_draft_says_to_whom_and_whether_it_needs_approval() -> None:
    request = SaveFollowUpDraftInput(
        key="k",
        workflow_id=RUN,
        policy_hash="sha256:abc",
        lead=lead(),
        route=route(follow_up=FollowUpPlan(template="thanks", needs_approval=True)),
        owner_id="o-ada",
    )
    draft = follow_up_draft(request, BUNDLE)
    assert (draft.to_address, draft.author_id, draft.needs_approval) == ("grace@navy.example", "o-ada", True)


def test_a_template_that_the_policy_does_not_have_is_named() -> None:
    with pytest.raises(ValueError, match="no follow-up template 'gone'"):
        draft_of(EVERYTHING, follow_up=FollowUpPlan(template="gone"))
    with pytest.raises(ValueError, match="rule sales plans no follow-up"):
        draft_of(EVERYTHING, follow_up=None)


def test_a_long_template_and_long_values_fit_into_a_draft() -> None:
    subject, body = draft_of(
        FollowUpTemplate(subject="$name " * 50, body="$company " * 2_000),
        lead=lead(name="n" * 500, company="c" * 500),
    )
    assert (len(subject), len(body)) == (500, 20_000)


def test_titles_and_subjects_say_what_it_is_about() -> None:
    assert work_title(lead(), route()) == "Navy Yard: crm (website)"
    assert task_subject(lead(), route()) == "Contact Navy Yard: buy, high priority"
    support = route(path=LeadPath.SUPPORT, intent=None, category="data_loss")
    assert task_subject(lead(company=None, declared_intent=None), support) == (
        "Answer Grace Hopper: data loss, high priority"
    )
    assert work_title(bare_lead(), route(category=None)) == "lead L-1: sales (unknown)"


@pytest.mark.parametrize("path", list(LeadPath))
def test_titles_fit_the_contracts_however_long_the_values(path: LeadPath) -> None:
    long = lead(company="c" * 500, source="s" * 500)
    subject = task_subject(long, route(path=path, intent="i" * 500))
    CreateTaskInput(key="k", subject=subject, owner_id="o-ada")
    assert max(len(subject), len(work_title(long, route(path=path)))) <= MAX_TITLE


def test_a_note_says_why_the_lead_is_where_it_is() -> None:
    classification = Classification(
        category="crm",
        intent="buy",
        risk=Risk.LOW,
        confidence=0.71,
        evidence=("crm", "quote"),
        model="lexical-1",
        needs_person=True,
        reasons=("confidence_below_floor",),
    )
    again = DuplicateArrived(lead_id="L-2", source="google-ads", campaign="brand", arrived_at=DUE)
    body = note_body(
        lead(), route(), MATCH, classification=classification, summary=SUMMARY, duplicates=(again,)
    )
    assert body == (
        "Throughline, lead L-1\n"
        "\n"
        "Path:           sales, high priority, stage new\n"
        "Category:       crm, a CRM for our ships\n"
        "Intent:         buy, get a quote\n"
        "Source:         website, organic, autumn, contact-us\n"
        "Rule:           sales\n"
        "Policy:         sha256:abc\n"
        "Known as:       known (same_email, likeness 1.00, agreed on email)\n"
        "Evidence:       crm, quote\n"
        "Read as:        crm, confidence 0.71, risk low, by lexical-1\n"
        "Words:          crm, quote\n"
        "Doubts:         confidence below floor\n"
        "\n"
        "Reasons:\n"
        "- They want something that we sell.\n"
        "\n"
        "The same request also came as:\n"
        "- lead L-2 from google-ads, campaign brand, 2026-11-23T09:30:00+00:00\n"
        "\n"
        "From the transcript (character offsets):\n"
        "> [120-138] We want a new CRM."
    )


def test_a_note_leaves_out_what_is_not_there() -> None:
    body = note_body(bare_lead(), route(category=None, intent=None, reasons=(), evidence=()), MATCH)
    assert "not known" not in body
    assert "Category" not in body
    assert "Reasons" not in body


def test_a_note_stays_bounded_however_often_a_request_repeats() -> None:
    again = [DuplicateArrived(lead_id=f"L-{n}", source="s" * 2_000, arrived_at=DUE) for n in range(1_000)]
    body = note_body(lead(), route(reasons=("r" * 5_000,) * 500), MATCH, duplicates=again)
    assert len(body) <= MAX_NOTE
    CreateNoteInput(key="k", body=body)
    short = [one.model_copy(update={"source": "web"}) for one in again]
    assert "- and 980 more" in note_body(lead(), route(), MATCH, duplicates=short)


def test_a_merge_note_says_what_repeats_what() -> None:
    assert merge_note_body(lead(), MATCH) == (
        "The same request came again; nothing new was made.\n"
        "\n"
        "Lead:           L-1\n"
        "Source:         website, organic, autumn, contact-us\n"
        "Received:       2026-11-21T10:00:05+00:00\n"
        "Category:       crm\n"
        "Known as:       known (same_email, likeness 1.00, agreed on email)"
    )


@pytest.mark.parametrize(
    ("path", "question"),
    [
        (LeadPath.SALES, "Shall this lead go to sales?"),
        (LeadPath.SUPPORT, "Shall this lead go to support?"),
        (LeadPath.NURTURE, "Shall this lead be nurtured?"),
        (LeadPath.DISQUALIFIED, "Shall this lead be disqualified?"),
    ],
)
def test_a_reviewer_is_asked_in_plain_words(path: LeadPath, question: str) -> None:
    review = ReviewNeed(approval="review", reason="near-duplicate")
    assert approval_question(lead(), route(path=path, review=review)) == (
        f"{question} Category crm, source website, high priority. Asked because: near duplicate."
    )
    assert approval_question(bare_lead(), route(path=path, category=None)) == (
        f"{question} Category not known, source unknown, high priority."
    )


def test_a_question_holds_no_personal_data() -> None:
    review = ReviewNeed(approval="review", reason="near-duplicate")
    question = approval_question(lead(), route(review=review))
    assert not [value for value in PERSONAL.values() if value in question]


def test_a_question_fits_on_its_line() -> None:
    assert len(approval_question(lead(source="s" * 5_000), route())) <= 500
