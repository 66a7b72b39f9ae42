"""What Temporal's client raises becomes one line with a remedy and an exit code."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ActivityError, ApplicationError, RetryState
from temporalio.service import RPCError, RPCStatusCode

from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.refusals import translated

RUN = "lead-intake/c1"
SOON = timedelta(seconds=5)


async def failure_of(error: BaseException) -> CommandFailure:
    with pytest.raises(CommandFailure) as failed:
        async with translated(RUN, SOON):
            raise error
    return failed.value


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RPCStatusCode.NOT_FOUND, ExitCode.NOT_FOUND),
        (RPCStatusCode.DEADLINE_EXCEEDED, ExitCode.NO_ANSWER),
        (RPCStatusCode.FAILED_PRECONDITION, ExitCode.NO_ANSWER),
        (RPCStatusCode.UNAVAILABLE, ExitCode.UNREACHABLE),
        (RPCStatusCode.RESOURCE_EXHAUSTED, ExitCode.UNREACHABLE),
        (RPCStatusCode.PERMISSION_DENIED, ExitCode.MISCONFIGURED),
        (RPCStatusCode.UNAUTHENTICATED, ExitCode.MISCONFIGURED),
        (RPCStatusCode.INVALID_ARGUMENT, ExitCode.FAILED),
        (RPCStatusCode.INTERNAL, ExitCode.FAILED),
    ],
)
async def test_an_answer_of_the_server_has_its_exit_code_and_a_remedy(
    status: RPCStatusCode, code: ExitCode
) -> None:
    failure = await failure_of(RPCError("said so", status, b""))
    assert failure.code is code
    assert failure.remedy


@pytest.mark.parametrize(
    ("run", "lister"),
    [
        ("lead-intake/c1", "lead list"),
        ("lead-follow-through/c1", "lead list"),
        ("customer-onboarding/o1", "onboarding list"),
        ("access-request/a", "access list"),
        ("customer-onboarding/o1/approval-2", "approval list --status all"),
        ("the list of runs", "lead list"),
    ],
)
async def test_what_is_not_there_names_what_lists_the_others(run: str, lister: str) -> None:
    with pytest.raises(CommandFailure) as failed:
        async with translated(run, SOON):
            raise RPCError("not found", RPCStatusCode.NOT_FOUND, b"")
    assert failed.value.remedy == f"`./throughline {lister}` shows them"


async def test_a_refused_update_has_the_words_of_the_run() -> None:
    refused = WorkflowUpdateFailedError(ApplicationError("wrong person: o-ben", type="REFUSED"))
    failure = await failure_of(refused)
    assert (failure.code, failure.what, failure.where) == (
        ExitCode.REFUSED_BY_RUN,
        "wrong person: o-ben",
        RUN,
    )


async def test_an_update_that_failed_in_a_step_has_the_words_of_the_step() -> None:
    step = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="w",
        activity_type="verify_actor",
        activity_id="1",
        retry_state=RetryState.NON_RETRYABLE_FAILURE,
    )
    step.__cause__ = ApplicationError("the store does not answer")
    failure = await failure_of(WorkflowUpdateFailedError(step))
    assert failure.what == "the store does not answer"


async def test_a_call_without_an_answer_is_given_up() -> None:
    with pytest.raises(CommandFailure) as failed:
        async with translated(RUN, timedelta(milliseconds=10)):
            await asyncio.Event().wait()
    assert failed.value.code is ExitCode.NO_ANSWER
    assert "./throughline worker" in failed.value.remedy


async def test_ctrl_c_is_no_timeout() -> None:
    waiting = asyncio.Event()

    async def command() -> None:
        async with translated(RUN, SOON):
            try:
                waiting.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                # The client's own way of passing a cancellation on.
                raise WorkflowUpdateRPCTimeoutOrCancelledError from error

    task = asyncio.create_task(command())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
