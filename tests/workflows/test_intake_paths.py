"""Intake takes every lead to one of its stated ends, and reads a text only where one must be read."""

import asyncio
from collections.abc import Callable

import pytest

from contracts.approval import Verdict
from contracts.classification import Risk
from contracts.failures import FailureCode
from contracts.lead import LeadSubmission
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind, OutboxStatus
from contracts.routing import LeadPath
from tests.faults import Faults
from tests.workflows.caches import both_caches
from tests.workflows.house import NO_RECORDS, House
from tests.workflows.leads import a_newsletter_sign_up, a_sales_lead, a_support_ticket, spam

PATHS = [
    (a_sales_lead, LeadPath.SALES, "sales"),
    (a_support_ticket, LeadPath.SUPPORT, "support"),
    (a_newsletter_sign_up, LeadPath.NURTURE, "nurture"),
]
CRM_CALLS = (
    "find_contacts",
    "find_account",
    "create_lead_records",
    "create_task",
    "create_note",
    "assign_owner",
    "move_stage",
)


@both_caches
@pytest.mark.parametrize(("lead", "path", "rule"), PATHS, ids=[path for _, path, _ in PATHS])
async def test_lead_of_each_path_is_handed_over(
    house: House, lead: Callable[[], LeadSubmission], path: LeadPath, rule: str
) -> None:
    result = await house.taken_in(lead())
    assert (result.outcome, result.path, result.rule) == (IntakeState.HANDED_OVER, path, rule)
    assert await house.records() == {"companies": 1, "contacts": 1, "works": 1, "tasks": 1, "notes": 1}
    assert (await house.ledger.decision(result.lead_id)).result == result
    follow_through = await house.in_state(house.follow_through(result.lead_id), "awaiting_acknowledgement")
    assert follow_through.owner_id == result.owner_id


@both_caches
async def test_spam_ends_without_a_single_crm_call(house: House, faults: Faults) -> None:
    result = await house.taken_in(spam())
    assert (result.outcome, result.path) == (IntakeState.DISQUALIFIED, LeadPath.DISQUALIFIED)
    assert {method: faults.count(method) for method in CRM_CALLS} == dict.fromkeys(CRM_CALLS, 0)
    assert await house.records() == NO_RECORDS
    assert await house.rows("decisions") == 1


async def test_too_many_from_one_sender_are_disqualified_as_spam(house: House) -> None:
    sender = {"bot_signals": {"sender": "token-1"}}
    results = [await house.taken_in(a_sales_lead(**sender)) for _ in range(6)]
    assert [result.outcome for result in results] == ["handed_over"] * 5 + ["disqualified"]


async def test_everybody_who_must_act_gets_what_they_need(house: House) -> None:
    result = await house.taken_in(a_sales_lead())
    told, drafted = await house.messages(MessageKind.LEAD_ASSIGNED, MessageKind.FOLLOW_UP)
    if told.kind is MessageKind.FOLLOW_UP:
        told, drafted = drafted, told
    assert told.recipient_id == result.owner_id
    assert drafted.status is OutboxStatus.DRAFT


async def test_fixed_choice_is_never_read_by_a_classifier(house: House, faults: Faults) -> None:
    await house.taken_in(a_sales_lead(message="Please send a quote for a crm pipeline."))
    assert faults.count("classify") == 0


@both_caches
async def test_text_is_read_exactly_once_whatever_is_retried_later(house: House, faults: Faults) -> None:
    for method in ("allocate", "create_lead_records", "create_task", "record_decision"):
        faults.lose_answer(method)
    result = await house.taken_in(a_newsletter_sign_up(message="A quote for a crm with a pipeline, please."))
    assert result.path is LeadPath.SALES
    assert faults.count("classify") == 1


async def test_unanswered_classifier_is_asked_again_under_the_same_key(house: House, faults: Faults) -> None:
    faults.fail("classify", FailureCode.UNAVAILABLE, calls=(1,))
    faults.lose_answer("classify", FailureCode.TIMED_OUT, calls=(2,))
    result = await house.taken_in(a_newsletter_sign_up(message="A quote for a crm with a pipeline, please."))
    assert result.path is LeadPath.SALES
    assert len(set(faults.keys("classify"))) == 1
    assert faults.count("classify") == 3


