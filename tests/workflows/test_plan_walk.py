"""Whatever a plan looks like and however its steps end: each is taken once, in time, and none is left behind.

`walk` runs here without a server: what it awaits works in plain asyncio as well.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from enum import Enum
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.onboarding_plan import OnboardingStep, PlannedStep
from workflows.plan_walk import walk

TURNS = 20
"""More turns of the loop than it takes from the end of one step to the beginning of the next."""


class CalledOff(Enum):
    """How a step takes it that it is called off."""

    ENDS = "it ends"
    LINGERS = "it has something to finish first"
    FAILS = "it fails in a way of its own, as an activity does"
    IS_DONE = "it is done in the same moment"


class StepFailed(Exception):
    """A step that cannot be done."""


class World:
    """Steps that are under way until a test ends them."""

    def __init__(self, steps: Sequence[PlannedStep], manners: Mapping[OnboardingStep, CalledOff]) -> None:
        self._steps = steps
        self._manners = manners
        self._may_leave = asyncio.Event()
        self.under_way: dict[OnboardingStep, asyncio.Future[None]] = {}
        self.begun: list[OnboardingStep] = []
        self.done: list[OnboardingStep] = []
        self.called_off: list[OnboardingStep] = []
        self.walk = asyncio.ensure_future(walk(steps, self._take))

    async def __aenter__(self) -> Self:
        await self.settles()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leaves nothing to the next example, also where this one has failed."""
        self._may_leave.set()
        left = [self.walk, *self.under_way.values()]
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    @property
    def due(self) -> set[OnboardingStep]:
        """The steps that must be under way: all that they wait for is done, and they are not."""
        return {
            one.step for one in self._steps if one.step not in self.done and set(one.after) <= set(self.done)
        }

    @property
    def lingering(self) -> bool:
        """Whether a step that was called off has something to finish."""
        return any(self._manners[step] is CalledOff.LINGERS for step in self.under_way)

    async def settles(self) -> None:
        """Lets everything happen that can."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def ends(self, steps: Iterable[OnboardingStep]) -> None:
        """These steps are done, in one moment."""
        for step in steps:
            self.under_way[step].set_result(None)
        await self.settles()

    async def fails(self, steps: Iterable[OnboardingStep], failing: Collection[OnboardingStep]) -> None:
        """These steps end in one moment, some of them by failing."""
        for step in steps:
            if step in failing:
                self.under_way[step].set_exception(StepFailed(step))
            else:
                self.under_way[step].set_result(None)
        await self.settles()

    async def let_go(self) -> None:
        """Lets the steps finish that linger."""
        self._may_leave.set()
        await self.settles()

    async def _take(self, planned: PlannedStep) -> None:
        step = planned.step
        self.begun.append(step)
        self.under_way[step] = asyncio.get_running_loop().create_future()
        try:
            await self.under_way[step]
            self.done.append(step)
        except asyncio.CancelledError:
            self.called_off.append(step)
            await self._leave(self._manners[step])
        finally:
            del self.under_way[step]

    async def _leave(self, manner: CalledOff) -> None:
        if manner is CalledOff.LINGERS:
            await self._may_leave.wait()
        if manner is CalledOff.FAILS:
            raise StepFailed("called off")
        if manner is not CalledOff.IS_DONE:
            raise asyncio.CancelledError


@st.composite
def plans(draw: st.DrawFn) -> tuple[PlannedStep, ...]:
    """Any steps, each after any of those before it, told in any order."""
    steps = draw(st.lists(st.sampled_from(OnboardingStep), unique=True))
    planned = [
        PlannedStep(
            step=step,
            after=tuple(draw(st.lists(st.sampled_from(steps[:place]), unique=True)) if place else ()),
            owner_id="o-ben",
            budget=timedelta(hours=1),
        )
        for place, step in enumerate(steps)
    ]
    return tuple(draw(st.permutations(planned)))


MANNERS = st.fixed_dictionaries({step: st.sampled_from(CalledOff) for step in OnboardingStep})


def some_of(steps: Collection[OnboardingStep]) -> st.SearchStrategy[list[OnboardingStep]]:
    """One or more of these, in any order."""
    return st.lists(st.sampled_from(sorted(steps)), min_size=1, unique=True)


@asynccontextmanager
async def in_the_middle(steps: Sequence[PlannedStep], data: st.DataObject) -> AsyncGenerator[World]:
    """A walk at any moment at which something is under way."""
    async with World(steps, data.draw(MANNERS)) as world:
        for _ in range(data.draw(st.integers(0, len(steps) - 1))):
            ending = data.draw(some_of(world.under_way))
            if len(world.done) + len(ending) == len(steps):
                break
            await world.ends(ending)
        yield world


@given(plans(), st.data())
async def test_every_step_is_under_way_as_soon_as_all_it_waits_for_is_done_and_only_once(
    steps: tuple[PlannedStep, ...], data: st.DataObject
) -> None:
    async with World(steps, {}) as world:
        while not world.walk.done():
            # Exactly these: nothing early, and nothing waits for what it does not depend on.
            assert set(world.under_way) == world.due
            await world.ends(data.draw(some_of(world.under_way)))
        await world.walk
        assert sorted(world.begun) == sorted(world.done) == sorted(one.step for one in steps)


@given(plans().filter(len), st.data())
async def test_step_that_fails_ends_the_walk_once_everything_under_way_has_been_called_off(
    steps: tuple[PlannedStep, ...], data: st.DataObject
) -> None:
    async with in_the_middle(steps, data) as world:
        begun, under_way = list(world.begun), set(world.under_way)
        ending = data.draw(some_of(under_way))
        failing = data.draw(some_of(ending))
        await world.fails(ending, failing)
        assert world.walk.done() is not world.lingering
        await world.let_go()
        with pytest.raises(StepFailed) as failed:
            await world.walk
        assert failed.value.args[0] in failing
        assert set(world.called_off) == under_way - set(ending)
        assert (world.begun, world.under_way) == (begun, {})


@given(plans().filter(len), st.data())
async def test_walk_that_is_cancelled_ends_once_everything_under_way_has_been_called_off(
    steps: tuple[PlannedStep, ...], data: st.DataObject
) -> None:
    async with in_the_middle(steps, data) as world:
        begun, under_way = list(world.begun), set(world.under_way)
        world.walk.cancel()
        await world.settles()
        assert world.walk.done() is not world.lingering
        await world.let_go()
        with pytest.raises(asyncio.CancelledError):
            await world.walk
        assert set(world.called_off) == under_way
        assert (world.begun, world.under_way) == (begun, {})


@given(plans().filter(len), st.data(), st.booleans())
async def test_cancellation_while_steps_are_being_called_off_leaves_none_of_them_behind(
    steps: tuple[PlannedStep, ...], data: st.DataObject, failed: bool
) -> None:
    async with in_the_middle(steps, data) as world:
        if failed:
            ending = data.draw(some_of(world.under_way))
            await world.fails(ending, ending)
        else:
            world.walk.cancel()
            await world.settles()
        world.walk.cancel()
        await world.settles()
        assert world.walk.done() is not world.lingering
        await world.let_go()
        assert world.walk.done()
        assert world.under_way == {}
        await asyncio.wait([world.walk])
