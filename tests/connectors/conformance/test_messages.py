"""Conformance of `Notifier` and `Correspondence`, the same for the outbox and for every channel beside it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio

from connectors.routed import HOLD
from connectors.store.engine import Store
from contracts.failures import FailureCode, ServiceFailure
from contracts.messages import Delivery, OutboxStatus
from tests.connectors.conformance.message_worlds import CUSTOMERS, STAFF, MessageWorld, message_world
from tests.connectors.conformance.test_outbox import message
from tests.connectors.conftest import SettableClock
from tests.connectors.onboarding_examples import welcome

Sending = Callable[..., Awaitable[Delivery]]
CASES = [*((name, "send") for name in STAFF), *((name, "write") for name in CUSTOMERS)]


@pytest_asyncio.fixture(params=CASES, ids=" ".join)
async def case(
    request: pytest.FixtureRequest, store: Store, clock: SettableClock
) -> AsyncIterator[tuple[MessageWorld, Sending]]:
    name, verb = request.param
    async with message_world(name, store, clock) as world:
        yield world, _sending(world, verb)


def _sending(world: MessageWorld, verb: str) -> Sending:
    async def send(**changed: str) -> Delivery:
        if verb == "send":
            return await world.send(message(**{"body": "Zoë asks.", **changed}))
        return await world.write(welcome(**changed))

    return send


async def patiently(send: Awaitable[Delivery], again: Callable[[], Awaitable[Delivery]]) -> Delivery:
    """As a step is tried: whoever finds the key held comes back."""
    while True:
        try:
            return await send
        except ServiceFailure as failure:
            if failure.code is not FailureCode.UNAVAILABLE:
                raise
            await asyncio.sleep(0.01)
            send = again()


async def count(world: MessageWorld) -> int:
    """What readers got; where the outbox is all there is, what stands in it."""
    return len(world.texts()) if world.addresses else len(await world.outbox.entries())


async def test_message_arrives_and_stands_in_the_outbox(case: tuple[MessageWorld, Sending]) -> None:
    world, send = case
    sent = await send(subject="Größe 検査 🚀")
    entry = await world.outbox.entry(sent.message_id)
    assert not sent.duplicate
    assert (entry.status, entry.subject) == (OutboxStatus.SENT, "Größe 検査 🚀")
    assert entry.channel == (world.addresses[0].channel if world.addresses else None)
    assert await count(world) == 1
    assert all("Größe 検査 🚀" in text for text in world.texts())


async def test_repeat_sends_nothing_and_says_so(case: tuple[MessageWorld, Sending]) -> None:
    world, send = case
    first, second = await send(), await send(subject="Another try")
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.message_id == second.message_id
    assert await count(world) == 1


async def test_ten_at_once_are_one(case: tuple[MessageWorld, Sending]) -> None:
    world, send = case
    sent = await asyncio.gather(*(patiently(send(), send) for _ in range(10)))
    assert len({one.message_id for one in sent}) == 1
    assert sum(not one.duplicate for one in sent) == 1
    assert await count(world) == 1
    assert len(await world.outbox.entries()) == 1


async def test_longest_message_is_taken(case: tuple[MessageWorld, Sending]) -> None:
    world, send = case
    await send(subject="ä" * 500, body="検" * 20_000)
    (entry,) = await world.outbox.entries()
    assert (len(entry.subject), len(entry.body)) == (500, 20_000)
    assert all("検" * 500 in text.replace("\n", "") for text in world.texts())


async def test_message_of_unknown_end_is_looked_for_before_it_is_repeated(
    case: tuple[MessageWorld, Sending], clock: SettableClock
) -> None:
    world, send = case
    if world.lose_next_answer is None:
        await send()
    else:
        world.lose_next_answer()
        with pytest.raises(ServiceFailure) as caught:
            await send()
        assert caught.value.outcome_unknown
        assert await world.outbox.entries() == ()
        clock.now += HOLD + timedelta(seconds=1)
    await send()
    assert await count(world) == world.after_unknown_end
    assert len(await world.outbox.entries()) == 1
    await send()
    assert await count(world) == world.after_unknown_end


async def test_clock_that_runs_backwards_doubles_nothing(
    case: tuple[MessageWorld, Sending], clock: SettableClock
) -> None:
    world, send = case
    await send()
    clock.advance(days=-3)
    assert (await send()).duplicate
    assert await count(world) == 1
