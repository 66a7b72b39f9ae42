"""One translator makes every failure one that operators and retry policies understand."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.allocation import AllocationActivities
from activities.approvals import ApprovalActivities
from activities.decisions import DecisionActivities
from activities.failures import PART_OF_ATTEMPT, FailureTranslation, application_error
from activities.ledger import LedgerActivities
from activities.limbo import LimboActivities
from activities.reading import StandInReadingActivities
from activities.systems import SYSTEM_OF
from contracts.failure_policy import StepPolicy
from contracts.failures import RETRYABLE, FailureCode, ServiceFailure
from contracts.names import Step, System, TaskQueue
from rules.failures import FIRST_DELAY, JITTER, table_of_answers
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


class Open:
    """Lets every call through."""

    @asynccontextmanager
    async def around(self, system: System | None) -> AsyncGenerator[None]:
        yield


TABLE = table_of_answers({Step.CREATE_TASK: StepPolicy(), Step.CREATE_NOTE: StepPolicy()})
HOURS = timedelta(hours=1)


async def translated(
    error: BaseException,
    *,
    activity_type: str = "delete_task",
    attempt: int = 1,
    elapsed: timedelta = timedelta(0),
    local: bool = False,
) -> BaseException:
    """What Temporal sees when an activity raises: an undo, which the table does not answer, unless told."""

    async def run() -> None:
        raise error

    chain = FailureTranslation(TABLE, Open()).intercept_activity(Calls(run))
    call = ExecuteActivityInput(fn=run, args=[], executor=None, headers={})
    environment = ActivityEnvironment()
    info = environment.info
    environment.info = replace(
        info,
        activity_type=activity_type,
        attempt=attempt,
        is_local=local,
        started_time=info.scheduled_time + elapsed,
        current_attempt_scheduled_time=info.scheduled_time + (timedelta(0) if local else elapsed),
    )
    with pytest.raises(BaseException) as raised:  # noqa: PT011
        await environment.run(chain.execute_activity, call)
    return raised.value


async def tried_again(error: BaseException, **at: Any) -> timedelta | None:
    """In how long the step is tried again; None where it is given up."""
    failure = await translated(error, activity_type="create_task", **at)
    assert isinstance(failure, ApplicationError)
    assert failure.non_retryable is (failure.next_retry_delay is None)
    return failure.next_retry_delay


async def test_step_is_tried_as_long_as_the_table_says() -> None:
    away = ServiceFailure(FailureCode.UNAVAILABLE, "crm", "down")
    delay = await tried_again(away)
    assert delay is not None
    assert FIRST_DELAY * (1 - JITTER) <= delay <= FIRST_DELAY * (1 + JITTER)
    assert await tried_again(away, attempt=200, elapsed=2 * HOURS - timedelta(minutes=2)) is not None
    assert await tried_again(away, attempt=200, elapsed=2 * HOURS) is None
    assert await tried_again(ServiceFailure(FailureCode.REJECTED, "crm", "no")) is None


async def test_local_activity_is_tried_as_long_as_the_table_says() -> None:
    away = ServiceFailure(FailureCode.UNAVAILABLE, "crm", "down")
    assert await tried_again(away, attempt=1, elapsed=9 * HOURS, local=True) is not None
    assert await tried_again(away, attempt=9, elapsed=HOURS, local=True) is not None
    assert await tried_again(away, attempt=200, elapsed=2 * HOURS, local=True) is None


async def test_bug_is_tried_as_long_as_the_table_says() -> None:
    assert await tried_again(KeyError("x")) is not None
    assert await tried_again(KeyError("x"), attempt=200, elapsed=2 * HOURS) is None


async def test_system_that_asks_for_time_gets_it() -> None:
    busy = ServiceFailure(FailureCode.RATE_LIMITED, "crm", "slow down", retry_after=timedelta(seconds=30))
    delay = await tried_again(busy)
    assert delay is not None
    assert timedelta(seconds=30) <= delay <= timedelta(seconds=36)


async def test_call_without_an_answer_ends_before_its_attempt_does() -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    chain = FailureTranslation(TABLE, Open()).intercept_activity(Calls(hang))
    call = ExecuteActivityInput(fn=hang, args=[], executor=None, headers={})
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info, activity_type="create_task", start_to_close_timeout=timedelta(seconds=0.2)
    )
    with pytest.raises(ApplicationError) as raised:
        await environment.run(chain.execute_activity, call)
    assert raised.value.type == FailureCode.TIMED_OUT
    assert raised.value.details == ("crm",)
    assert PART_OF_ATTEMPT < 1


def test_every_activity_names_its_system_or_speaks_to_none() -> None:
    names = {definition.name for cls in ACTIVITY_CLASSES for definition in definitions_of(cls)}
    own = {definition.name for cls in OF_OUR_OWN for definition in definitions_of(cls)}
    assert set(SYSTEM_OF) | own == names
    assert not set(SYSTEM_OF) & own


OF_OUR_OWN = (
    DecisionActivities,
    AllocationActivities,
    LedgerActivities,
    ApprovalActivities,
    StandInReadingActivities,
    LimboActivities,
)
"""Classes whose activities ask our own store or code only."""


def definitions_of(cls: type) -> list[Any]:
    return [
        getattr(member, "__temporal_activity_definition")
        for member in vars(cls).values()
        if hasattr(member, "__temporal_activity_definition")
    ]


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
    assert (error.type, error.non_retryable) == (FailureCode.UNEXPECTED, False)
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
    translation = FailureTranslation(TABLE, Open())
    wiring = Wiring(tuple(made_over_nothing(cls) for cls in ACTIVITY_CLASSES), translation)
    (worker,) = build_workers(client, wiring, WorkerSettings(), [queue])
    interceptors = worker.config().get("interceptors", ())
    assert translation in interceptors


def made_over_nothing(cls: type) -> object:
    """An instance that can be registered; it could not do anything."""
    return object.__new__(cls)
