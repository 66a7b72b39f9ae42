"""Faults that a test puts between an activity and its port, and a record of what got through."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

from temporalio import activity

from contracts.failures import FailureCode, ServiceFailure

P = TypeVar("P")

ALWAYS = range(1, 1_000_000)
"""Every call."""

SOON = timedelta(milliseconds=20)
"""What a faulty system asks to be left alone for, so that a test of retries takes no seconds."""


@dataclass(frozen=True)
class Call:
    """One call of a port."""

    method: str
    number: int
    """Counts the calls of this method, from 1."""
    request: Any
    """The first argument."""
    done: bool = False
    """Whether the port did it and returned, whatever the caller was told afterwards."""

    @property
    def key(self) -> str:
        """The idempotency key, where the request has one."""
        return str(getattr(self.request, "key", ""))


class Gate:
    """Holds a call until it is released."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.left = asyncio.Event()
        """Set once a held call has ended, however it did."""
        self._open = asyncio.Event()

    def release(self) -> None:
        """Lets the held call go on, and those that follow."""
        self._open.set()

    async def pass_through(self) -> None:
        """Waits for the release; a cancelled caller stops waiting."""
        self.entered.set()
        await self._open.wait()


Fault = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Makes a call, or does something else instead."""


@dataclass(frozen=True)
class Scripted:
    """A fault, and the calls that it befalls."""

    calls: Collection[int]
    only: Callable[[Any], bool]
    fault: Fault


def every(request: Any) -> bool:
    """Takes any request."""
    return True


def in_activity(name: str, workflow_type: str = "") -> Callable[[Any], bool]:
    """Takes calls that a port gets from one activity, of one workflow where it is named."""

    def from_there(request: Any) -> bool:
        info = activity.info()
        return info.activity_type == name and workflow_type in ("", info.workflow_type)

    return from_there


class Faults:
    """The script of what goes wrong, by method and number of the call, and the record of what happened."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._counts: Counter[str] = Counter()
        self._script: defaultdict[str, list[Scripted]] = defaultdict(list)
        self._gates: list[Gate] = []

    def fail(
        self,
        method: str,
        code: FailureCode = FailureCode.REJECTED,
        *,
        calls: Collection[int] = ALWAYS,
        only: Callable[[Any], bool] = every,
        message: str = "the system said no",
    ) -> None:
        """Fails before anything happens."""

        async def fault(call: Callable[[], Awaitable[Any]]) -> Any:
            raise _failure(code, method, message)

        self._script[method].append(Scripted(calls, only, fault))

    def answer(self, method: str, result: Any) -> None:
        """Answers in the port's place, as an implementation of another kind would."""

        async def instead(call: Callable[[], Awaitable[Any]]) -> Any:
            return result

        self._script[method].append(Scripted(ALWAYS, every, instead))

    def crash(
        self,
        method: str,
        error: Exception,
        *,
        calls: Collection[int] = ALWAYS,
        only: Callable[[Any], bool] = every,
    ) -> None:
        """Raises what no connector should: a bug."""

        async def fault(call: Callable[[], Awaitable[Any]]) -> Any:
            raise error

        self._script[method].append(Scripted(calls, only, fault))

    def lose_answer(
        self,
        method: str,
        code: FailureCode = FailureCode.OUTCOME_UNKNOWN,
        *,
        calls: Collection[int] = (1,),
        only: Callable[[Any], bool] = every,
    ) -> None:
        """Does what was asked, and then fails."""

        async def fault(call: Callable[[], Awaitable[Any]]) -> Any:
            await call()
            raise _failure(code, method, "no answer came")

        self._script[method].append(Scripted(calls, only, fault))

    def block(
        self,
        method: str,
        *,
        calls: Collection[int] = ALWAYS,
        only: Callable[[Any], bool] = every,
        after: bool = False,
    ) -> Gate:
        """Holds calls at the returned gate, before the effect or after it."""
        gate = Gate()
        self._gates.append(gate)

        async def fault(call: Callable[[], Awaitable[Any]]) -> Any:
            try:
                if not after:
                    await gate.pass_through()
                    return await call()
                result = await call()
                await gate.pass_through()
                return result
            finally:
                gate.left.set()

        self._script[method].append(Scripted(calls, only, fault))
        return gate

    def delay(
        self,
        method: str,
        by: timedelta,
        *,
        calls: Collection[int] = ALWAYS,
        only: Callable[[Any], bool] = every,
    ) -> None:
        """Takes its time before the effect."""

        async def fault(call: Callable[[], Awaitable[Any]]) -> Any:
            await asyncio.sleep(by.total_seconds())
            return await call()

        self._script[method].append(Scripted(calls, only, fault))

    def heal(self, method: str) -> None:
        """Takes the faults of a method away."""
        self._script.pop(method, None)

    def release_all(self) -> None:
        """Opens every gate, so that workers can end."""
        for gate in self._gates:
            gate.release()

    def count(self, method: str) -> int:
        """How often a method was called, faults included."""
        return self._counts[method]

    def done(self, *methods: str) -> list[str]:
        """The methods that were carried out, in order; only these where some are named."""
        return [call.method for call in self.calls if call.done and (not methods or call.method in methods)]

    def keys(self, method: str) -> list[str]:
        """The keys of a method's calls that were carried out, in order."""
        return [call.key for call in self.calls if call.done and call.method == method]

    async def made(self, method: str, request: Any, call: Callable[[], Awaitable[Any]]) -> Any:
        """Makes one call under the script."""
        self._counts[method] += 1
        number = self._counts[method]

        async def recorded() -> Any:
            result = await call()
            self.calls.append(Call(method, number, request, done=True))
            return result

        for scripted in self._script[method]:
            if number in scripted.calls and scripted.only(request):
                return await scripted.fault(recorded)
        return await recorded()


def _failure(code: FailureCode, system: str, message: str) -> ServiceFailure:
    failure = ServiceFailure(code, system, message)
    failure.retry_after = SOON if failure.retryable else None
    return failure


def faulty(port: P, faults: Faults, names: Mapping[str, str] | None = None) -> P:
    """The port behind the faults. Only its coroutine methods are touched.

    Args:
        port: what is called.
        faults: the script.
        names: what the script calls methods that another port has too.
    """
    return cast("P", _Faulty(port, faults, names or {}))


class _Faulty:
    def __init__(self, port: object, faults: Faults, names: Mapping[str, str]) -> None:
        self._port = port
        self._faults = faults
        self._names = names

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if not asyncio.iscoroutinefunction(member):
            return member

        async def call(*arguments: Any, **named: Any) -> Any:
            request = arguments[0] if arguments else None
            known = self._names.get(name, name)
            return await self._faults.made(known, request, lambda: member(*arguments, **named))

        return call
