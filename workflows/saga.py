"""Undo in reverse what was half done."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.exceptions import TimeoutError as TemporalTimeoutError

with workflow.unsafe.imports_passed_through():
    from contracts.crm import UndoResult
    from contracts.failures import FailureCode
    from contracts.status import UndoneStep

FAILURES: tuple[type[Exception], ...] = (FailureError, ValidationError)
"""What fails a run. Worker and replayer get the same ones (`runtime/temporal.py`)."""

UNDO_ON: tuple[type[BaseException], ...] = (asyncio.CancelledError, *FAILURES)
"""What a run undoes on. Plain bugs are left out: they suspend the run until a fixed worker takes it on."""

Undo = Callable[[], Awaitable[object]]


class GivenUp(ApplicationError):
    """The policy or a person gave up on a step; the run undoes what was done. Its type is the step's code."""


@dataclass(frozen=True)
class UndoFailure:
    """An undo that could not be done."""

    what: str
    error: FailureError
    undo: Undo
    """To be tried again."""

    @property
    def code(self) -> str:
        """Why not."""
        return failure_code(self.error)


class Saga:
    """Remembers how to undo each step; undos are registered before their step and safe if it never ran."""

    def __init__(self) -> None:
        self._undos: list[tuple[str, Undo]] = []
        self.undone: list[UndoneStep] = []
        """Effects that were taken back, in that order."""

    def on_failure(self, what: str, undo: Undo) -> None:
        """Registers how to undo a step that is about to be taken."""
        self._undos.append((what, undo))

    async def undo_all(self) -> list[UndoFailure]:
        """Undoes in reverse order; one that fails does not keep the others from being tried.

        Returns the undos that could not be done. Runs inside `to_the_end`: half an undo is worse than none.
        """
        failures: list[UndoFailure] = []
        while self._undos:
            what, undo = self._undos.pop()
            undo = self._noted(what, undo)
            try:
                await undo()
            except FailureError as error:
                failure = UndoFailure(what, error, undo)
                workflow.logger.error("undo failed", extra={"undo": what, "code": failure.code})
                failures.append(failure)
        return failures

    def _noted(self, what: str, undo: Undo) -> Undo:
        async def noted() -> None:
            result = await undo()
            if isinstance(result, UndoResult) and result.undone:
                self.undone.append(UndoneStep(what=what, kept=result.kept))

        return noted


def undo_incomplete(failures: list[UndoFailure]) -> ApplicationError:
    """The failure of a run whose undo was not complete; names what is left to do by hand."""
    left = ", ".join(f"{failure.what} ({failure.code})" for failure in failures)
    return ApplicationError(f"could not undo: {left}", type=FailureCode.UNDO_INCOMPLETE, non_retryable=True)


def failure_code(error: BaseException) -> str:
    """The code at the bottom of a chain of Temporal failures; the class name where there is none."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, ApplicationError) and error.type:
        return error.type
    if isinstance(error, TemporalTimeoutError):
        return FailureCode.TIMED_OUT
    return type(error).__name__


def bottom_of(error: FailureError) -> FailureError:
    """The failure at the bottom of a chain of Temporal failures."""
    while isinstance(error.__cause__, FailureError):
        error = error.__cause__
    return error


def system_of(error: FailureError) -> str:
    """The system that said no, as `activities/failures.py` puts it first; empty of what no system said."""
    bottom = bottom_of(error)
    said = bottom.details[0] if isinstance(bottom, ApplicationError) and bottom.details else ""
    return said if isinstance(said, str) else ""
