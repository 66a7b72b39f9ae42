"""One effect per key on systems of others: remembered by us, so that what they lack is made up for."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Generic, Protocol, TypeVar

from contracts.base import Contract
from contracts.crm import UndoInput, UndoResult
from contracts.failures import ServiceFailure
from contracts.remote_effects import ClaimEffectInput, EffectClaim, EffectMemory, StandingEffect

R = TypeVar("R", bound=Contract)
Journal = dict[str, Any]
"""What an undo must know that the result does not say."""

HOLD = timedelta(seconds=60)
"""How long a key is held for a call: a few HTTP calls with their limits, which one effect may need."""

SETTLE = timedelta(seconds=10)
"""How long after an answer was lost the key stays held: what the system may still be at comes to its end."""

SOON = timedelta(seconds=1)
"""After which a record that somebody is at is asked for again: they need a few calls."""


class Keyed(Protocol):
    """A request that carries its idempotency key."""

    @property
    def key(self) -> str: ...

    def model_dump_json(self) -> str: ...


@dataclass(frozen=True)
class Made(Generic[R]):
    """What a step did: its result, and what its undo must know."""

    result: R
    journal: Journal = field(default_factory=dict)


class Attempt:
    """One call of a step, which may be a repeat.

    Args:
        claim: what is known under its key.
        keep: remembers notes.
    """

    def __init__(self, claim: EffectClaim, keep: Callable[[Journal], Awaitable[None]]) -> None:
        self.tried_before = claim.tried_before
        """An earlier attempt ended without us knowing how: look before you make it again."""
        self._notes: Journal = dict(claim.journal)
        self._keep = keep

    def noted(self, what: str) -> Any:
        """What an earlier attempt noted before it wrote; None if it came to no such write."""
        return self._notes.get(what)

    async def note(self, **what: Any) -> None:
        """Remembers what a write is about to overwrite: where its answer is lost, a repeat cannot see it."""
        self._notes |= what
        await self._keep(dict(self._notes))


@dataclass(frozen=True)
class Once(Generic[R]):
    """The result of a key, and whether it had been there already."""

    result: R
    repeated: bool


def digest_of(request: Keyed) -> str:
    """Tells requests under one key apart without keeping what they say."""
    return sha256(request.model_dump_json().encode()).hexdigest()


class RemoteEffects:
    """Makes and undoes effects on a system of others, each under its key.

    Args:
        memory: what we remember of them.
        hold: for one effect's calls together.
    """

    def __init__(self, memory: EffectMemory, hold: timedelta = HOLD) -> None:
        self._memory = memory
        self._hold = hold.total_seconds()

    async def once(
        self,
        kind: str,
        request: Keyed,
        result_type: type[R],
        make: Callable[[Attempt], Awaitable[Made[R]]],
    ) -> Once[R]:
        """Calls `make` unless the key has a result already.

        Raises:
            ServiceFailure: CONFLICT if the key was undone; UNAVAILABLE while another worker makes the effect;
                what `make` raises.
        """
        claim = await self._memory.claim(self._claim(kind, request.key, digest_of(request)))
        if claim.result is not None:
            return Once(result_type.model_validate(claim.result), repeated=True)
        try:
            made = await make(Attempt(claim, partial(self._memory.note, request.key)))
        except ServiceFailure as failure:
            await self._let_go(request.key, failure)
            raise
        await self._memory.finish(request.key, made.result.model_dump(mode="json"), made.journal)
        return Once(made.result, repeated=False)

    async def undo(
        self,
        kind: str,
        undo: UndoInput,
        unmake: Callable[[StandingEffect], Awaitable[UndoResult]],
    ) -> UndoResult:
        """Calls `unmake` if the key's effect may stand; once. It must be safe to repeat.

        An undo that comes before its step leaves a mark, and the step is refused when it arrives.
        """
        standing = await self._memory.claim_undo(self._claim(kind, undo.key, ""))
        if standing.undo_result is not None:
            return standing.undo_result
        try:
            result = await unmake(standing)
        except ServiceFailure as failure:
            await self._let_go(undo.key, failure)
            raise
        await self._memory.finish_undo(undo.key, result)
        return result

    @asynccontextmanager
    async def alone(self, record: str) -> AsyncGenerator[None]:
        """Keeps other workers from a record between a look and a change, where its system compares nothing.

        People and programs that write to the system by themselves are not kept out. Where the outcome of the
        change is unknown, the record stays closed for `SETTLE`: what may still be under way is not overtaken.

        Raises:
            ServiceFailure: UNAVAILABLE while another worker is at it, with `SOON`.
        """
        # No run stands before the `#`: it is nobody's effect, and no book lists it.
        key = f"#alone/{sha256(record.encode()).hexdigest()}"
        try:
            await self._memory.claim(self._claim("alone", key, ""))
        except ServiceFailure as failure:
            raise ServiceFailure(
                failure.code, failure.system, failure.message, retry_after=SOON, asked=failure.asked
            ) from None
        try:
            yield
        except ServiceFailure as failure:
            await self._let_go(key, failure)
            raise
        await self._memory.let_go(key)

    async def _let_go(self, key: str, failure: ServiceFailure) -> None:
        await self._memory.let_go(key, SETTLE if failure.outcome_unknown else timedelta())

    def _claim(self, kind: str, key: str, digest: str) -> ClaimEffectInput:
        return ClaimEffectInput(key=key, kind=kind, request_digest=digest, hold_seconds=self._hold)
