"""Walking a plan: each step is taken once all that it waits for is done, independent ones side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from temporalio import workflow

from workflows.parallel import call_off

with workflow.unsafe.imports_passed_through():
    from contracts.onboarding_plan import OnboardingStep, PlannedStep
    from rules.onboarding_plan import ready


async def walk(steps: Sequence[PlannedStep], take: Callable[[PlannedStep], Awaitable[None]]) -> None:
    """Takes every step of a plan; when one fails, those under way are called off, and then it is raised.

    Nothing of them is left running afterwards, so that an undo cannot race with them.
    """
    planned = {one.step: one for one in steps}
    done: list[OnboardingStep] = []
    begun: list[OnboardingStep] = []
    under_way: dict[OnboardingStep, asyncio.Future[None]] = {}
    while len(done) < len(planned):
        for step in ready(steps, done, begun):
            begun.append(step)
            under_way[step] = asyncio.ensure_future(take(planned[step]))
        try:
            await workflow.wait(list(under_way.values()), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await call_off(list(under_way.values()))
            raise
        ended = {step: task for step, task in under_way.items() if task.done()}
        if any(task.cancelled() or task.exception() for task in ended.values()):
            await call_off(list(under_way.values()))
        for step, task in ended.items():
            task.result()
            done.append(step)
            del under_way[step]
