"""Starting a run that lives on by itself, whatever becomes of the one that started it."""

from collections.abc import Awaitable
from typing import Any

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError


async def let_go(start: Awaitable[workflow.ChildWorkflowHandle[Any, Any]]) -> None:
    """Waits until a child has started; one that a reset of this run has left running is kept."""
    try:
        run = await start
    except WorkflowAlreadyStartedError:
        workflow.logger.info("it runs already")
    else:
        # How it ends is its own affair; left unread, its cancellation would be logged as our error.
        run.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
