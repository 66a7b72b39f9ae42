"""Asking somebody for something, reminding them, and giving up at a deadline, in a plan's business time."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import workflow

from workflows.parallel import Meanwhile
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from contracts.onboarding_plan import Wait, WorkClock
    from rules.onboarding_plan import instant_after


def deadline_of(wait: Wait, clock: WorkClock, since: datetime) -> datetime:
    """When a wait that began then is over."""
    return instant_after(clock, since, wait.deadline)


async def await_answer(
    wait: Wait,
    clock: WorkClock,
    came: Callable[[], bool],
    what: str,
    tell: Callable[[str], Awaitable[object]],
    *,
    since: datetime | None = None,
) -> bool:
    """Waits until something came or the deadline has passed; says whether it came.

    Args:
        wait: when to remind, and the deadline.
        clock: the business time that both are counted in.
        came: whether it is there; looked at whenever something happens to the run.
        what: the timer's name in the Web UI.
        tell: asks, and reminds; it is given the occasion. A dead channel does not hold up the wait.
        since: when it was first asked for; now, where that is left out.
    """
    begin = since or workflow.now()
    instants = [instant_after(clock, begin, after) for after in (*wait.remind_after, wait.deadline)]
    for number, instant in enumerate(instants, start=1):
        if instant <= workflow.now():
            continue
        async with Meanwhile() as meanwhile:
            meanwhile.start(tell(str(number)))
            if await until(instant, came, what):
                return True
    return came()
