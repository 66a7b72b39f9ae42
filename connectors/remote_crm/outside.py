"""A CRM's records outside of a worker, read only: for `./throughline doctor` and `./throughline limbo`."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import NoReturn, TypeVar

from connectors.keyed import RemoteEffects
from connectors.remote_crm.records import SYSTEM, Records
from connectors.settings import Connections
from contracts.crm import UndoResult
from contracts.crm_mapping import CrmMapping
from contracts.failures import FailureCode, ServiceFailure
from contracts.remote_effects import ClaimEffectInput, Document, EffectClaim, StandingEffect
from contracts.settings import Connection

People = Mapping[str, str]
"""E-mail addresses by person."""

OpenedRecords = AsyncGenerator[Records]
OpenRecords = Callable[[Connections, CrmMapping | None, People], AbstractAsyncContextManager[Records]]
"""Opens a CRM's records by the settings and, where its fields are mapped, the policy's mapping."""

_Part = TypeVar("_Part", bound=Connection | CrmMapping)


def there(part: _Part | None) -> _Part:
    """A part of settings or policy. Raises FORBIDDEN where it is not there."""
    if part is None:
        raise ServiceFailure(FailureCode.FORBIDDEN, SYSTEM, "the settings or crm.yaml say nothing about it")
    return part


class _NoMemory:
    """`EffectMemory` of whoever makes no effects."""

    async def claim(self, request: ClaimEffectInput) -> EffectClaim:
        _refuse(request)

    async def note(self, key: str, journal: Document) -> None:
        _refuse(key, journal)

    async def finish(self, key: str, result: Document, journal: Document) -> None:
        _refuse(key, result, journal)

    async def let_go(self, key: str, after: timedelta = timedelta()) -> None:
        _refuse(key, after)

    async def claim_undo(self, request: ClaimEffectInput) -> StandingEffect:
        _refuse(request)

    async def finish_undo(self, key: str, result: UndoResult) -> None:
        _refuse(key, result)


def _refuse(*_: object) -> NoReturn:
    raise ServiceFailure(FailureCode.FORBIDDEN, SYSTEM, "only workers write to the CRM")


NO_EFFECTS = RemoteEffects(_NoMemory())
"""For records that are read only."""
