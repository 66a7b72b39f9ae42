"""Customers for the tests of onboarding, and what people do about them."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError

from contracts.approval import ApprovalState, Verdict
from contracts.ids import approval_workflow_id, onboarding_id_of, onboarding_workflow_id
from contracts.names import TaskQueue
from contracts.onboarding import (
    CancelOnboarding,
    ContractSigned,
    HandOverAgain,
    KickoffChoice,
    OnboardingResult,
    OnboardingStatus,
    ProvideDetails,
)
from contracts.onboarding_states import OnboardingState
from contracts.order import OnboardingOrder, OrderDetails, PartyContact, PostalAddress
from contracts.scheduling import CustomersBooking
from rules.kickoff_slots import slot_at
from tests.workflows.house import PATIENCE, House
from workflows.customer_onboarding import CustomerOnboardingWorkflow
from workflows.known import known

OnboardingRun = WorkflowHandle[CustomerOnboardingWorkflow, OnboardingResult]

CUSTOMER = "cust-acme"
SELLER = "o-ada"
SUCCESS = "o-ben"
SIGNED_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)

COMPLETE = OrderDetails(
    company="Analytical Engines",
    company_domain="analytical.example",
    country="DE",
    contract_reference="C-2026-7",
    contract_signed_at=SIGNED_AT,
    plan="team",
    seats=20,
    value=12_000,
    currency="EUR",
    discount_percent=0,
    nonstandard_terms=False,
    region="eu",
    tax_id="DE129273398",
    billing_contact=PartyContact(name="Bill Payer", email="billing@analytical.example"),
    billing_address=PostalAddress(street="Main Street 1", city="Berlin", postal_code="10115", country="DE"),
    technical_contact=PartyContact(name="Tess Admin", email="tess@analytical.example"),
    zone="Europe/Berlin",
)
"""All that a customer of the standard template must have, on terms that need nobody's agreement."""


def an_order(*, customer_id: str = CUSTOMER, **details: Any) -> OnboardingOrder:
    """A complete order; details as given instead."""
    return OnboardingOrder(
        customer_id=customer_id,
        seller_id=SELLER,
        ordered_at=datetime.now(UTC),
        details=COMPLETE.model_copy(update=details),
    )


async def onboard(house: House, order: OnboardingOrder, onboarding_id: str = "ob-1") -> OnboardingRun:
    """Starts the onboarding of an order."""
    run = await house.client.start_workflow(
        CustomerOnboardingWorkflow.run,
        order,
        id=onboarding_workflow_id(onboarding_id),
        task_queue=TaskQueue.WORKFLOWS,
    )
    house.started.append(run.id)
    return run


async def provide(house: House, run: OnboardingRun, person: str = SELLER, **details: Any) -> OnboardingStatus:
    """Supplies details."""
    given = ProvideDetails(actor=await house.actor(person, run), details=OrderDetails(**details))
    status: OnboardingStatus = await house.command(run, CustomerOnboardingWorkflow.provide, given)
    return status


async def sign(house: House, run: OnboardingRun, reference: str = "C-2026-7", person: str = SELLER) -> None:
    """Says that the contract came back signed."""
    signed = ContractSigned(
        actor=await house.actor(person, run), reference=reference, signed_at=datetime.now(UTC)
    )
    await run.signal(CustomerOnboardingWorkflow.contract_signed, signed)


async def choose(
    house: House, run: OnboardingRun, slot: int | str = 0, person: str = CUSTOMER
) -> OnboardingStatus:
    """Takes one of the times that are offered: by its place in the offer, or by its id."""
    slot_id = (await house.status(run)).kickoff.slots[slot].id if isinstance(slot, int) else slot
    choice = KickoffChoice(actor=await house.actor(person, run), slot_id=slot_id)
    status: OnboardingStatus = await house.command(run, CustomerOnboardingWorkflow.choose_kickoff, choice)
    return status


async def book_at_the_page(house: House, run: OnboardingRun, booked: CustomersBooking) -> OnboardingStatus:
    """What a booking page tells: the customer has booked a time of their own."""
    choice = KickoffChoice(
        actor=await house.actor(CUSTOMER, run),
        slot_id=slot_at(booked.starts_at, booked.ends_at).id,
        booked=booked,
    )
    status: OnboardingStatus = await house.command(run, CustomerOnboardingWorkflow.choose_kickoff, choice)
    return status


async def cancel(
    house: House, run: OnboardingRun, person: str = CUSTOMER, reason: str = "changed our minds"
) -> OnboardingStatus:
    """Calls the onboarding off."""
    request = CancelOnboarding(actor=await house.actor(person, run), reason=reason)
    status: OnboardingStatus = await house.command(run, CustomerOnboardingWorkflow.cancel_onboarding, request)
    return status


