"""Turns what Temporal's client raises into the one line and the exit code that a person gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.client import (
    RPCTimeoutOrCancelledError,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError, RPCStatusCode

from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.run_commands import list_command

START_WORKERS = "start workers: ./throughline worker"
CHECK_SERVER = "see what `./throughline doctor` says"

_UNREACHABLE = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.RESOURCE_EXHAUSTED)
_NO_WORKER = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION)
_NOT_ALLOWED = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED)


@asynccontextmanager
async def translated(subject: str, within: timedelta) -> AsyncGenerator[None]:
    """Bounds a call to a run and translates how it fails.

    Args:
        subject: the workflow id that the call is about.
        within: the call is given up after this time.

    Raises:
        CommandFailure: REFUSED_BY_RUN, NOT_FOUND, NO_ANSWER, UNREACHABLE, MISCONFIGURED or FAILED.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            yield
    except WorkflowUpdateFailedError as error:
        raise CommandFailure(ExitCode.REFUSED_BY_RUN, reason_of(error), where=subject) from error
    except (TimeoutError, RPCTimeoutOrCancelledError) as error:
        task = asyncio.current_task()
        if task and task.cancelling():
            # The client reports Ctrl-C as a timeout; it must still stop the command.
            raise asyncio.CancelledError from error
        raise no_answer(subject, within) from error
    except WorkflowQueryFailedError as error:
        raise CommandFailure(
            ExitCode.FAILED, f"the run cannot say how it stands ({error})", where=subject, remedy=CHECK_SERVER
        ) from error
    except WorkflowQueryRejectedError as error:
        raise CommandFailure(ExitCode.NOT_FOUND, "the run is closed", where=subject) from error
    except RPCError as error:
        raise of_rpc(error, subject, within) from error


def of_rpc(error: RPCError, subject: str, within: timedelta) -> CommandFailure:
    """What a failed call to the server means for whoever typed the command."""
    if error.status is RPCStatusCode.NOT_FOUND:
        return CommandFailure(
            ExitCode.NOT_FOUND,
            "there is no such run",
            where=subject,
            remedy=f"`{list_command(subject)}` shows them",
        )
    if error.status in _NO_WORKER:
        return no_answer(subject, within)
    if error.status in _UNREACHABLE:
        return unreachable(error.message)
    if error.status in _NOT_ALLOWED:
        return CommandFailure(
            ExitCode.MISCONFIGURED, "Temporal refuses these credentials", where=subject, remedy=CHECK_SERVER
        )
    return CommandFailure(
        ExitCode.FAILED, f"Temporal refuses the call ({error.message})", where=subject, remedy=CHECK_SERVER
    )


def no_answer(subject: str, within: timedelta) -> CommandFailure:
    """Nobody answered for a run, which most often means that no worker is there."""
    return CommandFailure(
        ExitCode.NO_ANSWER,
        f"no answer within {within.total_seconds():g} s",
        where=subject,
        remedy=f"{START_WORKERS}, then repeat this; repeating is safe",
    )


def unreachable(reason: str) -> CommandFailure:
    """The server does not answer."""
    return CommandFailure(
        ExitCode.UNREACHABLE, f"Temporal does not answer ({reason})", where="temporal", remedy=CHECK_SERVER
    )


def reason_of(error: WorkflowUpdateFailedError) -> str:
    """The run's own words: the innermost failure's message."""
    cause: BaseException | None = error.cause
    while isinstance(cause, FailureError) and isinstance(cause.cause, FailureError):
        cause = cause.cause
    if isinstance(cause, ApplicationError | FailureError):
        return cause.message
    return str(cause or error)
