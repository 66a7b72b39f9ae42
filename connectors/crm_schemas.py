"""What the CRMs of others say that they can hold, asked outside of a worker: for `./throughline doctor`."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from connectors.hubspot.opening import hubspot_records, hubspot_system
from connectors.salesforce.opening import salesforce_records, salesforce_system
from connectors.settings import Connections
from connectors.tryton.cells import MODELS
from connectors.tryton.opening import tryton_records, tryton_system
from contracts.crm import CrmSchema
from contracts.crm_mapping import CrmMapping


async def _hubspot(connections: Connections, mapping: CrmMapping) -> CrmSchema:
    if connections.hubspot is None:
        return CrmSchema()
    async with hubspot_system(connections.hubspot) as system:
        return await hubspot_records(system, mapping, {}).describe()


async def _salesforce(connections: Connections, mapping: CrmMapping) -> CrmSchema:
    if (settings := connections.salesforce) is None:
        return CrmSchema()
    async with salesforce_system(settings) as system:
        records = salesforce_records(system, settings, mapping, {}, lambda: datetime.now(UTC))
        return await records.describe()


async def _tryton(connections: Connections) -> CrmSchema:
    if (settings := connections.tryton) is None:
        return CrmSchema()
    async with tryton_system(settings) as system:
        return await tryton_records(system, settings.company, {}).describe()


OBJECTS: Mapping[str, tuple[str, ...]] = {"tryton": MODELS}
"""Of CRMs whose fields our connector knows by itself, the objects that it keeps records in."""

_UNMAPPED: Mapping[str, Callable[[Connections], Awaitable[CrmSchema]]] = {"tryton": _tryton}
_MAPPED: Mapping[str, Callable[[Connections, CrmMapping], Awaitable[CrmSchema]]] = {
    "hubspot": _hubspot,
    "salesforce": _salesforce,
}


async def schema_of(crm: str, connections: Connections, mapping: CrmMapping) -> CrmSchema:
    """The schema of a CRM that crm.yaml maps, by its name. Raises what its connector raises."""
    return await _MAPPED[crm](connections, mapping)


async def missing_objects(crm: str, connections: Connections) -> tuple[str, ...]:
    """Which of `OBJECTS` a CRM does not have, or does not let us see. Raises what its connector raises."""
    schema = await _UNMAPPED[crm](connections)
    seen = {field.crm_object for field in schema.fields}
    return tuple(one for one in OBJECTS[crm] if one not in seen)
