"""Waiting: for a condition until an instant, and for what is still being taken in."""

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


class InHand:
    """What people have sent, from its arrival until it is taken or refused.

    `with in_hand:` counts one. Where time runs out meanwhile, `until_settled` waits for it: nobody is told
    that what they sent was taken, and then passed over.
    """

    def __init__(self) -> None:
        self._count = 0

    def __enter__(self) -> None:
        self._count += 1

    def __exit__(self, *_error: object) -> None:
        self._count -= 1

    def __bool__(self) -> bool:
        return self._count > 0


async def until_settled(in_hand: InHand) -> None:
    """Waits until nothing is in hand."""
    await workflow.wait_condition(lambda: not in_hand)
