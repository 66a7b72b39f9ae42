"""A customer chooses a time for the kickoff, and the success team takes them over, or neither happens."""

from datetime import timedelta

from connectors.store.scheduling import SqlScheduling
from contracts.approval import Verdict
from contracts.ids import effect_key
from contracts.messages import MessageKind
from contracts.names import Step
from contracts.onboarding_states import OnboardingState
from contracts.order import PartyContact
from contracts.scheduling import BookMeetingInput, CustomersBooking
from contracts.states import Lane
from tests.workflows.house import House, eventually, real_time
from tests.workflows.onboarding import (
    CUSTOMER,
    SELLER,
    an_order,
    book_at_the_page,
    choose,
    decide_round,
    hand_over_again,
    onboard,
    until_kickoff_is_offered,
)
from tests.workflows.refusals import refused_for
from workflows.kickoff import CUSTOMERS_OWN

LONG_ENOUGH = timedelta(hours=17)
"""More than a customer has to choose."""


async def test_time_that_is_not_offered_or_not_theirs_to_choose_is_refused(house: House) -> None:
    run = await onboard(house, an_order())
    await until_kickoff_is_offered(house, run)
    assert "unknown slot" in await refused_for(choose(house, run, "20200101T0900Z"))
    assert "wrong person" in await refused_for(choose(house, run, person="somebody-else"))
    await choose(house, run, person=SELLER)
    status = await house.in_state(run, OnboardingState.IN_HANDOVER)
    assert status.kickoff_at is not None
    assert "no kickoff is being offered" in await refused_for(choose(house, run, "any"))


async def test_booking_of_their_own_is_taken_at_any_time_that_has_not_passed(house: House) -> None:
    run = await onboard(house, an_order())
    offered = (await until_kickoff_is_offered(house, run)).kickoff.slots[0]
    past, free = offered.starts_at - timedelta(days=90), offered.starts_at + timedelta(minutes=15)
    gone = CustomersBooking(id="page-0", starts_at=past, ends_at=past + timedelta(minutes=30))
    assert "has passed" in await refused_for(book_at_the_page(house, run, gone))
    booked = CustomersBooking(id="page-1", starts_at=free, ends_at=free + timedelta(minutes=30))
    another = booked.model_copy(update={"id": "page-2"})
    await book_at_the_page(house, run, booked)
    status = await house.in_state(run, OnboardingState.IN_HANDOVER)
    assert status.kickoff_at == free
    assert await book_at_the_page(house, run, booked) == await house.status(run)
    assert "no kickoff is being offered" in await refused_for(book_at_the_page(house, run, another))
    assert [one.key for one in status.effects if one.step == Step.BOOK_KICKOFF] == [
        effect_key(run.id, Step.BOOK_KICKOFF, CUSTOMERS_OWN)
    ]


async def test_unanswered_offers_are_renewed_and_then_escalated(house: House) -> None:
    run = await onboard(house, an_order())
    first = (await until_kickoff_is_offered(house, run)).kickoff
    await house.clock.fast_forward(run, LONG_ENOUGH)
    second = (await until_kickoff_is_offered(house, run)).kickoff
    assert (first.round, second.round) == (1, 2)
    assert not {slot.id for slot in first.slots} & {slot.id for slot in second.slots}
    await house.clock.fast_forward(run, LONG_ENOUGH)
    overdue = await house.in_state(run, OnboardingState.KICKOFF_OVERDUE)
    assert overdue.lane is Lane.ESCALATED
    told = await eventually(
        lambda: house.messages(MessageKind.KICKOFF_ESCALATED), lambda seen: len(seen) == 2
    )
    assert {message.recipient_id for message in told} == {"o-ben", "m-eve"}
    assert len(await house.messages(MessageKind.CUSTOMER_KICKOFF_OFFER)) == 3
    await choose(house, run)
    await house.in_state(run, OnboardingState.IN_HANDOVER)


async def test_time_that_somebody_else_took_is_answered_with_others(house: House) -> None:
    run = await onboard(house, an_order())
    offer = (await until_kickoff_is_offered(house, run)).kickoff
    quicker = await SqlScheduling(house.store, real_time).book(
        BookMeetingInput(
            key="other#book",
            customer_id="cust-other",
            workflow_id="customer-onboarding/other",
            host_id="o-ben",
            host=PartyContact(name="Ben Owner", email="ben@ours.example"),
            attendee=PartyContact(name="Otto Other", email="otto@other.example"),
            slot=offer.slots[0],
            title="Another meeting",
        )
    )
    assert not quicker.taken
    await choose(house, run, 0)
    again = await house.when(run, lambda status: status.kickoff is not None and status.kickoff.round == 2)
    assert offer.slots[0].id not in {slot.id for slot in again.kickoff.slots}
    await choose(house, run, 0)
    await house.in_state(run, OnboardingState.IN_HANDOVER)
    assert await house.rows("bookings") == 2


async def test_refused_handover_is_mended_and_asked_again(house: House) -> None:
    run = await onboard(house, an_order())
    await until_kickoff_is_offered(house, run)
    assert "the success team has refused nothing" in await refused_for(hand_over_again(house, run))
    await choose(house, run)
    await decide_round(house, run, 1, Verdict.REJECT)
    status = await house.in_state(run, OnboardingState.HANDOVER_REFUSED)
    assert (status.lane, status.next_action_owner) == (Lane.ESCALATED, "m-eve")
    told = await eventually(lambda: house.messages(MessageKind.HANDOVER_REFUSED), lambda seen: len(seen) == 2)
    assert {message.recipient_id for message in told} == {"m-eve", SELLER}
    assert "say what was mended" in await refused_for(hand_over_again(house, run, reason=" "))
    await hand_over_again(house, run)
    await decide_round(house, run, 2)
    status = await house.in_state(run, OnboardingState.AWAITING_FIRST_VALUE)
    assert [visit.state for visit in status.visits][-5:] == [
        "in_handover",
        "handover_refused",
        "in_handover",
        "setting_up",
        "awaiting_first_value",
    ]
    assert status.approval_id == house.approval(run, 2).id


async def test_handover_that_nobody_answers_is_not_taken_for_a_yes(house: House) -> None:
    run = await onboard(house, an_order())
    await until_kickoff_is_offered(house, run)
    await choose(house, run, person=CUSTOMER)
    await house.in_state(run, OnboardingState.IN_HANDOVER)
    await house.in_state(house.approval(run), "awaiting_decision")
    await house.clock.fast_forward(house.approval(run), LONG_ENOUGH)
    status = await house.in_state(run, OnboardingState.HANDOVER_REFUSED)
    assert "did not answer" in status.waits_for
