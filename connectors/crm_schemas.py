"""What the CRMs of others say that they can hold, asked outside of a worker: for `./throughline doctor`."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime

from connectors.hubspot.opening import hubspot_records, hubspot_system
from connectors.salesforce.opening import salesforce_records, salesforce_system
from connectors.settings import Connections
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


_SCHEMAS: Mapping[str, Callable[[Connections, CrmMapping], Awaitable[CrmSchema]]] = {
    "hubspot": _hubspot,
    "salesforce": _salesforce,
}

MAPPED: Collection[str] = _SCHEMAS.keys()
"""The CRMs whose fields crm.yaml names."""


async def schema_of(crm: str, connections: Connections, mapping: CrmMapping) -> CrmSchema:
    """The schema of a CRM of others, by its name in the settings. Raises what its connector raises."""
    return await _SCHEMAS[crm](connections, mapping)
