"""Which channel a message goes by, what is tried next, and what waits in the outbox."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from connectors.keyed import RemoteEffects
from connectors.routed import HOLD, RoutedMessages, delivery_key
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from connectors.store.held_messages import SqlHeldMessages
from connectors.store.outbox import SqlOutbox
from contracts.delivery import Address, Channel, DeliveryPlan, Parcel, Receipt
from contracts.failures import FailureCode, ServiceFailure
from contracts.messages import Message, MessageKind, OutboxStatus
from tests.connectors.conformance.test_outbox import message
from tests.connectors.conftest import SettableClock
from workers.held_messages import GIVE_UP_AFTER, HeldMessages

SLACK, EMAIL = Channel.SLACK, Channel.EMAIL


class Recorder:
    """A channel that fails as it is told, in order, and keeps what it took."""

    def __init__(self, channel: Channel, *failures: FailureCode) -> None:
        self.channel = channel
        self.failures = list(failures)
        self.taken: list[tuple[Parcel, str]] = []
        self.asked = 0
        self.took = asyncio.Event()

    async def deliver(self, parcel: Parcel, to: str) -> Receipt:
        self.asked += 1
        if self.failures:
            raise ServiceFailure(self.failures.pop(0), self.channel, "planted")
        self.taken.append((parcel, to))
        self.took.set()
        return Receipt(channel=self.channel, reference=f"{self.channel}-{len(self.taken)}", place=to)


class House:
    """Messages over two recorded channels."""

    def __init__(self, store: Store, clock: SettableClock, slack: Recorder, email: Recorder) -> None:
        self.slack, self.email, self.clock = slack, email, clock
        self.outbox = SqlOutbox(store, clock)
        effects = RemoteEffects(SqlEffectMemory(store, clock, "messages"))
        self.messages = RoutedMessages(self.outbox, effects, {SLACK: slack, EMAIL: email}, clock)
        self.held = HeldMessages(SqlHeldMessages(store, clock), self.messages, clock)

    async def statuses(self) -> list[OutboxStatus]:
        return [entry.status for entry in reversed(await self.outbox.entries())]

    async def send_due(self) -> int:
        sent = 0
        while await self.held.send_next():
            sent += 1
        return sent


@pytest.fixture
def house(store: Store, clock: SettableClock) -> House:
    return House(store, clock, Recorder(SLACK), Recorder(EMAIL))


def addressed(
    key: str = "lead-intake/lead-1#notify", *, plan: dict[str, Any] | None = None, **changed: Any
) -> Message:
    addresses = (Address(channel=SLACK, to="U1"), Address(channel=EMAIL, to="sam@ours.example"))
    whole = DeliveryPlan.model_validate({"addresses": addresses} | (plan or {}))
    return message(key, body="Zoë asks.", **changed).model_copy(update={"plan": whole})


@pytest.mark.parametrize("code", [FailureCode.NOT_FOUND, FailureCode.FORBIDDEN, FailureCode.UNREACHABLE])
async def test_next_channel_is_tried_where_the_first_certainly_did_nothing(
    house: House, code: FailureCode
) -> None:
    house.slack.failures = [code]
    sent = await house.messages.send(addressed())
    assert (await house.outbox.entry(sent.message_id)).channel is EMAIL
    ((parcel, to),) = house.email.taken
    assert (parcel.key, to) == (addressed().key, "sam@ours.example")


@pytest.mark.parametrize("code", [FailureCode.OUTCOME_UNKNOWN, FailureCode.TIMED_OUT])
async def test_no_other_channel_is_tried_where_the_first_may_have_acted(
    house: House, code: FailureCode
) -> None:
    house.slack.failures = [code, FailureCode.UNAVAILABLE]
    for _ in range(2):
        with pytest.raises(ServiceFailure):
            await house.messages.send(addressed())
        house.clock.now += HOLD
    await house.messages.send(addressed())
    assert house.email.asked == 0
    assert [parcel.tried_before for parcel, _ in house.slack.taken] == [True]


async def test_failure_that_time_may_mend_is_told_of_several(house: House) -> None:
    house.slack.failures, house.email.failures = [FailureCode.NOT_FOUND], [FailureCode.UNAVAILABLE]
    with pytest.raises(ServiceFailure) as caught:
        await house.messages.send(addressed())
    assert caught.value.code is FailureCode.UNAVAILABLE
    assert await house.statuses() == []


async def test_message_that_nobody_takes_can_be_read_and_is_sent_when_it_is_tried_again(house: House) -> None:
    house.slack.failures, house.email.failures = [FailureCode.NOT_FOUND], [FailureCode.REJECTED]
    with pytest.raises(ServiceFailure) as caught:
        await house.messages.send(addressed())
    assert caught.value.code is FailureCode.NOT_FOUND
    assert await house.statuses() == [OutboxStatus.UNDELIVERABLE]
    await house.messages.send(addressed())
    assert await house.statuses() == [OutboxStatus.SENT]
    assert len(house.slack.taken) == 1


async def test_channel_without_settings_is_passed_over(house: House) -> None:
    plan = {"addresses": (Address(channel=Channel.TEAMS), Address(channel=EMAIL, to="sam@ours.example"))}
    await house.messages.send(addressed(plan=plan))
    assert len(house.email.taken) == 1


async def test_correction_knows_what_it_takes_the_place_of(house: House) -> None:
    await house.messages.send(addressed())
    await house.messages.send(addressed("other-run#notify", workflow_id="lead-intake/lead-2"))
    await house.messages.send(
        addressed(
            "withdraw", kind=MessageKind.LEAD_WITHDRAWN, plan={"corrects": (MessageKind.LEAD_ASSIGNED,)}
        )
    )
    first, second, third = (parcel.earlier for parcel, _ in house.slack.taken)
    assert (first, second) == (None, None)
    assert third is not None
    assert third.reference == "slack-1"


async def test_message_waits_until_its_time_and_goes_out_once(house: House) -> None:
    later = house.clock.now + timedelta(hours=14)
    for _ in range(2):
        await house.messages.send(addressed(plan={"not_before": later}))
    assert await house.statuses() == [OutboxStatus.HELD]
    assert await house.send_due() == 0
    house.clock.now = later
    assert await house.send_due() == 1
    assert await house.statuses() == [OutboxStatus.SENT]
    assert len(house.slack.taken) == 1
    # The step that asked for it may come again after that.
    assert (await house.messages.send(addressed())).duplicate
    assert len(house.slack.taken) == 1


async def test_messages_of_a_kind_to_one_person_go_out_as_one(house: House) -> None:
    plan = {"not_before": house.clock.now + timedelta(minutes=5), "grouped": True}
    for number in range(3):
        await house.messages.send(addressed(f"alert-{number}", subject=f"Look at {number}", plan=plan))
        house.clock.advance(minutes=1)
    await house.messages.send(addressed("not-sam", recipient_id="kim", plan=plan))
    await house.messages.send(addressed("another-kind", kind=MessageKind.ALERT, plan=plan))
    house.clock.advance(minutes=3)
    assert await house.send_due() == 3
    (digest, *_), others = house.slack.taken[0], house.slack.taken[1:]
    assert digest.subject.startswith("3 messages")
    assert all(f"Look at {number}" in digest.body for number in range(3))
    assert len(others) == 2
    assert set(await house.statuses()) == {OutboxStatus.SENT}


async def test_correction_does_not_wipe_out_a_message_that_says_more(house: House) -> None:
    plan = {"not_before": house.clock.now + timedelta(minutes=5), "grouped": True}
    for number in range(2):
        await house.messages.send(addressed(f"told-{number}", plan=plan))
    house.clock.advance(minutes=5)
    assert await house.send_due() == 1
    corrects = {"corrects": (MessageKind.LEAD_ASSIGNED,)}
    await house.messages.send(addressed("withdraw", kind=MessageKind.LEAD_WITHDRAWN, plan=corrects))
    assert [parcel.earlier for parcel, _ in house.slack.taken] == [None, None]


async def test_digest_of_unknown_end_is_repeated_as_it_was(house: House) -> None:
    plan = {"not_before": house.clock.now + timedelta(minutes=5), "grouped": True}
    await house.messages.send(addressed("alert-0", plan=plan))
    await house.messages.send(addressed("alert-1", plan=plan))
    house.clock.advance(minutes=5)
    house.slack.failures = [FailureCode.OUTCOME_UNKNOWN]
    assert await house.held.send_next()
    await house.messages.send(
        addressed("alert-2", plan={**plan, "not_before": house.clock.now + timedelta(minutes=1)})
    )
    house.clock.now += timedelta(minutes=20)
    assert await house.send_due() == 2
    keys = [(parcel.key, parcel.subject.split()[0], parcel.tried_before) for parcel, _ in house.slack.taken]
    assert sorted(keys) == sorted([("alert-0", "2", True), ("alert-2", "A", False)])


async def test_two_senders_do_not_take_the_same_message(house: House, store: Store) -> None:
    await house.messages.send(addressed(plan={"not_before": house.clock.now + timedelta(minutes=1)}))
    house.clock.advance(minutes=2)
    queue = SqlHeldMessages(store, house.clock)
    taken = [await queue.take(), await queue.take()]
    assert [batch is not None for batch in taken] == [True, False]
    house.clock.advance(minutes=10)
    # Its sender died: another one has it now.
    assert await queue.take() is not None


async def test_held_message_is_tried_again_later_and_given_up_after_a_day(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.messages.send(addressed(plan={"not_before": house.clock.now + timedelta(minutes=1)}))
    house.slack.failures = [FailureCode.UNREACHABLE] * 1_000
    house.email.failures = [FailureCode.UNREACHABLE] * 1_000
    tries = 0
    for _ in range(int(GIVE_UP_AFTER / timedelta(minutes=1)) + 60):
        house.clock.advance(minutes=1)
        tries += await house.send_due()
    assert await house.statuses() == [OutboxStatus.UNDELIVERABLE]
    assert 90 < tries < 120
    assert "undeliverable" in caplog.text
    assert "Zoë" not in caplog.text
    (entry,) = await house.outbox.entries()
    assert (entry.failure, entry.failed_on) == (FailureCode.UNREACHABLE, SLACK)


async def test_held_message_that_nobody_can_take_is_given_up_at_once(house: House) -> None:
    await house.messages.send(addressed(plan={"not_before": house.clock.now + timedelta(minutes=1)}))
    house.clock.advance(minutes=2)
    house.slack.failures, house.email.failures = [FailureCode.NOT_FOUND], [FailureCode.REJECTED]
    assert await house.send_due() == 1
    assert await house.statuses() == [OutboxStatus.UNDELIVERABLE]


async def test_message_that_trips_over_a_bug_is_noted_and_keeps_back_no_other(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = {"not_before": house.clock.now + timedelta(minutes=1)}
    await house.messages.send(addressed("first", plan=plan))
    await house.messages.send(addressed("second", plan=plan))
    house.clock.advance(minutes=2)
    is_broken, deliver = {"first"}, house.slack.deliver

    async def trips(parcel: Parcel, to: str) -> Receipt:
        if parcel.key in is_broken:
            raise KeyError("Zoë")
        return await deliver(parcel, to)

    monkeypatch.setattr(house.slack, "deliver", trips)
    assert await house.send_due() == 2
    assert await house.statuses() == [OutboxStatus.HELD, OutboxStatus.SENT]
    entry = (await house.outbox.entries())[-1]
    assert (entry.failure, entry.failed_on) == (FailureCode.UNEXPECTED, "messages")
    assert "Zoë" not in caplog.text
    is_broken.clear()
    house.clock.advance(minutes=5)
    assert await house.send_due() == 1
    mended = (await house.outbox.entries())[-1]
    assert (mended.status, mended.failure, mended.failed_on) == (OutboxStatus.SENT, None, None)


async def test_sender_works_until_it_is_told_to_stop(house: House) -> None:
    stop = asyncio.Event()
    sender = asyncio.create_task(house.held.run(stop))
    await house.messages.send(addressed(plan={"not_before": house.clock.now + timedelta(minutes=1)}))
    house.clock.advance(minutes=2)
    await asyncio.wait_for(house.slack.took.wait(), 10)
    stop.set()
    await asyncio.wait_for(sender, 10)
    assert await house.statuses() == [OutboxStatus.SENT]


def test_delivery_key_belongs_to_the_run_and_is_short() -> None:
    assert delivery_key("lead-intake/1#a").startswith("lead-intake/1#delivery#")
    keys: Sequence[str] = [delivery_key("x" * 255), delivery_key("x" * 254)]
    assert len(set(keys)) == 2
    assert max(map(len, keys)) <= 255
