"""The CRMs of others outside of a worker, read only: for `./throughline doctor` and `./throughline limbo`."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

from connectors.hubspot.opening import hubspot_records, hubspot_system
from connectors.remote_crm.records import SYSTEM, Records
from connectors.salesforce.opening import salesforce_records, salesforce_system
from connectors.settings import Connections
from connectors.tryton.cells import MODELS
from connectors.tryton.opening import tryton_records, tryton_system
from contracts.crm import CrmSchema
from contracts.crm_mapping import CrmMapping
from contracts.failures import FailureCode, ServiceFailure
from contracts.settings import Connection

OBJECTS: Mapping[str, tuple[str, ...]] = {"tryton": MODELS}
"""Of CRMs whose fields our connector knows by itself, the objects that it keeps records in."""

People = Mapping[str, str]
_Part = TypeVar("_Part", bound=Connection | CrmMapping)


@asynccontextmanager
async def _hubspot(
    connections: Connections, mapping: CrmMapping | None, people: People
) -> AsyncGenerator[Records]:
    async with hubspot_system(_there(connections.hubspot)) as system:
        yield hubspot_records(system, _there(mapping), people)


@asynccontextmanager
async def _salesforce(
    connections: Connections, mapping: CrmMapping | None, people: People
) -> AsyncGenerator[Records]:
    settings = _there(connections.salesforce)
    async with salesforce_system(settings) as system:
        yield salesforce_records(system, settings, _there(mapping), people, lambda: datetime.now(UTC))


@asynccontextmanager
async def _tryton(connections: Connections, _: CrmMapping | None, people: People) -> AsyncGenerator[Records]:
    settings = _there(connections.tryton)
    async with tryton_system(settings) as system:
        yield tryton_records(system, settings.company, people)


_Open = Callable[[Connections, CrmMapping | None, People], AbstractAsyncContextManager[Records]]
_OPEN: Mapping[str, _Open] = {"hubspot": _hubspot, "salesforce": _salesforce, "tryton": _tryton}


def records_of(
    crm: str, connections: Connections, mapping: CrmMapping | None, people: People
) -> AbstractAsyncContextManager[Records]:
    """The records of a CRM of others, by its name in the settings.

    Args:
        crm: its name.
        connections: how it is reached.
        mapping: where it holds our fields; none where the policy does not say.
        people: e-mail addresses by person.
    """
    return _OPEN[crm](connections, mapping, people)


async def schema_of(crm: str, connections: Connections, mapping: CrmMapping | None) -> CrmSchema:
    """What a CRM says that it can hold. Raises what its connector raises."""
    async with records_of(crm, connections, mapping, {}) as records:
        return await records.describe()


def missing_objects(crm: str, schema: CrmSchema) -> tuple[str, ...]:
    """Which of `OBJECTS` a CRM does not have, or does not let us see."""
    seen = {field.crm_object for field in schema.fields}
    return tuple(one for one in OBJECTS[crm] if one not in seen)


def _there(part: _Part | None) -> _Part:
    if part is None:
        raise ServiceFailure(FailureCode.FORBIDDEN, SYSTEM, "the settings or crm.yaml say nothing about it")
    return part
