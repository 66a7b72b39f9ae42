"""Taking a step, and what happens when it cannot be taken."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

from workflows.actors import refused, verified
from workflows.notices import tell
from workflows.parallel import Meanwhile
from workflows.progress import Progress
from workflows.rulings import BY_OTHER_MEANS, ruling_on, where_other_means_fail
from workflows.saga import GivenUp, UndoFailure, bottom_of, failure_code, system_of

with workflow.unsafe.imports_passed_through():
    from contracts.failure_policy import FailureAnswer
    from contracts.messages import MessageKind
    from contracts.names import Patch, Step
    from contracts.status import ParkedStep, Resolution, ResolutionAnswer
    from contracts.steps import FailureRuling
    from rules.failures import who_must_act
    from rules.parking import cause_of, resolved

T = TypeVar("T")

ABANDONED = "ABANDONED"
"""Failure type of a step that a person gave up on."""


LEFT_OR_DONE = FailureRuling(answer=FailureAnswer.PARK, skippable=True)
"""The ruling on an undo: it is done in the end, or a person leaves things as they are."""


class Steps:
    """Takes steps; one that cannot be done is answered as the policy says: parked, skipped or undone.

    A parked step makes the run `blocked` until a person resolves it; then it goes on from that very step.
    """

    def __init__(self, progress: Progress, *, parked_state: str, commands: tuple[str, ...]) -> None:
        self._progress = progress
        self._parked_state = parked_state
        self._commands = commands
        """What the run takes while a step is parked."""
        self._answers: dict[str, ResolutionAnswer] = {}

    async def required(
        self, step: Step, take: Callable[[], Awaitable[T]], *, since: Patch | None = None
    ) -> T:
        """Takes a step that the process cannot do without.

        Args:
            step: what is done.
            take: does it.
            since: the patch before which a failure of this step failed the run.

        Raises:
            GivenUp: the policy says to undo, or a person abandoned it.
        """
        attempt = 1
        while True:
            try:
                return await take()
            except FailureError as error:
                if since and not is_cancelled_exception(error) and not workflow.patched(since):
                    raise
                ruling = await ruling_on(step, error, self._progress.policy_hash)
                await self._answer(step, error, ruling, attempt, skippable=False)
                attempt += 1

    async def optional(
        self,
        step: Step,
        take: Callable[[], Awaitable[T]],
        *,
        instead: Callable[[FailureRuling], Awaitable[T]] | None = None,
    ) -> T | None:
        """Takes a step that may be skipped where the policy or a person says so; None if it was.

        Args:
            step: what is done.
            take: does it.
            instead: does it by other means, where the policy says to fall back or to reroute.

        Raises:
            GivenUp: the policy says to undo, or a person abandoned it.
        """
        attempt = 1
        while True:
            try:
                return await take()
            except FailureError as error:
                ruling = await ruling_on(step, error, self._progress.policy_hash)
                if instead is not None and ruling.answer in BY_OTHER_MEANS:
                    try:
                        result = await instead(ruling)
                        self._progress.note(f"Step {step} was done by other means: {failure_code(error)}.")
                        return result
                    except FailureError as again:
                        if is_cancelled_exception(again):
                            raise
                        error, ruling = again, where_other_means_fail(ruling)
                if await self._answer(step, error, ruling, attempt, skippable=True):
                    return None
                attempt += 1

    async def settle(self, failure: UndoFailure) -> bool:
        """Parks an undo that could not be done; says whether it was done in the end, or was left as it is.

        Everything else that was to be undone has been tried by then. Nobody but a person may leave an undo.
        """
        name, error, attempt = f"undo {failure.what}", failure.error, 1
        while True:
            try:
                answer = await self._parked(name, error, LEFT_OR_DONE, attempt, may_skip=True)
                if answer is not ResolutionAnswer.RETRY:
                    self._progress.note(f"Left as it is: {failure.what} ({failure_code(error)}).")
                    return False
                await failure.undo()
                return True
            except FailureError as again:
                error, attempt = again, attempt + 1

    def problem_with(self, resolution: Resolution) -> str | None:
        """Why a resolution cannot be taken, or None if it can."""
        parked = self._progress.parked.get(resolution.step)
        if parked is None:
            waiting = ", ".join(self._progress.parked) or "none"
            return f"step {resolution.step} is not parked (parked: {waiting})"
        if resolution.cause and resolution.cause != cause_of(parked):
            return f"step {resolution.step} is parked for another cause by now: {cause_of(parked)}"
        if resolution.step in self._answers:
            return f"step {resolution.step} is being resolved already"
        if resolution.answer is ResolutionAnswer.SKIP and not parked.skippable:
            return f"step {resolution.step} may not be skipped"
        if resolution.answer is ResolutionAnswer.ABANDON and not parked.abandonable:
            return f"{resolution.step} cannot be abandoned: retry it, or skip it to leave things as they are"
        return None

    def refuse_unfit(self, resolution: Resolution) -> None:
        """Refuses an answer to a step that is not parked, or that may not be skipped.

        Raises:
            ApplicationError: type REFUSED.
        """
        if problem := self.problem_with(resolution):
            raise refused(problem)

    async def resolve(self, resolution: Resolution) -> None:
        """Takes a person's answer to a parked step, once it is known that it is theirs.

        Raises:
            ApplicationError: type REFUSED.
        """
        await verified(resolution.actor)
        self.refuse_unfit(resolution)
        self._answers[resolution.step] = resolution.answer
        parked = self._progress.parked[resolution.step]
        self._progress.resolved(resolved(parked, resolution, workflow.now()))

    async def _answer(
        self, step: Step, error: FailureError, ruling: FailureRuling, attempt: int, *, skippable: bool
    ) -> bool:
        """Returns True to skip the step and False to take it again; raises to give up."""
        may_skip = skippable and (ruling.skippable or ruling.answer is FailureAnswer.SKIP)
        if ruling.answer is FailureAnswer.UNDO:
            code = failure_code(error)
            raise GivenUp(f"step {step} could not be done: {code}", type=code, non_retryable=True) from error
        if ruling.answer is FailureAnswer.SKIP and skippable:
            self._progress.note(f"Step {step} was skipped: {failure_code(error)}.")
            return True
        return await self._park(step, error, ruling, attempt, may_skip=may_skip)

    async def _park(
        self, step: Step, error: FailureError, ruling: FailureRuling, attempt: int, *, may_skip: bool
    ) -> bool:
        answer = await self._parked(step, error, ruling, attempt, may_skip=may_skip)
        if answer is ResolutionAnswer.ABANDON:
            raise GivenUp(f"step {step} was abandoned", type=ABANDONED, non_retryable=True)
        return answer is ResolutionAnswer.SKIP

    async def _parked(
        self, step: str, error: FailureError, ruling: FailureRuling, attempt: int, *, may_skip: bool
    ) -> ResolutionAnswer:
        """Waits until a person has answered, and goes back to where the run stood unless they gave up.

        Two branches of a run may be parked at the same step, as at two letters. People see the one that came
        last, and answer that one; the other is tried again then.
        """
        code = failure_code(error)
        parked = ParkedStep(
            step=step,
            code=code,
            message=bottom_of(error).message,
            who_must_act=who_must_act(code),
            since=workflow.now(),
            attempt=attempt,
            skippable=may_skip,
            abandonable=ruling is not LEFT_OR_DONE,
            system=system_of(error),
        )
        self._enter(parked)
        beneath = None
        try:
            async with Meanwhile() as meanwhile:
                meanwhile.start(self._tell(step, code, ruling, attempt))
                await workflow.wait_condition(
                    lambda: step in self._answers or step not in self._progress.parked
                )
        finally:
            seen = self._progress.parked.get(step) is parked
            if seen:
                del self._progress.parked[step]
                if not self._progress.parked:
                    beneath = self._progress.lift()
        answer = self._answers.pop(step) if seen else ResolutionAnswer.RETRY
        workflow.logger.info("step resolved", extra={"step": step, "answer": answer})
        if answer is ResolutionAnswer.ABANDON:
            return answer
        if self._progress.parked:
            self._progress.expect(waits_for=self._waits_for())
        elif beneath is not None:
            self._progress.advance(**beneath)
        return answer

    def _enter(self, parked: ParkedStep) -> None:
        self._progress.parked[parked.step] = parked
        if self._progress.covered:
            self._progress.expect(waits_for=self._waits_for())
        else:
            self._progress.cover(self._parked_state, waits_for=self._waits_for(), commands=self._commands)

    def _waits_for(self) -> str:
        return "somebody to resolve " + ", ".join(self._progress.parked)

    async def _tell(self, step: str, code: str, ruling: FailureRuling, attempt: int) -> None:
        """Tells the responsible person once."""
        if ruling.tell is None or attempt > 1:
            return
        await tell(
            ruling.tell,
            MessageKind.STEP_PARKED,
            policy_hash=self._progress.policy_hash,
            facts={"step": step, "code": code},
            occasion=step,
        )
