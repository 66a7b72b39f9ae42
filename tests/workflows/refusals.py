"""What a refused command says to whoever sent it."""

from collections.abc import Awaitable

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError


def refusal_of(raised: pytest.ExceptionInfo[WorkflowUpdateFailedError]) -> str:
    """The reason, of a failure of the type that doors know."""
    cause = raised.value.cause
    assert isinstance(cause, ApplicationError), cause
    assert cause.type == "REFUSED", cause
    return cause.message


async def refused_for(command: Awaitable[object]) -> str:
    """The reason for which a run refuses a command.

    Raises:
        AssertionError: it takes it.
    """
    with pytest.raises(WorkflowUpdateFailedError) as raised:
        await command
    return refusal_of(raised)
