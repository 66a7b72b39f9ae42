"""Who of a pool gets the next lead: turns in proportion to weight, among those who can take it now.

The turns are smooth weighted round robin, the way nginx balances: everybody who could have had the lead
gains their weight in credit; the highest credit takes it and pays the sum of those weights. While the same
people are eligible, nobody is ever a whole lead above their share. Who cannot take a lead gains nothing
meanwhile, so nobody who comes back is flooded.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.policy import Person, PoolMember
from contracts.ports import AllocationRequest
from contracts.routing import Allocation, AllocationChoice, OwnerConsideration, OwnerLoad
from rules.business_time import is_away
from rules.staff import back_at

MAX_CARRIED_TURNS = 5
"""How many turns anybody can owe or be owed, so that new weights or a run of sticky leads are not made up
for at somebody's cost for days. A pool of more members carries as many turns as members, which a steady
pool never exceeds."""


class _Standing(NamedTuple):
    """A member as they stand at the moment of the choice."""

    member: PoolMember
    load: OwnerLoad
    """With the day and count of the member's present local day."""
    opens_at: datetime
    """When they are at work next; the moment of the choice where they are at work now."""
    obstacle: str | None = None
    """Why they cannot take a lead; none where they can."""

    @property
    def owner_id(self) -> str:
        return self.member.person


def choose_owner(request: AllocationRequest, loads: Sequence[OwnerLoad]) -> AllocationChoice:
    """Chooses an owner and returns the loads as they are afterwards.

    Whoever looks after the account already comes first, if they can take a lead; it counts as their turn.
    Then come those at work, then whoever opens first, where the pool allows that. Ties go by the order of
    the pool's members.

    Args:
        request: the pool with everything that the choice needs; `at` is aware.
        loads: the pool's memory; a member without one starts from nothing. What it holds of others is kept.

    Raises:
        ValueError: `at` has no zone.
    """
    if request.at.tzinfo is None:
        raise ValueError("an allocation needs an instant with a zone")
    standings = _standings(request, loads)
    eligible = [one for one in standings if one.obstacle is None]
    in_turn = _first_to_open(eligible)
    sticky = next((one for one in eligible if one.owner_id == request.sticky_owner_id), None)
    if sticky is not None:
        chosen, reason = sticky, "looks after this account already"
        sharing = in_turn if sticky in in_turn else [*in_turn, sticky]
    elif in_turn:
        # `max` takes the first of equals, so ties go by the order of the members.
        chosen = max(in_turn, key=lambda one: one.load.credit + one.member.weight)
        reason, sharing = _reason_for(chosen, request, standings), in_turn
    else:
        nobody = "; ".join(f"{one.owner_id} {one.obstacle}" for one in standings)
        return AllocationChoice(
            allocation=_allocation(request, None, f"nobody is eligible: {nobody}", standings),
            loads=tuple(loads),
        )
    after = {load.owner_id: load for load in (*loads, *_loads_after_turn(chosen, sharing))}
    return AllocationChoice(
        allocation=_allocation(request, chosen.owner_id, reason, standings), loads=tuple(after.values())
    )


def _standings(request: AllocationRequest, loads: Sequence[OwnerLoad]) -> list[_Standing]:
    remembered = {load.owner_id: load for load in loads}
    people = {person.id: person for person in request.people}
    return [
        _standing(
            request,
            member,
            people.get(member.person),
            remembered.get(member.person, OwnerLoad(owner_id=member.person)),
        )
        for member in request.pool.members
    ]


def _standing(
    request: AllocationRequest, member: PoolMember, person: Person | None, load: OwnerLoad
) -> _Standing:
    calendar = request.calendars.get(person.calendar) if person is not None else None
    if person is None or calendar is None:
        return _Standing(member, load, request.at, "is not among the policy's people, or has no calendar")
    today = request.at.astimezone(ZoneInfo(person.zone)).date()
    load = _counted_for(today, load)
    opens_at = back_at(person, calendar, request.at)
    obstacle = _obstacle(request, member, person, load, today)
    if opens_at is None:
        obstacle = obstacle or "is not at work within the next two years"
    elif opens_at > request.at and request.pool.outside_hours == "nobody":
        obstacle = obstacle or "is outside working hours"
    return _Standing(member, load, opens_at or request.at, obstacle)


def _counted_for(today: date, load: OwnerLoad) -> OwnerLoad:
    # ISO dates sort as they follow. A request a moment older than the last must not reopen yesterday's count.
    day = today.isoformat()
    return load if load.day >= day else load.model_copy(update={"day": day, "taken": 0})


def _obstacle(
    request: AllocationRequest, member: PoolMember, person: Person, load: OwnerLoad, today: date
) -> str | None:
    if member.person in request.excluded_owner_ids:
        return "is excluded for this lead"
    if member.weight < 1:
        return "has no share in the pool"
    if is_away(today, person.absences):
        return f"is absent on {today.isoformat()}"
    if member.daily_cap is not None and load.taken >= member.daily_cap:
        return f"has reached the daily cap of {member.daily_cap}"
    return None


def _first_to_open(eligible: Sequence[_Standing]) -> list[_Standing]:
    """Those at work; where nobody is, those who are there first."""
    first = min((one.opens_at for one in eligible), default=None)
    return [one for one in eligible if one.opens_at == first]


def _loads_after_turn(chosen: _Standing, sharing: Sequence[_Standing]) -> list[OwnerLoad]:
    stake = sum(one.member.weight for one in sharing)
    limit = stake * max(MAX_CARRIED_TURNS, len(sharing))
    after: list[OwnerLoad] = []
    for one in sharing:
        taken = 1 if one is chosen else 0
        credit = one.load.credit + one.member.weight - stake * taken
        after.append(
            one.load.model_copy(
                update={"credit": max(-limit, min(limit, credit)), "taken": one.load.taken + taken}
            )
        )
    return after


def _reason_for(chosen: _Standing, request: AllocationRequest, standings: Sequence[_Standing]) -> str:
    turn = (
        f"nobody is at work; opens first, at {chosen.opens_at.isoformat()}"
        if chosen.opens_at > request.at
        else "next in turn among those at work"
    )
    sticky = request.sticky_owner_id
    if sticky is None:
        return turn
    why_not = next((one.obstacle for one in standings if one.owner_id == sticky), "is not in this pool")
    return f"{turn}; {sticky} looks after this account but {why_not}"


def _allocation(
    request: AllocationRequest, owner_id: str | None, reason: str, standings: Sequence[_Standing]
) -> Allocation:
    return Allocation(
        owner_id=owner_id,
        pool=request.pool_name,
        reason=reason,
        considered=tuple(_considered(one, request.at) for one in standings),
    )


def _considered(one: _Standing, at: datetime) -> OwnerConsideration:
    if one.obstacle is not None:
        return OwnerConsideration(owner_id=one.owner_id, eligible=False, reason=one.obstacle)
    here = "at work" if one.opens_at <= at else f"outside working hours until {one.opens_at.isoformat()}"
    turns = f"{one.load.taken} taken today, weight {one.member.weight}, credit {one.load.credit}"
    return OwnerConsideration(owner_id=one.owner_id, eligible=True, reason=f"{here}; {turns}")
