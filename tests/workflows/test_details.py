"""A lead that cannot be used as it came waits for whoever completes it, and not for ever."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateStage

from contracts.actors import Actor
from contracts.assessment import Usability
from contracts.failures import FailureCode
from contracts.lead import ContactAmendment
from contracts.lead_intake import Amendment, DuplicateArrived, IntakeState
from contracts.messages import MessageKind
from contracts.names import Step
from contracts.policy import PolicyBundle
from contracts.states import Lane
from contracts.status import ResolutionAnswer
from tests.faults import Faults
from tests.workflows.amendments import AMENDED_SOON, in_hand_at_the_deadline
from tests.workflows.caches import both_caches
from tests.workflows.house import House
from tests.workflows.leads import a_sales_lead
from tests.workflows.policies import house_rules
from tests.workflows.refusals import refusal_of
from workflows.lead_intake import LeadIntakeWorkflow

NOBODY: dict[str, Any] = {"email": None, "phone": None}
OVERDUE = "Nobody completed its details in time."


@both_caches
async def test_incomplete_lead_goes_on_once_it_is_amended(house: House) -> None:
    run = await house.submit(a_sales_lead(contact=NOBODY))
    waiting = await house.in_state(run, IntakeState.AWAITING_DETAILS)
    assert (waiting.lane, waiting.next_action_owner) == (Lane.WAITING, "m-eve")
    assert waiting.missing == ("lead.email|lead.phone",)
    assert waiting.commands == ("amend_lead",)
    after = await house.amend(run, phone="+12025550143")
    assert after.missing == ()
    result = await run.result()
    assert result.outcome is IntakeState.HANDED_OVER
    assert (await house.ledger.decision(result.lead_id)).decided_by == ("m-eve",)


async def test_amendment_that_does_not_suffice_leaves_the_lead_waiting(house: House) -> None:
    run = await house.submit(a_sales_lead(contact=NOBODY))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    assert (await house.amend(run, email="no address")).missing == ("lead.email|lead.phone",)
    assert (await house.status(run)).state == IntakeState.AWAITING_DETAILS
    await house.amend(run, email="ann@acme.example")
    assert (await run.result()).outcome is IntakeState.HANDED_OVER


async def test_overdue_details_are_reminded_of_once_and_then_routed_without(house: House) -> None:
    run = await house.submit(a_sales_lead(contact=NOBODY))
    waiting = await house.in_state(run, IntakeState.AWAITING_DETAILS)
    assert waiting.due_at - waiting.visits[0].at >= timedelta(hours=15)
    await house.clock.fast_forward_to(run, waiting.due_at)
    result = await run.result()
    record = await house.ledger.decision(result.lead_id)
    assert record.assessment.usability is Usability.INCOMPLETE
    assert OVERDUE in result.reasons
    assert len(await house.messages(MessageKind.DETAILS_WANTED)) == 2


async def test_details_are_taken_although_nobody_could_be_told(house: House, faults: Faults) -> None:
    gate = faults.block("send", only=lambda message: message.kind is MessageKind.DETAILS_WANTED)
    run = await house.submit(a_sales_lead(contact=NOBODY))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    await gate.entered.wait()
    await house.amend(run, email="ann@acme.example")
    assert (await run.result()).outcome is IntakeState.HANDED_OVER


async def test_repeat_that_knows_more_completes_the_lead(house: House) -> None:
    known = {"email": "ann.lee@acme.example", "name": "Ann Lee"}
    run = await house.submit(a_sales_lead(contact=known, source=None))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    repeat = await house.taken_in(a_sales_lead(contact=known))
    assert repeat.outcome is IntakeState.MERGED
    result = await run.result()
    assert (repeat.merged_into, result.outcome) == (result.lead_id, IntakeState.HANDED_OVER)
    assert await house.rows("contacts") == 1


async def test_repeat_arrives_while_the_policy_cannot_be_had_and_nothing_is_lost(
    house: House, faults: Faults
) -> None:
    known = {"email": "ann.lee@acme.example", "name": "Ann Lee"}
    run = await house.submit(a_sales_lead(contact=known, source=None))
    status = await house.in_state(run, IntakeState.AWAITING_DETAILS)
    faults.fail("load", FailureCode.POLICY_UNKNOWN)
    repeat = DuplicateArrived(
        lead_id="other",
        source="website",
        arrived_at=status.visits[0].at,
        details=ContactAmendment(source="website"),
    )
    await run.signal(LeadIntakeWorkflow.duplicate_arrived, repeat)
    parked = await house.in_state(run, IntakeState.PARKED)
    assert [step.step for step in parked.parked] == ["assess_lead"]
    faults.heal("load")
    await house.resolve(run, Step.ASSESS_LEAD, ResolutionAnswer.RETRY)
    assert (await run.result()).outcome is IntakeState.HANDED_OVER


async def test_amendment_that_nobody_waits_for_is_refused(house: House, faults: Faults) -> None:
    gate = faults.block("create_lead_records")
    run = await house.submit(a_sales_lead())
    await gate.entered.wait()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.amend(run, email="ann@acme.example")
    assert refusal_of(refused) == "the lead is executing: no details are awaited"


async def test_amendment_by_an_unverified_actor_is_refused(house: House) -> None:
    run = await house.submit(a_sales_lead(contact=NOBODY))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    amendment = Amendment(actor=Actor(id="m-eve"), details=ContactAmendment(email="ann@acme.example"))
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.command(run, LeadIntakeWorkflow.amend_lead, amendment)
    assert "unverified actor" in refusal_of(refused)
    assert (await house.status(run)).missing == ("lead.email|lead.phone",)


async def test_two_amendments_at_once_end_with_the_later_data(house: House, faults: Faults) -> None:
    run = await house.submit(a_sales_lead(contact=NOBODY))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    await house.clock.settle(run)
    number = faults.count("load")
    gate = faults.block("load", calls=(number + 1,))
    matching = faults.block("register")
    first = Amendment(actor=await house.actor("m-eve", run), details=ContactAmendment(company="First"))
    slow = await run.start_update(
        LeadIntakeWorkflow.amend_lead, first, wait_for_stage=WorkflowUpdateStage.ACCEPTED
    )
    await gate.entered.wait()
    await house.amend(run, email="ann@acme.example")
    gate.release()
    answer: Any = slow.result()
    await answer
    matching.release()
    lead = (await house.ledger.decision((await run.result()).lead_id)).assessment.lead
    assert (lead.company, lead.email) == ("First", "ann@acme.example")


class TestAmendmentThatIsCheckedWhileItsTimeRunsOut:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(incomplete=AMENDED_SOON)

    async def test_counts_where_it_suffices(self, house: House, faults: Faults) -> None:
        incomplete = a_sales_lead(contact=NOBODY)
        run, amending = await in_hand_at_the_deadline(house, incomplete, "ann@acme.example")
        faults.release_all()
        assert (await amending).missing == ()
        result = await run.result()
        assert result.outcome is IntakeState.HANDED_OVER
        assert OVERDUE not in result.reasons

    async def test_leaves_the_lead_overdue_where_it_does_not(self, house: House, faults: Faults) -> None:
        run, amending = await in_hand_at_the_deadline(house, a_sales_lead(contact=NOBODY), "no address")
        faults.release_all()
        assert (await amending).missing == ("lead.email|lead.phone",)
        assert OVERDUE in (await run.result()).reasons

    async def test_lets_a_repeat_complete_the_lead_meanwhile(self, house: House, faults: Faults) -> None:
        run, amending = await in_hand_at_the_deadline(house, a_sales_lead(contact=NOBODY), "no address")
        repeat = DuplicateArrived(
            lead_id="other",
            source="website",
            arrived_at=(await house.status(run)).visits[0].at,
            details=ContactAmendment(phone="+12025550143"),
        )
        await run.signal(LeadIntakeWorkflow.duplicate_arrived, repeat)
        faults.release_all()
        await amending
        result = await run.result()
        assert OVERDUE not in result.reasons
        assert (await house.ledger.decision(result.lead_id)).assessment.usability is Usability.USABLE
