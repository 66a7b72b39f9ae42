"""The one place where what went wrong becomes a Temporal failure."""

import traceback
from pathlib import Path
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from contracts.failures import ServiceFailure

UNEXPECTED = "UNEXPECTED"
"""Failure type of a bug in our own code: retried, since a fixed worker may take the next attempt."""


def application_error(failure: ServiceFailure) -> ApplicationError:
    """A connector's failure as Temporal sees it: its code is the type, its `Retry-After` the next delay."""
    return ApplicationError(
        failure.message,
        failure.system,
        type=failure.code,
        non_retryable=not failure.retryable,
        next_retry_delay=failure.retry_after,
    )


def unexpected_error(error: Exception) -> ApplicationError:
    """A bug as Temporal sees it: where it happened, without its text, which may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    return ApplicationError(f"unexpected {type(error).__name__} at {where}", type=UNEXPECTED)


class FailureTranslation(Interceptor):
    """Translates what every activity of a worker raises."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wraps the activity's execution."""
        return _Translating(next)


class _Translating(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await self.next.execute_activity(input)
        except FailureError:
            raise
        except ServiceFailure as failure:
            raise application_error(failure) from None
        except Exception as error:
            activity.logger.error("unexpected error", extra={"error": type(error).__name__})
            raise unexpected_error(error) from None
