"""Who may decide, through which door, and what a refusal says."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from contracts.actors import Actor
from contracts.approval import ApprovalOutcome, ApprovalRequest, Decision, Verdict
from contracts.failures import FailureCode
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind
from contracts.names import TaskQueue
from contracts.policy import PolicyBundle
from rules.actor_proof import HmacActorVerifier, sign_assertion
from tests.faults import Faults
from tests.workflows.caches import both_caches
from tests.workflows.histories import events_of, kinds
from tests.workflows.house import KEY, ApprovalRun, House, IntakeRun
from tests.workflows.leads import a_sales_lead
from tests.workflows.policies import EVERY_LEAD, approvals, house_rules
from tests.workflows.refusals import refusal_of
from tests.workflows.test_visibility import current_details
from workflows.approval import ApprovalWorkflow

OFFERS = MessageKind.APPROVAL_WANTED


@pytest.fixture
def bundle() -> PolicyBundle:
    return house_rules(reviews=(EVERY_LEAD,))


async def asked(house: House) -> tuple[IntakeRun, ApprovalRun]:
    """A lead in review, and its approval, which waits for a decision."""
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.IN_REVIEW)
    approval = house.approval(run)
    await house.in_state(approval, "awaiting_decision")
    return run, approval


@both_caches
async def test_approval_lets_the_lead_go_on(house: House) -> None:
    run, approval = await asked(house)
    status = await house.decide(approval, "o-ada", reason="known customer")
    assert [(one.actor_id, one.verdict, one.door) for one in status.decisions] == [
        ("o-ada", Verdict.APPROVE, "update")
    ]
    result = await approval.result()
    assert (result.outcome, result.escalated, result.reminders) == (ApprovalOutcome.APPROVED, False, 0)
    assert (await run.result()).outcome is IntakeState.HANDED_OVER
    assert (await house.status(approval)).state == "approved"


async def test_rejection_ends_the_lead(house: House) -> None:
    run, approval = await asked(house)
    await house.decide(approval, "o-ben", Verdict.REJECT, reason="not ours")
    assert (await approval.result()).outcome is ApprovalOutcome.REJECTED
    assert (await run.result()).outcome is IntakeState.REJECTED


async def test_approval_stands_in_the_inbox_until_it_is_decided(house: House) -> None:
    run, approval = await asked(house)
    (task,) = await house.inbox.tasks()
    assert (task.request_id, task.subject_id, task.approvers) == (approval.id, run.id, ("o-ada", "o-ben"))
    await house.decide(approval, "o-ada")
    await approval.result()
    assert await house.inbox.tasks() == ()
    closed = await house.inbox.task(approval.id)
    assert (closed.status, closed.decided_by) == ("approved", "o-ada")


async def test_everybody_who_may_decide_is_asked_once(house: House) -> None:
    _, approval = await asked(house)
    await house.clock.settle(approval)
    assert sorted(entry.recipient_id or "" for entry in await house.messages(OFFERS)) == ["o-ada", "o-ben"]


class TestRefusals:
    async def refused(self, house: House, approval: ApprovalRun, decision: Decision) -> str:
        with pytest.raises(WorkflowUpdateFailedError) as raised:
            await house.command(approval, ApprovalWorkflow.decide, decision)
        return refusal_of(raised)

    async def test_decision_on_another_request_is_refused(self, house: House) -> None:
        _, approval = await asked(house)
        decision = await house.decision(approval, "o-ada", Verdict.APPROVE)
        other = decision.model_copy(update={"request_id": "another"})
        assert await self.refused(house, approval, other) == "unknown request: the decision names another one"

    async def test_decision_by_somebody_who_was_not_asked_is_refused(self, house: House) -> None:
        _, approval = await asked(house)
        decision = await house.decision(approval, "o-mallory", Verdict.APPROVE)
        said = "wrong person: o-mallory is not an approver; asked were o-ada, o-ben"
        assert await self.refused(house, approval, decision) == said

    async def test_escalation_approver_is_refused_before_the_escalation(self, house: House) -> None:
        _, approval = await asked(house)
        decision = await house.decision(approval, "m-eve", Verdict.APPROVE)
        said = "wrong person: m-eve may decide only once the request is escalated"
        assert await self.refused(house, approval, decision) == said

    async def test_decision_without_a_proof_is_refused(self, house: House) -> None:
        _, approval = await asked(house)
        decision = Decision(request_id=approval.id, verdict=Verdict.APPROVE, actor=Actor(id="o-ada"))
        assert (await self.refused(house, approval, decision)).startswith("unverified actor")

    @pytest.mark.parametrize(
        ("signed_for", "person", "lasts", "said"),
        [
            ("this", "o-ben", timedelta(minutes=5), "was not signed for this actor"),
            ("another-run", "o-ada", timedelta(minutes=5), "was not signed for this actor"),
            ("this", "o-ada", timedelta(seconds=-5), "has expired"),
            ("this", "o-ada", timedelta(days=1), "lasts longer than is allowed"),
        ],
        ids=["somebody-elses", "another-runs", "expired", "too-long"],
    )
    async def test_decision_with_a_foreign_or_stale_proof_is_refused(
        self, house: House, signed_for: str, person: str, lasts: timedelta, said: str
    ) -> None:
        _, approval = await asked(house)
        audience = approval.id if signed_for == "this" else signed_for
        expires = await house.clock.now(approval) + lasts
        actor = Actor(id="o-ada", assertion=sign_assertion(KEY, person, audience, expires))
        decision = Decision(request_id=approval.id, verdict=Verdict.APPROVE, actor=actor)
        assert said in await self.refused(house, approval, decision)
        (refusal,) = (await house.status(approval)).refusals
        assert (refusal.command, refusal.actor_id) == ("decide", "o-ada")
        assert said in refusal.reason

    async def test_second_decision_is_refused(self, house: House, faults: Faults) -> None:
        gate = faults.block("close")
        run, approval = await asked(house)
        await house.decide(approval, "o-ada")
        await gate.entered.wait()
        late = await house.decision(approval, "o-ben", Verdict.REJECT)
        assert await self.refused(house, approval, late) == "already decided: this request is closed"
        gate.release()
        assert (await run.result()).outcome is IntakeState.HANDED_OVER

    async def test_refusal_that_needs_no_proof_leaves_no_trace_in_the_history(self, house: House) -> None:
        _, approval = await asked(house)
        await house.clock.settle(approval)
        before = len(await events_of(approval))
        for person in ("o-mallory", "m-eve"):
            decision = await house.decision(approval, person, Verdict.APPROVE)
            await self.refused(house, approval, decision)
        assert kinds(await events_of(approval))["WORKFLOW_EXECUTION_UPDATE_ACCEPTED"] == 0
        assert len(await events_of(approval)) == before

    async def test_decision_whose_actor_cannot_be_checked_is_refused(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*arguments: Any) -> str:
            raise ApplicationError("no keys", type="UNREADABLE", non_retryable=True)

        _, approval = await asked(house)
        monkeypatch.setattr(HmacActorVerifier, "problem", broken)
        await approval.signal(
            ApprovalWorkflow.approve, await house.decision(approval, "o-ada", Verdict.APPROVE)
        )
        refused = await house.when(approval, lambda status: status.refusals)
        assert refused.refusals[0].reason == "unverified actor: the check failed (UNREADABLE), try again"
        monkeypatch.undo()
        await house.decide(approval, "o-ada")
        assert (await approval.result()).outcome is ApprovalOutcome.APPROVED


async def test_whoever_asked_may_not_decide(house: House) -> None:
    request = ApprovalRequest(
        request_id="approval-of-ada",
        subject_id="somewhere",
        approval="review",
        reason="near-duplicate",
        question="May it?",
        requested_by="o-ada",
        policy_hash=(
            await house.in_state(await house.submit(a_sales_lead()), IntakeState.IN_REVIEW)
        ).policy_hash,
    )
    approval = await house.client.start_workflow(
        ApprovalWorkflow.run, request, id=request.request_id, task_queue=TaskQueue.WORKFLOWS
    )
    await house.in_state(approval, "awaiting_decision")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.decide(approval, "o-ada")
    assert refusal_of(refused) == "self-approval: o-ada asked for this decision and cannot take it"
    await house.decide(approval, "o-ben")
    assert (await approval.result()).outcome is ApprovalOutcome.APPROVED


class TestSignals:
    @both_caches
    async def test_signals_decide_as_updates_do(self, house: House) -> None:
        run, approval = await asked(house)
        # The door says what it is about: a rejection that is sent to it approves.
        decision = await house.decision(approval, "o-ada", Verdict.REJECT)
        await approval.signal(ApprovalWorkflow.approve, decision)
        result = await approval.result()
        assert [(one.door, one.verdict) for one in result.decisions] == [("signal", Verdict.APPROVE)]
        assert (await run.result()).outcome is IntakeState.HANDED_OVER

    async def test_signalled_rejection_ends_the_lead(self, house: House) -> None:
        run, approval = await asked(house)
        decision = await house.decision(approval, "o-ada", Verdict.REJECT)
        await approval.signal(ApprovalWorkflow.reject, decision)
        assert (await run.result()).outcome is IntakeState.REJECTED

    async def test_refused_signal_is_shown_in_status_and_details(self, house: House) -> None:
        _, approval = await asked(house)
        for person in ("o-mallory", "m-eve"):
            decision = await house.decision(approval, person, Verdict.APPROVE)
            await approval.signal(ApprovalWorkflow.approve, decision)
        forged = Decision(
            request_id=approval.id,
            verdict=Verdict.REJECT,
            actor=Actor(id="o-ada", assertion="v1.1." + "A" * 43),
        )
        await approval.signal(ApprovalWorkflow.reject, forged)
        status = await house.when(approval, lambda seen: len(seen.refusals) == 3)
        assert [(one.command, one.actor_id) for one in status.refusals] == [
            ("approve", "o-mallory"),
            ("approve", "m-eve"),
            ("reject", "o-ada"),
        ]
        details = await current_details(approval)
        assert "- approve by o-mallory: wrong person: o-mallory is not an approver" in details
        assert status.state == "awaiting_decision"

    async def test_signal_that_nobody_can_read_changes_nothing(self, house: House) -> None:
        _, approval = await asked(house)
        await approval.signal("approve", {"verdict": "perhaps"})
        await house.decide(approval, "o-ada")
        assert (await approval.result()).outcome is ApprovalOutcome.APPROVED


@both_caches
async def test_of_two_decisions_at_once_one_is_taken(house: House) -> None:
    run, approval = await asked(house)
    answers = await asyncio.gather(
        house.decide(approval, "o-ada", Verdict.APPROVE),
        house.decide(approval, "o-ben", Verdict.REJECT),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, BaseException) for answer in answers) == 1
    result = await approval.result()
    assert len(result.decisions) == 1
    taken = IntakeState.REJECTED if isinstance(answers[0], BaseException) else IntakeState.HANDED_OVER
    assert (await run.result()).outcome is taken


async def test_decision_repeated_under_its_update_id_is_one_decision(house: House, faults: Faults) -> None:
    gate = faults.block("close")
    _, approval = await asked(house)
    decision = await house.decision(approval, "o-ada", Verdict.APPROVE)
    first = await house.command(approval, ApprovalWorkflow.decide, decision, id="button-1")
    again = await house.command(approval, ApprovalWorkflow.decide, decision, id="button-1")
    assert first == again
    gate.release()
    assert len((await approval.result()).decisions) == 1


async def test_approval_works_although_nobody_can_be_told_and_says_so(house: House, faults: Faults) -> None:
    faults.fail("send", FailureCode.FORBIDDEN, only=lambda message: message.kind is OFFERS)
    run, approval = await asked(house)
    status = await house.when(approval, lambda seen: len(seen.reasons) == 3)
    assert set(status.reasons[1:]) == {
        "o-ada could not be told (FORBIDDEN).",
        "o-ben could not be told (FORBIDDEN).",
    }
    assert "o-ada could not be told" in await current_details(approval)
    await house.decide(approval, "o-ada")
    assert (await run.result()).outcome is IntakeState.HANDED_OVER


async def test_decision_is_not_held_up_by_a_channel_that_does_not_answer(
    house: House, faults: Faults
) -> None:
    gate = faults.block("send", only=lambda message: message.kind is OFFERS)
    run, approval = await asked(house)
    await gate.entered.wait()
    await house.decide(approval, "o-ada")
    assert (await run.result()).outcome is IntakeState.HANDED_OVER


class TestQuorum:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(reviews=(EVERY_LEAD,), approvals=approvals(quorum=2))

    async def test_two_must_approve(self, house: House) -> None:
        run, approval = await asked(house)
        await house.decide(approval, "o-ada")
        assert (await house.status(approval)).state == "awaiting_decision"
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await house.decide(approval, "o-ada")
        assert refusal_of(refused) == "second decision: o-ada has decided already"
        await house.decide(approval, "o-ben")
        assert len((await approval.result()).decisions) == 2
        assert (await run.result()).outcome is IntakeState.HANDED_OVER

    async def test_one_rejection_rejects(self, house: House) -> None:
        run, approval = await asked(house)
        await house.decide(approval, "o-ada")
        await house.decide(approval, "o-ben", Verdict.REJECT)
        assert (await run.result()).outcome is IntakeState.REJECTED
