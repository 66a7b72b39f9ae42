"""The step that gives a lead an owner."""

from temporalio import activity

from contracts.crm import UndoInput, UndoResult
from contracts.policy import PolicyBundle
from contracts.ports import AllocationRequest, Allocator, PolicyLibrary
from contracts.routing import AllocateOwnerInput, Allocation


class AllocationActivities:
    """Takes a turn in a pool under a key, as a local activity; the turn can be given back."""

    def __init__(self, allocator: Allocator, policies: PolicyLibrary) -> None:
        self._allocator = allocator
        self._policies = policies

    @activity.defn
    async def allocate_owner(self, request: AllocateOwnerInput) -> Allocation:
        """Allocates from the pool, then from its fallbacks; names who holds the lead if nobody is eligible.

        Raises:
            UNAVAILABLE, UNREACHABLE: the store does not answer.
            POLICY_UNKNOWN: the pinned bundle is gone.
        """
        bundle = await self._policies.load(request.policy_hash)
        tried: list[Allocation] = []
        for pool_name in _pools_to_try(request.pool, bundle):
            allocation = await self._allocator.allocate(_allocation_request(request, pool_name, bundle))
            if allocation.owner_id is not None:
                return allocation
            tried.append(allocation)
        return Allocation(
            owner_id=None,
            pool=request.pool,
            reason="; ".join(allocation.reason for allocation in tried),
            considered=tuple(owner for allocation in tried for owner in allocation.considered),
            escalated_to=bundle.pools[request.pool].escalate_to,
        )

    @activity.defn
    async def release_owner(self, undo: UndoInput) -> UndoResult:
        """Gives the turn back; safe when nothing was allocated."""
        return await self._allocator.release(undo)


def _pools_to_try(first: str, bundle: PolicyBundle) -> tuple[str, ...]:
    names: list[str] = []
    name: str | None = first
    while name is not None and name not in names:
        names.append(name)
        name = bundle.pools[name].fallback_pool
    return tuple(names)


def _allocation_request(
    request: AllocateOwnerInput, pool_name: str, bundle: PolicyBundle
) -> AllocationRequest:
    pool = bundle.pools[pool_name]
    members = {member.person for member in pool.members}
    return AllocationRequest(
        key=request.key,
        pool_name=pool_name,
        pool=pool,
        people=tuple(person for person in bundle.people if person.id in members),
        calendars=bundle.calendars,
        sticky_owner_id=request.sticky_owner_id,
        excluded_owner_ids=request.excluded_owner_ids,
        at=request.at,
    )
