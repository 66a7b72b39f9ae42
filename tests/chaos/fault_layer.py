"""What stands between activities and ports in the workers of these tests, and does what a script says."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Self, TypeVar
from uuid import uuid4

from temporalio import activity

from connectors.store.engine import Store, Work
from contracts.crm import UndoInput
from contracts.failures import FailureCode, ServiceFailure
from runtime.settings import Settings
from tests.chaos.fault_script import (
    DRAWN,
    RANDOM,
    WORKERS_KILLED,
    Due,
    FaultKind,
    FaultScript,
    Step,
    place_of,
)
from tests.chaos.gathering import gathered
from tests.chaos.hasty import SILENCE
from workers.wiring import Wiring

T = TypeVar("T")
Call = Callable[[], Awaitable[Any]]

BUSY_TIMEOUT = timedelta(seconds=1)
LONGEST_LOCK_SECONDS = 6 * BUSY_TIMEOUT.total_seconds()

LOCK_AFTER_SECONDS = 0.5
"""How long a lock waits for others of its kind, so that one serves many."""

LANDS_AFTER_SECONDS = SILENCE.total_seconds() + 2.5
"""When an effect lands whose attempt has timed out: the next attempt has begun by then, most often ended."""

LOOK_EVERY_SECONDS = 0.05
SIGN_OF_LIFE_EVERY_SECONDS = 1.0
MOST_DRAWN_ATTEMPTS = 3
"""Later attempts are left alone: a message is tried eight times, and others' faults cost attempts as well."""

RARE = (FaultKind.KILLED_BEFORE, FaultKind.KILLED_AFTER, FaultKind.STORE_LOCKED)
COMMON = (FaultKind.BEFORE, FaultKind.AFTER, FaultKind.ANSWER_LOST, FaultKind.LATE)
RARITY = 40
"""How much rarer those are that hit everybody in the process or at the store."""

_CODES = {
    FaultKind.BEFORE: FailureCode.UNAVAILABLE,
    FaultKind.AFTER: FailureCode.UNREACHABLE,
    FaultKind.ANSWER_LOST: FailureCode.OUTCOME_UNKNOWN,
    FaultKind.REFUSED: FailureCode.REJECTED,
}

_WRITES: ContextVar[list[str] | None] = ContextVar("writes", default=None)
"""Of the port call that runs here, the writes that it made."""


class WatchedStore(Store):
    """A store that says who writes, and that is not waited for as long."""

    @classmethod
    async def open(cls, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT, pool_size: int = 5) -> Self:
        return await super().open(url, busy_timeout=busy_timeout, pool_size=pool_size)

    async def write(self, system: str, work: Work[T]) -> T:
        if (writes := _WRITES.get()) is not None:
            writes.append(system)
        return await super().write(system, work)


def behind(wiring: Wiring, layer: "FaultLayer") -> Wiring:
    """The same activities, each of whose ports stands behind the layer."""
    for made in wiring.activities:
        for name, port in vars(made).items():
            if port is not None:
                setattr(made, name, _Behind(port, layer))
    return wiring


@asynccontextmanager
async def fault_layer(settings: Settings, script: FaultScript) -> AsyncGenerator["FaultLayer"]:
    """The layer of this process; ends what it still has under way."""
    layer = FaultLayer(script, Path(settings.store.url.get_secret_value().partition(":///")[2]))
    try:
        yield layer
    finally:
        await layer.end()


class _Behind:
    def __init__(self, port: object, layer: "FaultLayer") -> None:
        self._port = port
        self._layer = layer

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if not asyncio.iscoroutinefunction(member):
            return member

        async def call(*arguments: Any, **named: Any) -> Any:
            return await self._layer.made(name, partial(member, **named), arguments)

        return call


