"""Calling a run's work off on somebody's word, so that it undoes what was done and ends as they wished.

Temporal's own cancel is for operators: it can be swallowed by a step that completes in the same task.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import workflow

from workflows.parallel import call_off
from workflows.saga import GivenUp

T = TypeVar("T")

CALLED_OFF = "CALLED_OFF"
"""Failure type of work that was called off."""


class CalledOff(GivenUp):
    """Somebody called the run off, and was told that it is."""


async def unless(called_off: Callable[[], bool], work: Coroutine[Any, Any, T]) -> T:
    """Does work to its end, unless it is called off before.

    Raises:
        CalledOff: nothing of the work is running any more.
    """
    task = asyncio.ensure_future(work)
    try:
        await workflow.wait_condition(lambda: task.done() or called_off())
    except asyncio.CancelledError:
        await call_off([task])
        raise
    # Whoever called it off was told so, even where the work has ended in the same moment.
    if called_off():
        await call_off([task])
        raise CalledOff("the run was called off", type=CALLED_OFF, non_retryable=True)
    return task.result()
