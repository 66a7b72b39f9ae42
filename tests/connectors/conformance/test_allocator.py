"""Conformance of `Allocator`: turns are fair, caps hold, and a turn can be given back, under load too."""

import asyncio
from collections import Counter
from datetime import timedelta

from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.policy import PoolMember
from contracts.ports import Allocator
from tests.connectors.examples import MONDAY_NINE, Refused, turn

EVEN = (PoolMember(person="kim"), PoolMember(person="sam"))
WEIGHTED = (PoolMember(person="kim", weight=3), PoolMember(person="sam", weight=1))


async def owners(allocator: Allocator, members: tuple[PoolMember, ...], leads: range) -> list[str | None]:
    return [(await allocator.allocate(turn(f"lead-{n}", members))).owner_id for n in leads]


async def test_turns_follow_the_weights(allocator: Allocator) -> None:
    assert Counter(await owners(allocator, WEIGHTED, range(8))) == {"kim": 6, "sam": 2}


async def test_same_key_is_one_turn(allocator: Allocator) -> None:
    first = await asyncio.gather(*(allocator.allocate(turn("lead-0", EVEN)) for _ in range(10)))
    assert len(set(first)) == 1
    assert Counter(await owners(allocator, EVEN, range(1, 4))) + Counter([first[0].owner_id]) == {
        "kim": 2,
        "sam": 2,
    }


async def test_many_at_once_stay_fair_and_below_the_cap(allocator: Allocator) -> None:
    members = (
        PoolMember(person="kim", weight=2, daily_cap=30),
        PoolMember(person="sam"),
        PoolMember(person="ali"),
    )
    made = await asyncio.gather(*(allocator.allocate(turn(f"lead-{n}", members)) for n in range(60)))
    assert Counter(one.owner_id for one in made) == {"kim": 30, "sam": 15, "ali": 15}


async def test_cap_holds_for_the_day_and_nobody_left_is_said(allocator: Allocator) -> None:
    capped = (PoolMember(person="kim", daily_cap=2),)
    assert await owners(allocator, capped, range(3)) == ["kim", "kim", None]
    tomorrow = turn("lead-9", capped, at=MONDAY_NINE + timedelta(days=1))
    assert (await allocator.allocate(tomorrow)).owner_id == "kim"


async def test_refusal_takes_no_turn_and_leaves_its_key_to_another_pool(allocator: Allocator) -> None:
    full = turn("lead-0", (PoolMember(person="kim", daily_cap=0),), pool_name="full")
    assert (await allocator.allocate(full)).owner_id is None
    given = await allocator.allocate(turn("lead-0", EVEN, pool_name="fallback"))
    assert given.owner_id is not None
    assert await allocator.allocate(full) == given
    assert (await allocator.release(UndoInput(key=full.key))).undone


async def test_pools_take_turns_alone(allocator: Allocator) -> None:
    sales = [await allocator.allocate(turn(f"s{n}", EVEN, pool_name="sales")) for n in range(2)]
    support = [await allocator.allocate(turn(f"t{n}", EVEN, pool_name="support")) for n in range(2)]
    assert [one.owner_id for one in sales] == [one.owner_id for one in support]


async def test_given_back_turn_is_as_if_it_had_not_been(allocator: Allocator) -> None:
    capped = (PoolMember(person="kim", daily_cap=1), PoolMember(person="sam", daily_cap=1))
    first = await allocator.allocate(turn("lead-0", capped))
    undone = await allocator.release(UndoInput(key=turn("lead-0", capped).key))
    again = await owners(allocator, capped, range(1, 4))
    assert undone.undone
    assert again[0] == first.owner_id
    assert Counter(again) == {"kim": 1, "sam": 1, None: 1}


async def test_turn_given_back_late_leaves_the_turns_of_others_alone(allocator: Allocator) -> None:
    made = {n: await allocator.allocate(turn(f"lead-{n}", WEIGHTED)) for n in range(40)}
    for number in range(0, 40, 2):
        await allocator.release(UndoInput(key=turn(f"lead-{number}", WEIGHTED).key))
    kept = [made[number].owner_id for number in range(1, 40, 2)]
    assert Counter(kept + await owners(allocator, WEIGHTED, range(40, 60))) == {"kim": 30, "sam": 10}


async def test_turn_of_yesterday_given_back_today_does_not_raise_the_cap(allocator: Allocator) -> None:
    capped = (PoolMember(person="kim", daily_cap=1),)
    tomorrow = MONDAY_NINE + timedelta(days=1)
    await allocator.allocate(turn("lead-0", capped))
    await allocator.allocate(turn("lead-1", capped, at=tomorrow))
    await allocator.release(UndoInput(key=turn("lead-0", capped).key))
    assert (await allocator.allocate(turn("lead-2", capped, at=tomorrow))).owner_id is None


async def test_turn_is_given_back_once(allocator: Allocator) -> None:
    capped = (PoolMember(person="kim", daily_cap=2),)
    await owners(allocator, capped, range(2))
    undo = UndoInput(key=turn("lead-0", capped).key)
    await asyncio.gather(*(allocator.release(undo) for _ in range(10)))
    assert await owners(allocator, capped, range(2, 5)) == ["kim", None, None]


async def test_release_before_the_turn_bars_it(allocator: Allocator) -> None:
    undone = await allocator.release(UndoInput(key=turn("lead-0", EVEN).key))
    assert not undone.undone
    with Refused(FailureCode.CONFLICT):
        await allocator.allocate(turn("lead-0", EVEN))


async def test_turn_after_its_release_is_refused(allocator: Allocator) -> None:
    await allocator.allocate(turn("lead-0", EVEN))
    await allocator.release(UndoInput(key=turn("lead-0", EVEN).key))
    with Refused(FailureCode.CONFLICT):
        await allocator.allocate(turn("lead-0", EVEN))


async def test_sticky_and_excluded_owners_are_passed_to_the_choice(allocator: Allocator) -> None:
    sticky = await allocator.allocate(turn("lead-0", EVEN, sticky_owner_id="sam"))
    excluded = await allocator.allocate(turn("lead-1", EVEN, excluded_owner_ids=("kim",)))
    assert (sticky.owner_id, excluded.owner_id) == ("sam", "sam")
