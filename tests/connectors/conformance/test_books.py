"""Conformance of `Acceptances` and `Books`: what is said of each run, wherever it stands in the store."""

import asyncio
from datetime import timedelta

from contracts.approval import ApprovalOutcome, ApprovalTask, CloseApprovalTaskInput
from contracts.crm import UndoInput
from contracts.follow_through import FollowThroughOrder, LeadOutcome, OutcomeRecord
from contracts.lead_intake import IntakeState, LeadIntakeResult
from contracts.matching import WorkKind
from contracts.ports import Crm, Inbox, Ledger
from contracts.reconciliation import Acceptances, AcceptedItem, BookedRun, Books
from contracts.routing import LeadPath
from contracts.status import EffectRef
from tests.connectors.examples import MONDAY_NINE, decision, records, step

LATER = MONDAY_NINE + timedelta(hours=1)
INTAKE, FOLLOWED = "lead-intake/lead-1", "lead-follow-through/lead-1"
ORDER = FollowThroughOrder(
    lead_id="lead-1",
    path=LeadPath.SALES,
    policy_hash="hash",
    sla="standard",
    owner_id="sam",
    work_kind=WorkKind.DEAL,
    handed_over_at=MONDAY_NINE,
)
RESULT = LeadIntakeResult(
    lead_id="lead-1",
    outcome=IntakeState.HANDED_OVER,
    effects=(
        EffectRef(
            step="create_lead_records", key=step("lead-1", "create_lead_records"), external_id="deal_1"
        ),
        EffectRef(step="create_task", key=step("lead-1", "create_task"), external_id="task_1"),
    ),
    follow_through_id=FOLLOWED,
)


async def test_item_that_is_taken_again_keeps_its_instant(accepted: Acceptances, books: Books) -> None:
    first = AcceptedItem(INTAKE, MONDAY_NINE)
    again = AcceptedItem(INTAKE, LATER)
    await accepted.accept([first, AcceptedItem("customer-onboarding/o-1", LATER)])
    await asyncio.gather(*(accepted.accept([again]) for _ in range(5)))
    assert await books.page(since=None, after="", limit=10) == (
        BookedRun("customer-onboarding/o-1", accepted_at=LATER, last_at=LATER),
        BookedRun(INTAKE, accepted_at=MONDAY_NINE, last_at=MONDAY_NINE),
    )


async def test_pages_follow_one_another_and_hold_each_run_once(accepted: Acceptances, books: Books) -> None:
    names = [f"lead-intake/lead-{number}" for number in range(7)]
    await accepted.accept([AcceptedItem(name, MONDAY_NINE) for name in names])
    seen: list[str] = []
    while page := await books.page(since=None, after=seen[-1] if seen else "", limit=3):
        assert len(page) <= 3
        seen += [one.workflow_id for one in page]
    assert seen == names
    assert await books.page(since=LATER, after="", limit=3) == ()


async def test_records_that_stand_are_named_and_undone_ones_are_not(books: Books, crm: Crm) -> None:
    await crm.create_lead_records(records())
    assert (await books.of([INTAKE]))[INTAKE].records == ("lead_records",)
    await crm.delete_lead_records(UndoInput(key=step("lead-1", "create_lead_records")))
    after = (await books.of([INTAKE]))[INTAKE]
    assert (after.records, after.effects) == ((), 0)


async def test_decision_names_the_end_what_must_follow_and_what_is_missing(
    books: Books, crm: Crm, ledger: Ledger
) -> None:
    await crm.create_lead_records(records())
    await ledger.record_decision(decision(result=RESULT, handover=ORDER))
    intake, followed = await booked(books, INTAKE, FOLLOWED)
    assert intake.outcome == "handed_over"
    assert intake.missing_effects == (step("lead-1", "create_task"),)
    assert (followed.expected_by, followed.outcome) == ("lead lead-1 was handed over", "")


async def test_effects_of_what_was_undone_are_not_missing(books: Books, ledger: Ledger) -> None:
    undone = RESULT.model_copy(update={"outcome": IntakeState.UNDONE, "follow_through_id": None})
    await ledger.record_decision(decision(result=undone))
    (intake,) = await booked(books, INTAKE)
    assert (intake.outcome, intake.missing_effects) == ("undone", ())
    assert [one.workflow_id for one in await books.page(since=None, after="", limit=9)] == [INTAKE]


async def test_closing_outcome_ends_the_follow_through_and_a_won_deal_must_be_onboarded(
    books: Books, ledger: Ledger
) -> None:
    await ledger.record_decision(decision(result=RESULT, handover=ORDER))
    for number, outcome in enumerate((LeadOutcome.PROPOSAL_SENT, LeadOutcome.CLOSED_WON)):
        (followed,) = await booked(books, FOLLOWED)
        assert followed.outcome == ""
        await ledger.record_outcome(
            OutcomeRecord(
                key=f"{FOLLOWED}#record_outcome#{number}",
                lead_id="lead-1",
                outcome=outcome,
                actor_id="sam",
                at=LATER + timedelta(minutes=number),
            )
        )
    page = {one.workflow_id: one for one in await books.page(since=LATER, after="", limit=9)}
    assert page[FOLLOWED].outcome == "closed_won"
    onboarding = page["customer-onboarding/lead-1"]
    assert (onboarding.expected_by, onboarding.after) == ("the deal of lead lead-1 was won", FOLLOWED)


async def test_ticket_that_is_won_by_mistake_needs_no_onboarding(books: Books, ledger: Ledger) -> None:
    order = ORDER.model_copy(update={"work_kind": WorkKind.TICKET})
    await ledger.record_decision(decision(result=RESULT, handover=order))
    await ledger.record_outcome(
        OutcomeRecord(key="k", lead_id="lead-1", outcome=LeadOutcome.CLOSED_WON, actor_id="sam", at=LATER)
    )
    page = await books.page(since=None, after="", limit=9)
    assert "customer-onboarding/lead-1" not in {one.workflow_id for one in page}


async def test_approval_ends_when_it_leaves_the_inbox(books: Books, inbox: Inbox) -> None:
    asked = ApprovalTask(
        request_id=f"{INTAKE}/approval",
        subject_id=INTAKE,
        approval="review",
        reason="unsure",
        question="?",
        approvers=("sam",),
        opened_at=MONDAY_NINE,
        due_at=LATER,
    )
    await inbox.open(asked)
    (approval,) = await booked(books, asked.request_id)
    assert (approval.records, approval.outcome) == (("approval_opened",), "")
    closing = CloseApprovalTaskInput(request_id=asked.request_id, outcome=ApprovalOutcome.EXPIRED, at=LATER)
    await inbox.close(closing)
    (approval,) = await booked(books, asked.request_id)
    assert approval.outcome == "expired"


async def booked(books: Books, *workflow_ids: str) -> list[BookedRun]:
    found = await books.of(workflow_ids)
    assert list(found) == list(workflow_ids)
    return [found[one] for one in workflow_ids]
