"""A lead that a pool cannot take goes to the pool's fallbacks, and then to whoever is named."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.allocation import AllocationActivities
from connectors.store.allocator import SqlAllocator
from connectors.store.engine import Store
from contracts.crm import UndoInput
from contracts.failures import FailureCode, ServiceFailure
from contracts.policy import Pool, PoolMember
from contracts.routing import AllocateOwnerInput, Allocation
from rules.allocation import choose_owner
from rules.policy_source import bundle_hash
from tests.faults import Faults, faulty
from tests.workflows.policies import house_rules

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FULL, FREE = PoolMember(person="o-ada", daily_cap=0), PoolMember(person="o-ben", daily_cap=1)


def pools(**chain: PoolMember) -> dict[str, Pool]:
    """Pools of one, each the fallback of the one before."""
    names = [*chain]
    followers = dict(zip(names, [*names[1:], None], strict=True))
    return {
        name: Pool(members=(member,), fallback_pool=followers[name], escalate_to="m-eve")
        for name, member in chain.items()
    }


class Bundles:
    """A library of one bundle."""

    def __init__(self, **parts: Any) -> None:
        self._bundle = house_rules(**parts)
        self.hash = bundle_hash(self._bundle)

    async def pin_active(self) -> object:
        raise NotImplementedError

    async def load(self, policy_hash: str) -> object:
        if policy_hash != self.hash:
            raise ServiceFailure(FailureCode.POLICY_UNKNOWN, "policies", "the bundle is gone")
        return self._bundle


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with await Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def faults() -> Faults:
    return Faults()


class Desk:
    """The activities over a store."""

    def __init__(self, store: Store, faults: Faults, **parts: Any) -> None:
        self._bundles = Bundles(**parts)
        allocator = SqlAllocator(store, lambda: NOW, choose_owner)
        self.activities = AllocationActivities(faulty(allocator, faults), self._bundles)  # type: ignore[arg-type]

    async def allocate(self, lead: str = "1", pool: str = "first", **more: object) -> Allocation:
        request = AllocateOwnerInput(
            key=f"lead-intake/{lead}#allocate_owner",
            policy_hash=self._bundles.hash,
            pool=pool,
            at=NOW,
            **more,  # type: ignore[arg-type]
        )
        return await ActivityEnvironment().run(self.activities.allocate_owner, request)

    async def release(self, lead: str = "1") -> bool:
        undo = UndoInput(key=f"lead-intake/{lead}#allocate_owner")
        return (await ActivityEnvironment().run(self.activities.release_owner, undo)).undone


async def test_full_pool_hands_the_lead_to_its_fallback(store: Store, faults: Faults) -> None:
    desk = Desk(store, faults, pools=pools(first=FULL, second=FULL, third=FREE))
    given = await desk.allocate()
    assert (given.owner_id, given.pool) == ("o-ben", "third")
    assert faults.count("allocate") == 3


async def test_turn_of_the_fallback_is_one_turn_however_often_it_is_asked(
    store: Store, faults: Faults
) -> None:
    desk = Desk(store, faults, pools=pools(first=FULL, second=FREE))
    first = await desk.allocate()
    assert await desk.allocate() == first
    assert (await desk.allocate("2")).owner_id is None


async def test_turn_of_the_fallback_is_given_back(store: Store, faults: Faults) -> None:
    desk = Desk(store, faults, pools=pools(first=FULL, second=FREE))
    await desk.allocate()
    assert await desk.release()
    assert (await desk.allocate("2")).owner_id == "o-ben"


async def test_nobody_anywhere_names_who_holds_the_lead_and_why(store: Store, faults: Faults) -> None:
    desk = Desk(store, faults, pools=pools(first=FULL, second=FULL))
    held = await desk.allocate()
    assert (held.owner_id, held.pool, held.escalated_to) == (None, "first", "m-eve")
    assert held.reason.count("nobody is eligible") == 2
    assert len(held.considered) == 2
    assert not await desk.release()


async def test_pools_that_fall_back_on_each_other_are_tried_once(store: Store, faults: Faults) -> None:
    ring = pools(first=FULL, second=FULL)
    ring["second"] = ring["second"].model_copy(update={"fallback_pool": "first"})
    desk = Desk(store, faults, pools=ring)
    assert (await desk.allocate()).owner_id is None
    assert faults.count("allocate") == 2


async def test_excluded_owner_sends_the_lead_to_the_fallback(store: Store, faults: Faults) -> None:
    desk = Desk(store, faults, pools=pools(first=PoolMember(person="o-ada"), second=FREE))
    given = await desk.allocate(excluded_owner_ids=("o-ada",))
    assert (given.owner_id, given.pool) == ("o-ben", "second")


async def test_released_lead_that_arrives_late_is_refused(store: Store, faults: Faults) -> None:
    desk = Desk(store, faults, pools=pools(first=FULL, second=FREE))
    await desk.release()
    with pytest.raises(ServiceFailure) as refused:
        await desk.allocate()
    assert refused.value.code is FailureCode.CONFLICT


async def test_failure_of_the_store_is_passed_on(store: Store, faults: Faults) -> None:
    faults.fail("allocate", FailureCode.UNAVAILABLE, calls=(2,))
    desk = Desk(store, faults, pools=pools(first=FULL, second=FREE))
    with pytest.raises(ServiceFailure):
        await desk.allocate()
    assert (await desk.allocate()).owner_id == "o-ben"
