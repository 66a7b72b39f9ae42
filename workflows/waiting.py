"""Waiting for a condition until an instant."""

from collections.abc import Callable
from datetime import datetime

from temporalio import workflow


async def until(deadline: datetime, condition: Callable[[], bool], what: str) -> bool:
    """Waits until the condition holds or the deadline has passed; says whether the condition holds.

    Args:
        deadline: an aware instant; one in the past does not wait at all.
        condition: looked at whenever something happens to the run.
        what: the timer's name in the Web UI.
    """
    remaining = deadline - workflow.now()
    if remaining.total_seconds() <= 0:
        return condition()
    try:
        await workflow.wait_condition(condition, timeout=remaining, timeout_summary=what)
    except TimeoutError:
        return False
    return True
