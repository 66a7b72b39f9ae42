"""Leaves a system alone that keeps failing, together with all other workers of the store."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio import activity

from contracts.circuits import Admission, CircuitState
from contracts.failure_policy import CircuitPolicy
from contracts.failures import RETRYABLE, FailureCode, ServiceFailure
from contracts.names import System
from contracts.ports import Circuits, Clock
from rules import circuits as rules

LOOK_AGAIN_AFTER = timedelta(seconds=1)
"""How long a worker takes a system for untroubled without looking: so late it knows what others find out."""

Change = Callable[[CircuitState], CircuitState]


class CircuitBreaker:
    """Lets calls through, or says how long to wait. Where the store is away, every call is let through."""

    def __init__(
        self,
        circuits: Circuits,
        policies: Mapping[System, CircuitPolicy],
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._circuits = circuits
        self._policies = policies
        self._clock = clock
        self._untroubled_until: dict[System, float] = {}

    @asynccontextmanager
    async def around(self, system: System | None) -> AsyncGenerator[None]:
        """Makes the call inside, and remembers how it went.

        Raises:
            ServiceFailure: UNAVAILABLE with a `retry_after` while the system is left alone.
        """
        if system is None:
            yield
            return
        admission = await self._admitted(system)
        tried = admission.verdict == "try"
        try:
            yield
        except ServiceFailure as failure:
            # Whoever refuses a request is there; only who does not answer is spared.
            if not failure.asked:
                await self._no_verdict(system, tried=tried)
            elif failure.code in RETRYABLE:
                await self._failed(system, tried=tried, asked=failure.retry_after)
            else:
                await self._succeeded(system, admission)
            raise
        except asyncio.CancelledError:
            details = activity.cancellation_details() if activity.in_activity() else None
            if details is not None and details.timed_out:
                await self._failed(system, tried=tried, asked=None)
            else:
                await self._no_verdict(system, tried=tried)
            raise
        except Exception:
            await self._no_verdict(system, tried=tried)
            raise
        await self._succeeded(system, admission)

    async def _admitted(self, system: System) -> Admission:
        if time.monotonic() < self._untroubled_until.get(system, 0):
            return Admission(verdict="call", untroubled=True)
        policy = self._policy(system)
        try:
            state = await self._circuits.read(system) or rules.untroubled(system, policy)
        except ServiceFailure:
            return Admission(verdict="call", untroubled=True)
        admission, _ = rules.admission(state, policy, self._clock())
        if admission.verdict == "try":
            admission = await self._first_to_try(system, policy)
        if admission.verdict == "wait":
            raise ServiceFailure(
                FailureCode.UNAVAILABLE,
                system,
                "the system keeps failing and is left alone for a while",
                # Spread where every wait is: when the attempt's failure is answered (`rules/failures.py`).
                retry_after=admission.wait,
            )
        if admission.untroubled:
            self._untroubled_until[system] = time.monotonic() + LOOK_AGAIN_AFTER.total_seconds()
        return admission

    async def _first_to_try(self, system: System, policy: CircuitPolicy) -> Admission:
        """Asks again with the row locked, since of all who may try only one does."""
        taken: list[Admission] = []

        def take(state: CircuitState) -> CircuitState:
            admission, after = rules.admission(state, policy, self._clock())
            taken.append(admission)
            return after

        await self._change(system, take)
        return taken[-1] if taken else Admission(verdict="call", untroubled=True)

    async def _failed(self, system: System, *, tried: bool, asked: timedelta | None) -> None:
        policy = self._policy(system)
        await self._change(
            system, lambda state: rules.after_failure(state, policy, self._clock(), tried=tried, asked=asked)
        )

    async def _succeeded(self, system: System, admission: Admission) -> None:
        if admission.untroubled:
            return
        policy, tried = self._policy(system), admission.verdict == "try"
        await self._change(system, lambda state: rules.after_success(state, policy, tried=tried))

    async def _no_verdict(self, system: System, *, tried: bool) -> None:
        if tried:
            await self._change(system, rules.after_no_verdict)

    async def _change(self, system: System, change: Change) -> None:
        """Remembers something; that it cannot be remembered must not fail a step that was done."""
        self._untroubled_until.pop(system, None)
        try:
            await self._circuits.change(rules.untroubled(system, self._policy(system)), change)
        except ServiceFailure as failure:
            activity.logger.warning("circuit not updated", extra={"system": system, "code": failure.code})

    def _policy(self, system: System) -> CircuitPolicy:
        return self._policies.get(system) or CircuitPolicy()