async def hand_over_again(
    house: House, run: OnboardingRun, person: str = SELLER, reason: str = "the scope is written down now"
) -> OnboardingStatus:
    """Says that what the success team lacked is mended."""
    again = HandOverAgain(actor=await house.actor(person, run), reason=reason)
    status: OnboardingStatus = await house.command(run, CustomerOnboardingWorkflow.hand_over_again, again)
    return status


async def decide_round(
    house: House, run: OnboardingRun, number: int, verdict: Verdict = Verdict.APPROVE, person: str = SUCCESS
) -> None:
    """Decides what people were asked about the customer in that round."""
    await decide_asked(house, approval_workflow_id(run.id, number), verdict, person)


async def decide_asked(
    house: House, approval_id: str, verdict: Verdict = Verdict.APPROVE, person: str = SUCCESS
) -> None:
    """Decides an approval once it waits for somebody."""
    approval = house.client.get_workflow_handle(approval_id)
    await house.in_state(approval, ApprovalState.AWAITING_DECISION, ApprovalState.ESCALATED)
    await house.decide(approval, person, verdict)


async def until_kickoff_is_offered(house: House, run: OnboardingRun) -> Any:
    """Waits until the customer can choose, and returns the status."""
    return await house.in_state(run, OnboardingState.AWAITING_KICKOFF_CHOICE)


async def through_handover(house: House, run: OnboardingRun, *, handover_round: int = 1) -> None:
    """The customer chooses a time, the success team takes over."""
    await until_kickoff_is_offered(house, run)
    await choose(house, run)
    await house.in_state(run, OnboardingState.IN_HANDOVER)
    await decide_round(house, run, handover_round)


async def to_the_value_check(house: House, run: OnboardingRun) -> None:
    """Lets the time pass until the first-value check has been made."""
    status = await house.in_state(run, OnboardingState.AWAITING_FIRST_VALUE)
    await house.clock.fast_forward_to(run, status.due_at)


def onboarding_id(run: OnboardingRun) -> str:
    return onboarding_id_of(run.id)


async def helped_along(house: House, run: OnboardingRun, patience: timedelta) -> None:
    """Does what people do about a customer until the run has ended: choose, take over, let time pass."""
    seen: set[tuple[str, int] | str] = set()

    def asks_for(status: OnboardingStatus) -> tuple[str, int] | str:
        # A state may be entered again while an approval's decision is still on its way back to the run.
        if status.state == OnboardingState.IN_HANDOVER:
            return known(status.approval_id, "the approval")
        return status.state, len(status.visits)

    def wants_somebody(status: OnboardingStatus) -> bool:
        return status.state in _FOR_PEOPLE and asks_for(status) not in seen

    while True:
        status = await house.when(run, wants_somebody, patience=patience)
        seen.add(asks_for(status))
        if status.state == OnboardingState.AWAITING_KICKOFF_CHOICE:
            # A step beside it may just have failed: what is undone takes no choice any more.
            with suppress(WorkflowUpdateFailedError, RPCError):
                await choose(house, run, status.kickoff.slots[0].id if status.kickoff else "none-any-more")
        elif status.state == OnboardingState.IN_HANDOVER:
            await decide_asked(house, known(status.approval_id, "the approval"))
        else:
            await house.clock.fast_forward_to(run, status.due_at)


async def ended_with_help(
    house: House, run: OnboardingRun, *, patience: timedelta = PATIENCE
) -> OnboardingResult:
    """How an onboarding ends that people help along; they wait no longer than this for being wanted."""
    result = asyncio.create_task(run.result())
    people = asyncio.create_task(helped_along(house, run, patience))
    await asyncio.wait((result, people), return_when=asyncio.FIRST_COMPLETED)
    if not result.done():
        # They go on until the run has ended: it is their failure that ended them.
        result.cancel()
        await people
    people.cancel()
    return await result


_FOR_PEOPLE = (
    OnboardingState.AWAITING_KICKOFF_CHOICE,
    OnboardingState.IN_HANDOVER,
    OnboardingState.AWAITING_FIRST_VALUE,
)

STANDING = {
    "billing customers": "select count(*) from billing_customers where closed_at is null",
    "subscriptions": "select count(*) from subscriptions where cancelled_at is null",
    "workspaces": "select count(*) from workspaces where deleted_at is null",
    "invitations": "select count(*) from invitations where revoked_at is null",
    "bookings": "select count(*) from bookings where cancelled_at is null",
    "tasks": "select count(*) from tasks",
    "accounts": "select count(*) from accounts where stage <> 'prospect'",
}
"""What a customer has, by kind."""

NOTHING = dict.fromkeys(STANDING, 0)


async def standing(house: House) -> dict[str, int]:
    """How much of each kind customers have right now."""
    async with house.store.reading("test") as connection:
        return {
            name: int((await connection.exec_driver_sql(query)).scalar_one())
            for name, query in STANDING.items()
        }