async def test_transcript_is_summarised_with_offsets_into_it(house: House, faults: Faults) -> None:
    transcript = (
        "Hello, this is the intake line. Nice weather today. "
        "We need a crm with a sales pipeline for forty people by March. Goodbye."
    )
    result = await house.taken_in(a_newsletter_sign_up(transcript=transcript, entry_kind="booked_call"))
    assert result.outcome is IntakeState.HANDED_OVER
    assert faults.count("summarise") == 1
    (told,) = await house.messages(MessageKind.LEAD_ASSIGNED)
    assert "We need a crm with a sales pipeline for forty people by March." in told.body


async def test_unsure_classification_waits_for_a_person(house: House) -> None:
    run = await house.submit(a_newsletter_sign_up(message="Good morning, I have something to ask you."))
    status = await house.in_state(run, IntakeState.IN_REVIEW)
    assert status.approval_id == house.approval(run).id
    assert await house.records() == NO_RECORDS
    approval = house.approval(run)
    await house.in_state(approval, "awaiting_decision")
    await house.decide(approval, "o-ada")
    result = await run.result()
    record = await house.ledger.decision(result.lead_id)
    assert (result.outcome, record.decided_by) == (IntakeState.HANDED_OVER, ("o-ada",))


async def test_risky_text_waits_for_a_person_however_sure_the_classifier_is(house: House) -> None:
    text = "A quote for a crm with a crm pipeline, please, or my lawyer will write."
    run = await house.submit(a_newsletter_sign_up(message=text))
    await house.in_state(run, IntakeState.IN_REVIEW)
    await house.in_state(house.approval(run), "awaiting_decision")
    await house.decide(house.approval(run), "o-ben")
    record = await house.ledger.decision((await run.result()).lead_id)
    assert record.classification is not None
    assert (record.classification.risk, record.decided_by) == (Risk.HIGH, ("o-ben",))


@both_caches
async def test_reviewers_corrected_category_sends_the_lead_elsewhere(house: House, faults: Faults) -> None:
    run = await house.submit(a_newsletter_sign_up(message="Good morning, I have something to ask you."))
    approval = house.approval(run)
    await house.in_state(run, IntakeState.IN_REVIEW)
    await house.in_state(approval, "awaiting_decision")
    await house.decide(approval, "o-ada", corrected_category="support")
    result = await run.result()
    assert (result.path, result.rule) == (LeadPath.SUPPORT, "support")
    assert faults.count("classify") == 1


@pytest.mark.parametrize(
    ("verdict", "outcome"), [(Verdict.REJECT, IntakeState.REJECTED), (None, IntakeState.EXPIRED)]
)
async def test_unapproved_lead_ends_without_any_effect(
    house: House, verdict: Verdict | None, outcome: IntakeState
) -> None:
    run = await house.submit(a_newsletter_sign_up(message="Good morning, I have something to ask you."))
    approval = house.approval(run)
    await house.in_state(run, IntakeState.IN_REVIEW)
    waiting = await house.in_state(approval, "awaiting_decision")
    if verdict:
        await house.decide(approval, "o-ada", verdict)
    else:
        await house.clock.fast_forward_to(approval, waiting.due_at)
    result = await run.result()
    assert result.outcome is outcome
    assert await house.records() == NO_RECORDS
    assert (await house.ledger.decision(result.lead_id)).result.outcome is outcome


async def test_same_item_handed_in_fifty_times_at_once_is_one_run(house: House, faults: Faults) -> None:
    lead = a_sales_lead()
    started = await asyncio.gather(*(house.doors.start_lead(lead) for _ in range(50)))
    assert len({one.workflow_id for one in started}) == 1
    assert sum(not one.already_known for one in started) == 1
    await house.intake(started[0].lead_id).result()
    assert (await house.doors.start_lead(lead)).already_known
    assert await house.records() == {"companies": 1, "contacts": 1, "works": 1, "tasks": 1, "notes": 1}
    assert faults.count("create_lead_records") == 1
