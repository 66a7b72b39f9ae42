"""The one place where what went wrong becomes a Temporal failure, and where it is decided to try again."""

import asyncio
import random
import traceback
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.systems import SYSTEM_OF
from contracts.failure_policy import FailurePolicy
from contracts.failures import FailureCode, ServiceFailure
from contracts.names import System
from rules.failures import cell_for, next_attempt_in

PART_OF_ATTEMPT = 0.9
"""How much of an attempt's time a call may take; the rest is for saying that it took too long."""


class Breaker(Protocol):
    """Leaves systems alone that keep failing."""

    def around(self, system: System | None) -> AbstractAsyncContextManager[None]:
        """Makes the call inside, and remembers how it went.

        Raises:
            ServiceFailure: it may not be made now.
        """
        ...


class FailureTranslation(Interceptor):
    """Translates what every activity of a worker raises, and spares systems that keep failing.

    An activity that takes a step is tried for as long as the failure table says for its step and failure; one
    that takes none (an undo, a verification) for as long as its options say.

    Args:
        policy: the table as it stands now. How long something is tried is no decision of a run, so that an
            operator's change holds for open runs too.
        breaker: leaves systems alone.
    """

    def __init__(self, policy: FailurePolicy, breaker: Breaker) -> None:
        self._policy = policy
        self._breaker = breaker

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wraps the activity's execution."""
        return _Translating(next, self._policy, self._breaker)


class _Translating(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, policy: FailurePolicy, breaker: Breaker) -> None:
        super().__init__(next)
        self._policy = policy
        self._breaker = breaker

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        system = SYSTEM_OF.get(info.activity_type)
        try:
            async with self._breaker.around(system), _in_time(info, system):
                return await self.next.execute_activity(input)
        except FailureError:
            raise
        except ServiceFailure as failure:
            raise self._answered(info, application_error(failure, system)) from None
        except Exception as error:
            activity.logger.error("unexpected error", extra={"error": type(error).__name__})
            raise self._answered(info, unexpected_error(error)) from None

    def _answered(self, info: activity.Info, error: ApplicationError) -> ApplicationError:
        """The failure, with what the table says about trying again."""
        cell = cell_for(info.activity_type, error.type or "", self._policy)
        if cell is None:
            return error
        delay = next_attempt_in(
            cell,
            attempt=info.attempt,
            elapsed=_since_first_attempt(info),
            asked=error.next_retry_delay,
            chance=random.random(),  # noqa: S311 - spreads load
        )
        return _as_decided(error, delay)


@asynccontextmanager
async def _in_time(info: activity.Info, system: str | None) -> AsyncGenerator[None]:
    """Ends a call without an answer before Temporal ends the attempt, which asks no table and no circuit."""
    limit = info.start_to_close_timeout
    try:
        async with asyncio.timeout(limit.total_seconds() * PART_OF_ATTEMPT if limit else None):
            yield
    except TimeoutError:
        raise ServiceFailure(FailureCode.TIMED_OUT, system or "store", "no answer came in time") from None


def application_error(failure: ServiceFailure, system: str | None = None) -> ApplicationError:
    """A connector's failure as Temporal sees it: its code is the type, its `Retry-After` the next delay.

    Args:
        failure: what the connector raised.
        system: the system that the activity speaks to; the connector's own name for it where not given.
    """
    return ApplicationError(
        failure.message,
        system or failure.system,
        type=failure.code,
        non_retryable=not failure.retryable,
        next_retry_delay=failure.retry_after,
    )


def unexpected_error(error: Exception) -> ApplicationError:
    """A bug as Temporal sees it: where it happened, without its text, which may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    return ApplicationError(f"unexpected {type(error).__name__} at {where}", type=FailureCode.UNEXPECTED)


def _since_first_attempt(info: activity.Info) -> timedelta:
    """How long a step has been tried, without the time for which no worker took it.

    With SDK 1.35 every attempt of a local activity is said to be scheduled when the first one was.
    """
    if info.attempt == 1:
        return timedelta(0)
    began = info.started_time if info.is_local else info.current_attempt_scheduled_time
    return began - info.scheduled_time


def _as_decided(error: ApplicationError, delay: timedelta | None) -> ApplicationError:
    return ApplicationError(
        error.message,
        *error.details,
        type=error.type,
        non_retryable=delay is None,
        next_retry_delay=delay,
    )
