"""Undoing a run: what was left alone is said, what could not be undone waits for a person."""

from collections.abc import Sequence

from workflows.parallel import in_parallel
from workflows.progress import Progress
from workflows.saga import Saga, UndoFailure
from workflows.steps import Steps


def say_what_was_kept(saga: Saga, progress: Progress) -> None:
    """Notes what undos left alone, since others rely on it by now."""
    for step in saga.undone:
        if step.kept:
            progress.note(f"Of {step.what}, others rely on: {', '.join(step.kept)}.")


async def settled(failures: Sequence[UndoFailure], steps: Steps) -> list[UndoFailure]:
    """Parks undos that could not be done until a person has them tried again, or leaves them as they are.

    Returns those that a person left. Runs inside `to_the_end`, like the undos themselves.
    """
    left: list[UndoFailure] = []

    async def settle(failure: UndoFailure) -> None:
        if not await steps.settle(failure):
            left.append(failure)

    await in_parallel(*map(settle, failures))
    return left
