"""What we remember of effects on systems of others: who makes one under a key now, and what came of it."""

from datetime import timedelta
from typing import Any, Protocol

from pydantic import Field

from contracts.base import Contract, Key, Slug
from contracts.crm import UndoResult

Document = dict[str, Any]


class ClaimEffectInput(Contract):
    """Takes a key before a call, so that nobody else makes the same effect meanwhile."""

    key: Key
    kind: Slug
    request_digest: str
    hold_seconds: float = Field(gt=0, le=3600)
    """As long as the call may take. Whoever dies with it holds the key for so long."""


class EffectClaim(Contract):
    """What is known under a key when it is taken."""

    result: Document | None = None
    """What an earlier call came to; nothing is called again then."""
    tried_before: bool = False
    """An earlier call ended without us knowing how: look before you make it again."""
    journal: Document = Field(default_factory=dict)
    """What that call noted before it wrote."""


class StandingEffect(Contract):
    """What an undo has to take back."""

    result: Document | None = None
    """None where nobody knows how the call ended: look for what it may have made."""
    journal: Document = Field(default_factory=dict)
    """What the call came to or, where nobody knows how it ended, what it noted before it wrote."""
    undo_result: UndoResult | None = None
    """What an earlier undo came to, or that there was nothing to undo; nothing is called then."""


class EffectMemory(Protocol):
    """Remembers effects on systems of others, for all workers of a deployment.

    A system that takes a key or a unique field does not double an effect by itself. This adds what such a
    system lacks: that an undone effect stays undone, that two workers do not call at once under one key, and
    that a system without keys is asked what it has before it is told again.
    """

    async def claim(self, request: ClaimEffectInput) -> EffectClaim:
        """Takes a key for one call.

        Raises:
            ServiceFailure: CONFLICT if the effect was undone, or the key is another kind's; UNAVAILABLE while
                somebody else holds it, with how long.
        """
        ...

    async def note(self, key: str, journal: Document) -> None:
        """Remembers what an undo must know and a write is about to overwrite; the key stays held."""
        ...

    async def finish(self, key: str, result: Document, journal: Document) -> None:
        """Remembers what a call came to, and lets the key go."""
        ...

    async def let_go(self, key: str, after: timedelta = timedelta()) -> None:
        """Lets a key go in so much time; at once after a call that certainly does nothing more."""
        ...

    async def claim_undo(self, request: ClaimEffectInput) -> StandingEffect:
        """Takes a key to undo its effect. Where there was none, the effect is refused from now on.

        Raises:
            ServiceFailure: as `claim` does.
        """
        ...

    async def finish_undo(self, key: str, result: UndoResult) -> None:
        """Remembers that an effect is undone."""
        ...
