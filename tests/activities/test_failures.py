"""One translator makes every failure one that operators and retry policies understand."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.failures import UNEXPECTED, FailureTranslation, application_error
from contracts.failures import RETRYABLE, FailureCode, ServiceFailure
from contracts.names import TaskQueue
from runtime.settings import WorkerSettings
from workers.registry import ACTIVITY_CLASSES
from workers.wiring import Wiring, build_workers

SECRET = "ann.lee@acme.example"


class Calls(ActivityInboundInterceptor):
    """The end of the chain: runs what it was made with, as a worker would."""

    def __init__(self, run: Any) -> None:
        self._run = run

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        return await self._run()


async def translated(error: BaseException) -> BaseException:
    """What Temporal sees when an activity raises."""

    async def run() -> None:
        raise error

    chain = FailureTranslation().intercept_activity(Calls(run))
    call = ExecuteActivityInput(fn=run, args=[], executor=None, headers={})
    with pytest.raises(BaseException) as raised:  # noqa: PT011
        await ActivityEnvironment().run(chain.execute_activity, call)
    return raised.value


@pytest.mark.parametrize("code", FailureCode)
@pytest.mark.parametrize("retry_after", [None, timedelta(seconds=7)])
async def test_code_becomes_type_and_retry_as_the_vocabulary_says(
    code: FailureCode, retry_after: timedelta | None
) -> None:
    failure = ServiceFailure(code, "crm", "the field is too long", retry_after=retry_after)
    error = await translated(failure)
    assert isinstance(error, ApplicationError)
    assert error.type == code
    assert error.message == "the field is too long"
    assert error.non_retryable is (code not in RETRYABLE)
    assert error.next_retry_delay == retry_after
    assert error.details == ("crm",)
    assert error.__cause__ is None
    assert error.__suppress_context__


async def test_bug_is_named_by_type_and_place_and_never_by_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    error = await translated(KeyError(SECRET))
    assert isinstance(error, ApplicationError)
    assert (error.type, error.non_retryable) == (UNEXPECTED, False)
    assert error.message.startswith("unexpected KeyError at test_failures.py:")
    assert SECRET not in repr(error)
    assert SECRET not in caplog.text
    assert error.__suppress_context__


async def test_bug_inside_a_chain_of_exceptions_takes_none_of_their_texts_along() -> None:
    outer = ValueError("outer")
    outer.__cause__ = KeyError(SECRET)
    error = await translated(outer)
    assert error.__cause__ is None
    assert SECRET not in str(error)


async def test_failure_that_temporal_knows_passes_as_it_is() -> None:
    known = ApplicationError("known", type="KNOWN", non_retryable=True)
    assert await translated(known) is known


async def test_cancellation_passes_as_it_is() -> None:
    cancelled = asyncio.CancelledError()
    assert await translated(cancelled) is cancelled


def test_translation_needs_no_running_activity() -> None:
    error = application_error(ServiceFailure(FailureCode.UNAVAILABLE, "crm", "down"))
    assert (error.type, error.non_retryable) == ("UNAVAILABLE", False)


@pytest.mark.parametrize("queue", TaskQueue)
async def test_every_worker_translates(client: Client, queue: TaskQueue) -> None:
    wiring = Wiring(tuple(made_over_nothing(cls) for cls in ACTIVITY_CLASSES))
    (worker,) = build_workers(client, wiring, WorkerSettings(), [queue])
    interceptors = worker.config().get("interceptors", ())
    assert any(isinstance(one, FailureTranslation) for one in interceptors)


def made_over_nothing(cls: type) -> object:
    """An instance that can be registered; it could not do anything."""
    return object.__new__(cls)
