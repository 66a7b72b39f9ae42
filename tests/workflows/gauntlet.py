"""Runs whose steps fail in one way after the other, as a test asks for."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.failures import Breaker, FailureTranslation
from contracts.failure_policy import CircuitPolicy, FailureAnswer, FailureCell, FailurePolicy
from contracts.failures import FailureCode, ServiceFailure
from contracts.names import Step, System
from contracts.status import ResolutionAnswer, RunStatus
from rules.failures import cell_for
from tests.faults import SOON
from tests.workflows.house import House, Run

Cell = tuple[Step, FailureCode]

SHORT = SOON * 3
"""What a cell's hours of retrying become, so that a step is tried again at least once and given up soon."""


def quick(table: FailurePolicy) -> FailurePolicy:
    """The table with the same answers, given soon; no system is left alone, since all fail all the time."""
    rows = {name: {code: _quick(cell) for code, cell in row.items()} for name, row in table.rows.items()}
    steps = {
        name: line.model_copy(update={"but": {code: _quick(cell) for code, cell in line.but.items()}})
        for name, line in table.steps.items()
    }
    return FailurePolicy(rows=rows, steps=steps, systems=dict.fromkeys(System, CircuitPolicy(budget=10_000)))


def _quick(cell: FailureCell) -> FailureCell:
    return cell.model_copy(update={"retry": min(cell.retry, SHORT)})


def cells(table: FailurePolicy, codes: Collection[FailureCode], *steps: Step) -> dict[Cell, FailureAnswer]:
    """What the table answers for these steps, cell by cell."""
    found = {(step, code): cell_for(step, code, table) for step in steps for code in codes}
    return {cell: answer.then for cell, answer in found.items() if answer is not None}


class Gauntlet:
    """Which failure befalls which step of which run just now, and how often each was seen."""

    def __init__(self) -> None:
        self._befalling: dict[tuple[str, Step], FailureCode] = {}
        self._calls: Counter[tuple[Cell, str]] = Counter()

    def befall(self, run_id: str, step: Step, code: FailureCode | None) -> None:
        """Lets a step of a run fail from now on, or no longer."""
        if code is None:
            self._befalling.pop((run_id, step), None)
        else:
            self._befalling[run_id, step] = code

    def calls(self, cell: Cell) -> int:
        """How often a step was called before it was given up; the most, where two branches took it."""
        return max((calls for (seen, _), calls in self._calls.items() if seen == cell), default=0)

    def executions(self, cell: Cell) -> int:
        """How often a step was taken in vain, however often each was tried."""
        return sum(seen == cell for seen, _ in self._calls)

    def translation(self, policy: FailurePolicy, breaker: Breaker) -> FailureTranslation:
        """The translation of a worker, with these failures beneath it."""
        return _Befallen(policy, breaker, self)

    def strike(self, info: activity.Info) -> None:
        """Fails an activity whose step is to fail."""
        step = STEP_OF.get(info.activity_type)
        code = self._befalling.get((info.workflow_id or "", step)) if step else None
        if step is None or code is None:
            return
        self._calls[(step, code), f"{info.workflow_run_id} {info.activity_id}"] += 1
        if step is Step.ASK_APPROVAL:
            # An approval tries its own plan for a day; what reaches the step is how it failed in the end.
            raise ApplicationError("planted", type=code, non_retryable=True)
        if code is FailureCode.UNEXPECTED:
            raise KeyError("planted")
        raise ServiceFailure(code, "planted", "planted", retry_after=SOON)


STEP_OF: Mapping[str, Step] = {step.value: step for step in Step} | {"plan_approval": Step.ASK_APPROVAL}
"""By activity: an approval that cannot be planned fails, and with it the step that asked for it."""


class _Befallen(FailureTranslation):
    def __init__(self, policy: FailurePolicy, breaker: Breaker, gauntlet: Gauntlet) -> None:
        super().__init__(policy, breaker)
        self._gauntlet = gauntlet

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return super().intercept_activity(_Striking(next, self._gauntlet))


class _Striking(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, gauntlet: Gauntlet) -> None:
        super().__init__(next)
        self._gauntlet = gauntlet

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        told_somebody_else = input.args and getattr(input.args[0], "instead_of_owner", None)
        if not told_somebody_else:
            self._gauntlet.strike(activity.info())
        return await self.next.execute_activity(input)


class Course:
    """Steps of one run that fail in each of their ways, one after the other. Laid before the run begins."""

    def __init__(
        self,
        gauntlet: Gauntlet,
        run_id: str,
        ways: Mapping[Step, Collection[FailureCode]],
        *,
        elsewhere: Mapping[Step, str] | None = None,
    ) -> None:
        """Lays it.

        Args:
            gauntlet: what lets steps fail.
            run_id: whose steps.
            ways: how each of them fails.
            elsewhere: the run in which what a step needs fails, where it is not this one.
        """
        self._gauntlet = gauntlet
        self._left = {step: list(codes) for step, codes in ways.items()}
        self._where = {step: (elsewhere or {}).get(step, run_id) for step in ways}
        for step in ways:
            self._next(step)

    async def run_through(self, house: House, run: Run) -> set[Cell]:
        """Has parked steps tried again until each has failed in all its ways; returns what parked."""
        answered: set[tuple[str, datetime]] = set()
        driven: set[Cell] = set()
        while any(self._left.values()):
            status: RunStatus = await house.when(run, partial(_is_parked_anew, answered))
            for parked in status.parked:
                if (parked.step, parked.since) in answered:
                    continue
                step, code = Step(parked.step), FailureCode(parked.code)
                ways = self._left[step]
                assert ways, f"{step} failed in all its ways, and parked with {code}: {parked}"
                expected = ways.pop(0)
                assert code is expected, f"{step} was to fail with {expected}, and parked with {code}"
                answered.add((parked.step, parked.since))
                driven.add((step, code))
                self._next(step)
                await house.resolve(run, step, ResolutionAnswer.RETRY)
        return driven

    def _next(self, step: Step) -> None:
        codes = self._left[step]
        self._gauntlet.befall(self._where[step], step, codes[0] if codes else None)


def _is_parked_anew(answered: Collection[tuple[str, datetime]], status: RunStatus) -> bool:
    return any((one.step, one.since) not in answered for one in status.parked)


def attempts_problem(cell: Cell, table: FailurePolicy, calls: int) -> str | None:
    """What is wrong with how often a step was tried before it was given up."""
    answer = cell_for(*cell, table)
    tried_again = answer is not None and answer.retry > timedelta(0) and cell[1] is not FailureCode.UNEXPECTED
    if cell[0] is Step.ASK_APPROVAL:
        return None
    if tried_again and calls < 2:
        return f"{cell}: was not tried again"
    if not tried_again and calls != 1:
        return f"{cell}: was tried {calls} times"
    return None
