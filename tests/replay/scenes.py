"""Stories of one run, told scene by scene: what is so before it begins, and what people then do."""

from collections.abc import Awaitable, Callable, Collection, Mapping

from contracts.approval import ApprovalState
from contracts.policy import ApprovalPolicy, ApprovalsPolicy, PolicyBundle
from contracts.status import ResolutionAnswer
from tests.faults import in_activity
from tests.onboarding_bundles import ONBOARDING_APPROVALS
from tests.replay.scenario import Scenario, seconds
from tests.workflows.house import House, Run, eventually
from tests.workflows.policies import approvals

Beginning = Callable[[House], Awaitable[Run]]
"""Starts the run."""

Before = Callable[[House], Awaitable[object]]
"""What is so before the run begins."""

Scene = Callable[[House, Run], Awaitable[object]]
"""What people do about the run."""

FIRST = (1,)


def in_scenes(
    name: str,
    covers: str,
    begin: Beginning,
    scenes: Collection[Scene],
    *,
    before: Before | None,
    bundle: PolicyBundle,
) -> Scenario:
    """The story of one run, scene by scene."""

    async def story(house: House) -> Mapping[str, Run]:
        if before:
            await before(house)
        run = await begin(house)
        for scene in scenes:
            await scene(house, run)
        return {name: run}

    return Scenario(story, {name: covers}, bundle)


# ---------------------------------------------------------------- before


def failing(method: str, *, only: str = "", calls: Collection[int] = FIRST) -> Before:
    """A port's method fails for good: at its first call unless said otherwise, or always in one activity."""

    async def before(house: House) -> None:
        if only:
            house.faults.fail(method, only=in_activity(only))
        else:
            house.faults.fail(method, calls=calls)

    return before


def held(method: str, *, only: str = "") -> Before:
    """Calls of a port's method do not come to an end until they are let go."""

    async def before(house: House) -> None:
        if only:
            house.faults.block(method, only=in_activity(only))
        else:
            house.faults.block(method)

    return before


def both(*all_of: Before) -> Before:
    """Several things are so."""

    async def before(house: House) -> None:
        for one in all_of:
            await one(house)

    return before


# ---------------------------------------------------------------- scenes


def standing_in(*states: str) -> Scene:
    """Waits until the run stands in one of the states."""
    return lambda house, run: house.in_state(run, *states)


def under_way(method: str) -> Scene:
    """Waits until a port's method has been called."""
    return called(method, 1)


def called(method: str, times: int) -> Scene:
    """Waits until a port's method has been called that often."""

    async def scene(house: House, run: Run) -> None:
        async def count() -> int:
            return house.faults.count(method)

        await eventually(count, lambda calls: calls >= times)

    return scene


async def let_go(house: House, run: Run) -> None:
    """Calls that were held go on."""
    house.faults.release_all()


def answered(step: str, answer: ResolutionAnswer = ResolutionAnswer.RETRY, *, healed: str = "") -> Scene:
    """Somebody mends a port's method, and answers the parked step."""

    async def scene(house: House, run: Run) -> None:
        await house.when(run, lambda status: step in {parked.step for parked in status.parked})
        house.faults.heal(healed)
        await house.resolve(run, step, answer)

    return scene


async def approval_lost(house: House, run: Run) -> None:
    """An operator terminates the approval that the run waits for."""
    approval = house.approval(run)
    await house.in_state(approval, ApprovalState.AWAITING_DECISION)
    await approval.terminate()


async def cancelled(house: House, run: Run) -> None:
    """An operator cancels the run; what is under way then may end."""
    await run.cancel()
    house.faults.release_all()


def answered_within(number: float, approval: str) -> ApprovalsPolicy:
    """Approvals of which one expires after so many seconds."""
    known = approvals()
    short = ApprovalPolicy(
        approvers=ONBOARDING_APPROVALS[approval].approvers, expire_after=seconds(number), remind_after=()
    )
    return known.model_copy(update={"policies": {**known.policies, approval: short}})
