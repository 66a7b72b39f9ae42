"""Steps side by side."""

import asyncio
from collections.abc import Awaitable

from temporalio import workflow


async def in_parallel(*steps: Awaitable[object]) -> None:
    """Takes independent steps at once; when one fails the others are called off, and then it is raised.

    Nothing of them is left running afterwards, so that an undo cannot race with them.
    """
    if not steps:
        return
    tasks = [asyncio.ensure_future(step) for step in steps]
    try:
        await workflow.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        unfinished = [task for task in tasks if not task.done()]
        for task in unfinished:
            task.cancel()
        if unfinished:
            await workflow.wait(unfinished)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            raise error
