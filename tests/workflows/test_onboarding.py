"""A customer from the order to first value: what is checked, asked, made and told on the way."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.store.agreements import SqlAgreements
from connectors.store.billing import SqlBilling
from connectors.store.provisioning import SqlProvisioning
from connectors.store.tables import tasks
from contracts.actors import Actor
from contracts.agreements import AgreementState, RecordAgreementInput
from contracts.approval import Verdict
from contracts.billing import OpenBillingCustomerInput
from contracts.messages import MessageKind
from contracts.onboarding import OnboardingStatus, ProvideDetails
from contracts.onboarding_plan import OnboardingStep, Prerequisite, StepProgress
from contracts.onboarding_policy import ContractPolicy
from contracts.onboarding_states import OnboardingState
from contracts.order import OrderDetails, PartyContact, PostalAddress
from contracts.policy import PolicyBundle
from contracts.provisioning import Usage
from contracts.states import Lane
from tests.faults import Faults, in_activity
from tests.onboarding_bundles import small_onboarding_policy
from tests.workflows.caches import both_caches
from tests.workflows.histories import events_of, kinds
from tests.workflows.house import House, eventually, real_time
from tests.workflows.onboarding import (
    COMPLETE,
    CUSTOMER,
    NOTHING,
    SELLER,
    SUCCESS,
    OnboardingRun,
    an_order,
    choose,
    decide_round,
    onboard,
    provide,
    sign,
    standing,
    through_handover,
    to_the_value_check,
    until_kickoff_is_offered,
)
from tests.workflows.policies import house_rules
from tests.workflows.refusals import refused_for
from workflows.customer_onboarding import CustomerOnboardingWorkflow
from workflows.value_check import NOT_KNOWN, NOTHING_YET


def unmet(status: OnboardingStatus) -> dict[Prerequisite, str]:
    """What is missing, and who must supply it."""
    return {check.prerequisite: check.ask for check in status.prerequisites if not check.met}


@both_caches
async def test_complete_order_becomes_a_live_customer(house: House) -> None:
    run = await onboard(house, an_order())
    await through_handover(house, run)
    waiting = await house.in_state(run, OnboardingState.AWAITING_FIRST_VALUE)
    workspace_id = next(effect.external_id for effect in waiting.effects if effect.step == "create_workspace")
    await SqlProvisioning(house.store, real_time).record_use(workspace_id, real_time())
    await to_the_value_check(house, run)
    result = await run.result()
    assert result.outcome is OnboardingState.ONBOARDED
    assert result.decided_by == (CUSTOMER, SUCCESS)
    status = await house.status(run)
    assert (status.lane, status.template, status.seller_id) == (Lane.COMPLETED, "full", SELLER)
    assert {step.progress for step in status.forecast.steps} == {StepProgress.DONE}
    assert await standing(house) == {**dict.fromkeys(NOTHING, 1), "tasks": 2}
    assert (await house.ledger.onboarding("ob-1")).result.outcome is OnboardingState.ONBOARDED
    letters = await house.messages(
        MessageKind.CUSTOMER_KICKOFF_OFFER, MessageKind.CUSTOMER_INVITATION, MessageKind.CUSTOMER_WELCOME
    )
    assert sorted(letter.kind for letter in letters) == [
        "customer_invitation",
        "customer_kickoff_offer",
        "customer_welcome",
    ]


async def overtaken(
    house: House, faults: Faults, supply: Callable[[OnboardingRun], Coroutine[Any, Any, OnboardingStatus]]
) -> asyncio.Task[OnboardingStatus]:
    """The answer to somebody who supplies something, and is verified only once the check is over."""
    checking, verifying = faults.block("readiness"), faults.block("verify_actor")
    run = await onboard(house, an_order())
    await checking.entered.wait()
    answer = asyncio.create_task(supply(run))
    await verifying.entered.wait()
    checking.release()
    await house.when(run, lambda status: status.prerequisites)
    verifying.release()
    return answer


async def updates_of(run: OnboardingRun) -> int:
    """How many updates a run has taken in hand."""
    return kinds(await events_of(run))["WORKFLOW_EXECUTION_UPDATE_ACCEPTED"]


async def test_trial_gets_a_workspace_and_pays_nothing(house: House) -> None:
    run = await onboard(house, an_order(plan="trial", seats=5, contract_reference=None, tax_id=None))
    result = await run.result()
    assert (result.outcome, result.template) == (OnboardingState.ONBOARDED, "lean")
    assert await standing(house) == {**NOTHING, "workspaces": 1, "invitations": 1, "accounts": 1}


class TestPrerequisites:
    async def test_everything_missing_is_named_with_its_supplier_before_anything_is_touched(
        self, house: House
    ) -> None:
        run = await onboard(house, an_order(tax_id=None, billing_contact=None, seats=None))
        status = await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
        assert unmet(status) == {
            Prerequisite.TAX_ID: SELLER,
            Prerequisite.BILLING_CONTACT: SELLER,
            Prerequisite.SEATS: SELLER,
        }
        assert (status.lane, status.next_action_owner) == (Lane.WAITING, SELLER)
        wanted = await eventually(lambda: house.messages(MessageKind.PREREQUISITE_WANTED), bool)
        assert [message.recipient_id for message in wanted] == [SELLER]
        assert await standing(house) == NOTHING

    async def test_what_is_supplied_is_answered_once_it_is_checked(self, house: House) -> None:
        run = await onboard(house, an_order(tax_id=None, seats=None))
        await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
        assert unmet(await provide(house, run, seats=20)) == {Prerequisite.TAX_ID: SELLER}
        assert unmet(await provide(house, run, tax_id="DE129273398")) == {}
        await until_kickoff_is_offered(house, run)

    async def test_other_details_may_choose_another_template(self, house: House) -> None:
        run = await onboard(house, an_order(plan=None, tax_id=None))
        await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
        await provide(house, run, plan="trial", seats=5)
        assert (await run.result()).template == "lean"

    async def test_nothing_supplied_in_time_ends_the_onboarding_and_tells_who_could(
        self, house: House
    ) -> None:
        run = await onboard(house, an_order(tax_id=None))
        await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
        await house.clock.fast_forward(run, timedelta(hours=41))
        assert (await run.result()).outcome is OnboardingState.EXPIRED
        assert (await house.status(run)).lane is Lane.ESCALATED
        overdue = await house.messages(MessageKind.ONBOARDING_OVERDUE)
        assert {message.recipient_id for message in overdue} == {"m-eve", SELLER}
        assert len(await house.messages(MessageKind.PREREQUISITE_WANTED)) == 2
        assert await standing(house) == NOTHING

    async def test_deadline_is_not_put_off_by_supplying_a_little(self, house: House) -> None:
        run = await onboard(house, an_order(tax_id=None, seats=None))
        await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
        await house.clock.fast_forward(run, timedelta(hours=30))
        await provide(house, run, seats=20)
        await house.clock.fast_forward(run, timedelta(hours=11))
        assert (await run.result()).outcome is OnboardingState.EXPIRED

    async def test_customer_whom_billing_cannot_take_is_reported(self, house: House) -> None:
        await SqlBilling(house.store, real_time).open_customer(
            OpenBillingCustomerInput(
                key="other#open",
                customer_id=CUSTOMER,
                company="Analytical Engines",
                contact=PartyContact(name="Bill Payer", email="billing@analytical.example"),
                address=PostalAddress(street="Main Street 1", city="Berlin", country="DE"),
            )
        )
        run = await onboard(house, an_order())
        status = await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
        assert unmet(status) == {Prerequisite.BILLING_READY: "m-eve"}

    async def test_details_that_come_during_the_check_are_checked_as_well(
        self, house: House, faults: Faults
    ) -> None:
        gate = faults.block("readiness", calls=(1, 2))
        run = await onboard(house, an_order())
        await gate.entered.wait()
        supplying = asyncio.create_task(provide(house, run, region="mars"))
        await eventually(lambda: updates_of(run), lambda seen: seen == 1)
        gate.release()
        assert unmet(await supplying) == {Prerequisite.REGION: SELLER}
        assert await standing(house) == NOTHING

    async def test_details_in_hand_when_the_check_ends_are_checked_as_well(
        self, house: House, faults: Faults
    ) -> None:
        answer = await overtaken(house, faults, lambda run: provide(house, run, region="mars"))
        assert unmet(await answer) == {Prerequisite.REGION: SELLER}
        assert await standing(house) == NOTHING

    async def test_details_of_somebody_unverified_hold_nothing_up(self, house: House, faults: Faults) -> None:
        forged = ProvideDetails(actor=Actor(id=SELLER, assertion="made-up"), details=OrderDetails(seats=30))
        answer = await overtaken(
            house, faults, lambda run: house.command(run, CustomerOnboardingWorkflow.provide, forged)
        )
        assert "unverified actor" in await refused_for(answer)
        (workflow_id,) = house.started
        await until_kickoff_is_offered(house, house.client.get_workflow_handle(workflow_id))

    async def test_details_that_come_after_the_check_are_refused(self, house: House, faults: Faults) -> None:
        judging = faults.block("load", only=in_activity("judge_terms"))
        run = await onboard(house, an_order())
        await judging.entered.wait()
        assert "nothing is missing" in await refused_for(provide(house, run, seats=30))

    async def test_details_are_refused_where_nothing_is_missing(self, house: House) -> None:
        run = await onboard(house, an_order())
        await until_kickoff_is_offered(house, run)
        assert "nothing is missing" in await refused_for(provide(house, run, seats=30))


class TestContract:
    async def test_contract_that_came_back_signed_opens_the_way(self, house: House) -> None:
        run = await onboard(house, an_order(contract_signed_at=None))
        status = await house.in_state(run, OnboardingState.AWAITING_CONTRACT)
        assert (status.lane, status.next_action_owner) == (Lane.WAITING, SELLER)
        assert await standing(house) == NOTHING
        await sign(house, run, reference="C-of-another")
        await house.when(run, lambda status: status.refusals)
        await sign(house, run)
        await until_kickoff_is_offered(house, run)

    async def test_signature_that_comes_early_is_kept(self, house: House) -> None:
        run = await onboard(house, an_order(contract_signed_at=None, contract_reference=None))
        await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
        await sign(house, run)
        await until_kickoff_is_offered(house, run)

    async def test_signature_by_nobody_in_particular_is_refused(self, house: House) -> None:
        run = await onboard(house, an_order(contract_signed_at=None))
        await house.in_state(run, OnboardingState.AWAITING_CONTRACT)
        await run.signal(
            "contract_signed",
            {
                "actor": {"id": SELLER, "assertion": "made-up"},
                "reference": "C-2026-7",
                "signed_at": "2026-11-20T09:00:00Z",
            },
        )
        status = await house.when(run, lambda status: status.refusals)
        assert "unverified actor" in status.refusals[0].reason
        assert status.state == OnboardingState.AWAITING_CONTRACT

    async def test_contract_that_nobody_signs_ends_the_onboarding(self, house: House) -> None:
        run = await onboard(house, an_order(contract_signed_at=None))
        await house.in_state(run, OnboardingState.AWAITING_CONTRACT)
        await house.clock.fast_forward(run, timedelta(hours=81))
        assert (await run.result()).outcome is OnboardingState.EXPIRED
        assert len(await house.messages(MessageKind.CONTRACT_WANTED)) == 2
        assert await standing(house) == NOTHING


class TestWhereTheRegistryIsAsked:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        polled = ContractPolicy(
            confirm_by="poll", poll_every=timedelta(hours=1), deadline=timedelta(hours=80)
        )
        return house_rules(onboarding=small_onboarding_policy(contract=polled))

    async def record(self, house: House, state: AgreementState) -> None:
        await SqlAgreements(house.store, real_time).record(
            RecordAgreementInput(
                key=f"registry#{state}", reference="C-2026-7", state=state, signed_at=real_time()
            )
        )

    async def test_signed_contract_is_found_out(self, house: House, faults: Faults) -> None:
        run = await onboard(house, an_order(contract_signed_at=None))
        await house.in_state(run, OnboardingState.AWAITING_CONTRACT)
        await house.clock.fast_forward(run, timedelta(hours=2))
        assert faults.count("read") >= 2
        await self.record(house, AgreementState.SIGNED)
        await house.clock.fast_forward(run, timedelta(hours=2))
        await until_kickoff_is_offered(house, run)

    async def test_withdrawn_contract_ends_the_onboarding(self, house: House) -> None:
        run = await onboard(house, an_order(contract_signed_at=None))
        await house.in_state(run, OnboardingState.AWAITING_CONTRACT)
        await self.record(house, AgreementState.VOID)
        await house.clock.fast_forward(run, timedelta(hours=2))
        assert (await run.result()).outcome is OnboardingState.REJECTED
        assert await standing(house) == NOTHING


class TestTerms:
    async def test_valuable_deal_needs_agreement_and_not_the_sellers(self, house: House) -> None:
        run = await onboard(house, an_order(value=100_000))
        status = await house.in_state(run, OnboardingState.IN_APPROVAL)
        approval = house.approval(run)
        await house.in_state(approval, "awaiting_decision")
        refusal = await refused_for(house.decide(approval, SELLER))
        assert "self-approval" in refusal
        assert status.approval_id == approval.id
        assert await standing(house) == NOTHING
        await house.decide(approval, "m-eve")
        await until_kickoff_is_offered(house, run)

    async def test_high_discount_needs_two_people(self, house: House) -> None:
        run = await onboard(house, an_order(discount_percent=40))
        await decide_round(house, run, 1, person="m-eve")
        assert (await house.status(run)).state == OnboardingState.IN_APPROVAL
        await decide_round(house, run, 1, person="o-ben")
        await until_kickoff_is_offered(house, run)

    async def test_refused_terms_end_the_onboarding(self, house: House) -> None:
        run = await onboard(house, an_order(value=100_000))
        await decide_round(house, run, 1, Verdict.REJECT, person="m-eve")
        result = await run.result()
        assert (result.outcome, result.decided_by) == (OnboardingState.REJECTED, ("m-eve",))
        assert await standing(house) == NOTHING

    async def test_terms_that_nobody_decides_on_expire(self, house: House) -> None:
        run = await onboard(house, an_order(value=100_000))
        await house.in_state(run, OnboardingState.IN_APPROVAL)
        await house.in_state(house.approval(run), "awaiting_decision")
        await house.clock.fast_forward(house.approval(run), timedelta(hours=17))
        assert (await run.result()).outcome is OnboardingState.EXPIRED


async def test_welcome_waits_for_the_workspace_and_nothing_else_does(house: House, faults: Faults) -> None:
    gate = faults.block("create_workspace")
    run = await onboard(house, an_order())
    status = await until_kickoff_is_offered(house, run)
    made = await eventually(
        lambda: standing(house), lambda seen: seen["subscriptions"] and seen["tasks"] == 2
    )
    assert (made["workspaces"], await house.messages(MessageKind.CUSTOMER_WELCOME)) == (0, [])
    steps = {step.step: step.progress for step in status.forecast.steps}
    assert steps[OnboardingStep.CREATE_WORKSPACE] is StepProgress.RUNNING
    assert steps[OnboardingStep.SEND_WELCOME] is StepProgress.WAITING
    gate.release()
    await eventually(lambda: house.messages(MessageKind.CUSTOMER_WELCOME), bool)


async def test_forecast_is_revised_as_steps_finish(house: House) -> None:
    run = await onboard(house, an_order())
    first = (await until_kickoff_is_offered(house, run)).forecast
    assert first.finish_at == max(step.due_at for step in first.steps)
    await house.clock.fast_forward(run, timedelta(hours=10))
    await choose(house, run, -1)
    late = (await house.in_state(run, OnboardingState.IN_HANDOVER)).forecast
    assert late.finish_at - first.finish_at > timedelta(hours=5)
    await decide_round(house, run, 1)
    done = (await house.in_state(run, OnboardingState.AWAITING_FIRST_VALUE)).forecast
    assert [s.step for s in done.steps if s.progress is not StepProgress.DONE] == [
        OnboardingStep.CONFIRM_FIRST_VALUE
    ]
    assert done.finish_at < late.finish_at


@pytest.mark.parametrize(("told_by_the_product", "subject"), [(True, NOTHING_YET), (False, NOT_KNOWN)])
async def test_customer_who_got_nothing_out_of_it_is_given_to_somebody(
    house: House, told_by_the_product: bool, subject: str
) -> None:
    if not told_by_the_product:
        house.faults.answer("usage", Usage(workspace_id="w-1", known=False))
    run = await onboard(house, an_order())
    await through_handover(house, run)
    await to_the_value_check(house, run)
    assert (await run.result()).outcome is OnboardingState.WITHOUT_FIRST_VALUE
    assert (await house.status(run)).lane is Lane.ESCALATED
    told = await house.messages(MessageKind.FIRST_VALUE_MISSING)
    assert [message.recipient_id for message in told] == [SUCCESS]
    assert (await standing(house))["tasks"] == 3
    async with house.store.reading("test") as connection:
        asked = await connection.scalar(
            select(func.count()).select_from(tasks).where(tasks.c.subject == subject)
        )
    assert asked == 1


async def test_complete_details_are_all_there_is(house: House) -> None:
    """What these tests call complete lacks nothing that a prerequisite asks for."""
    missing = {name for name, value in COMPLETE if value is None}
    assert missing == set()