class FaultLayer:
    """Makes the calls of this process, or lets go wrong what the script says."""

    def __init__(self, script: FaultScript, store: Path) -> None:
        self._script = script
        self._store = store
        self._draw = script.setting("draw")
        self._doomed = False
        self._dying: list[int] = []
        self._locking: list[asyncio.Future[None]] = []
        self._locked_out = 0
        self._under_way: set[asyncio.Task[Any]] = set()

    async def made(
        self, method: str, member: Callable[..., Awaitable[Any]], arguments: tuple[Any, ...]
    ) -> Any:
        """Makes one call of a port."""
        place = place_of(arguments[0]) if arguments else None
        if place is None:
            return await member(*arguments)
        subject, template = place
        step = Step(activity.info().activity_type, method, template)
        if self._script.setting("without_keys") == "True":
            arguments = _under_a_random_key(arguments)

        async def call() -> Any:
            return await self._watched(subject, step, member, arguments)

        due = self._script.due(subject, step) or self._drawn(subject, step)
        if due is not None and due.kind is FaultKind.LATE:
            return await self._land_late(due, call)
        async with _signs_of_life():
            return await (self._gone_wrong(due, call) if due else call())

    async def end(self) -> None:
        """Calls off what has not landed yet."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Lets something go on beside the calls."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _watched(
        self, subject: str, step: Step, member: Callable[..., Awaitable[Any]], arguments: tuple[Any, ...]
    ) -> Any:
        writes: list[str] = []
        token = _WRITES.set(writes)
        try:
            result = await member(*arguments)
        finally:
            _WRITES.reset(token)
        self._script.saw(subject, step, wrote=bool(writes))
        return result

    def _drawn(self, subject: str, step: Step) -> Due | None:
        """A fault by the dice of the soak: the same seed draws the same for the same attempt of a step."""
        attempt = activity.info().attempt
        if not self._draw or attempt > MOST_DRAWN_ATTEMPTS or self._script.setting("quiet") == "True":
            return None
        seed, _, share = self._draw.partition(":")
        dice = Random(f"{seed} {subject} {step} {attempt}")
        if dice.random() >= float(share):
            return None
        kind = dice.choice(RARE if dice.randrange(RARITY) == 0 else COMMON)
        self._script.count(DRAWN + kind)
        return Due(0, kind)

    async def _gone_wrong(self, due: Due, call: Call) -> Any:
        match due.kind:
            case FaultKind.KILLED_BEFORE | FaultKind.KILLED_AFTER:
                with self._held(due):
                    if due.kind is FaultKind.KILLED_AFTER:
                        await call()
                    return await self._die(due)
            case FaultKind.STORE_LOCKED:
                return await self._locked_out_of_the_store(due, call)
            case FaultKind.SERVER_KILLED:
                with self._held(due):
                    result = await call()
                    await self._until_the_server_was_killed(due)
                    return result
            case _:
                if due.kind in (FaultKind.AFTER, FaultKind.ANSWER_LOST):
                    await call()
                self._script.meet(due.id)
                raise ServiceFailure(_CODES[due.kind], "chaos", f"by the script: {due.kind}")

    @contextlib.contextmanager
    def _held(self, due: Due) -> Generator[None]:
        """Says that a call is held until its fault happens, also to those who see its effect already."""
        self._script.await_fault(due.id)
        try:
            yield
        finally:
            self._script.give_up(due.id)

    async def _die(self, due: Due) -> None:
        """Kills this process, in a moment, with all that have come to such a point by then.

        Every process that is about to die dies at the same time: each death costs everybody time.
        """
        if not self._doomed:
            self._doomed = True
            self._start(self._kill_this_process())
        self._script.say(came_to_die=time.time())
        self._dying.append(due.id)
        try:
            await asyncio.Event().wait()
        finally:
            self._dying.remove(due.id)

    async def _kill_this_process(self) -> None:
        await gathered(lambda: self._script.setting("came_to_die"))
        self._script.meet(*self._dying)
        self._script.count(WORKERS_KILLED)
        os.kill(os.getpid(), signal.SIGKILL)

    async def _land_late(self, due: Due, call: Call) -> None:
        """Lets the attempt hang until it has timed out; its effect lands nevertheless, too late."""

        async def land() -> None:
            await asyncio.sleep(LANDS_AFTER_SECONDS)
            # Whatever it is told then: nobody hears it.
            with contextlib.suppress(ServiceFailure):
                await call()
            self._script.meet(due.id)

        self._script.await_fault(due.id)
        self._start(land())
        await asyncio.Event().wait()

    async def _locked_out_of_the_store(self, due: Due, call: Call) -> Any:
        """Calls while somebody else holds the store, for longer than a writer waits."""
        locked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._locking:
            self._start(self._lock_the_store())
        self._locking.append(locked)
        await locked
        try:
            result = await call()
        except ServiceFailure:
            self._script.meet(due.id)
            raise
        finally:
            self._locked_out -= 1
        return result

    async def _lock_the_store(self) -> None:
        await asyncio.sleep(LOCK_AFTER_SECONDS)
        with contextlib.closing(sqlite3.connect(self._store, timeout=0, isolation_level=None)) as other:
            while True:
                try:
                    other.execute("begin immediate")
                    break
                except sqlite3.OperationalError:
                    await asyncio.sleep(0.005)
            waiting, self._locking = self._locking, []
            self._locked_out += len(waiting)
            for one in waiting:
                if not one.done():
                    one.set_result(None)
                else:
                    self._locked_out -= 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_LOCK_SECONDS):
                    while self._locked_out:  # noqa: ASYNC110 - it waits for a number, not for one event
                        await asyncio.sleep(LOOK_EVERY_SECONDS)
            other.execute("rollback")

    async def _until_the_server_was_killed(self, due: Due) -> None:
        """The test kills it; the script says when it has."""
        while not self._script.is_met(due.id):  # noqa: ASYNC110 - a file only tells who asks
            await asyncio.sleep(LOOK_EVERY_SECONDS)


@asynccontextmanager
async def _signs_of_life() -> AsyncGenerator[None]:
    """Says now and then that the attempt lives, so that its death is noticed soon."""

    async def say() -> None:
        while True:
            await asyncio.sleep(SIGN_OF_LIFE_EVERY_SECONDS)
            activity.heartbeat()

    if activity.info().is_local:
        yield
        return
    saying = asyncio.create_task(say())
    try:
        yield
    finally:
        saying.cancel()


def _under_a_random_key(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same request under a key like no other. An undo keeps its key, or it would find nothing to undo."""
    request, *rest = arguments
    if isinstance(request, UndoInput) or not hasattr(request, "key"):
        return arguments
    return request.model_copy(update={"key": f"{request.key}{RANDOM}{uuid4().hex[:12]}"}), *rest
