"""Both ports of a CRM over its records, and what its connector is given for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from connectors.http import HttpSystem
from connectors.keyed import RemoteEffects
from connectors.remote_crm.accounts import RemoteAccounts
from connectors.remote_crm.crm import RemoteCrm
from connectors.remote_crm.keyless import KeylessCrm, KeylessRecords
from connectors.remote_crm.records import Records
from connectors.remote_crm.translation import Owners, Translation
from contracts.crm_mapping import CrmMapping
from contracts.onboarding_ports import Accounts
from contracts.ports import Clock, Crm


class CrmPorts(NamedTuple):
    """The two ports that one CRM serves."""

    records: Crm
    accounts: Accounts


@dataclass(frozen=True)
class CrmKit:
    """What the connector to a CRM of others is given beside its own settings."""

    mapping: CrmMapping
    people: Mapping[str, str]
    """The addresses of our people, by person."""
    effects: RemoteEffects
    clock: Clock
    opened: Callable[[HttpSystem], HttpSystem]
    """Takes a system into the worker's care, which closes it."""

    def ports(self, records: Records) -> CrmPorts:
        """Both ports over a CRM's records."""
        return CrmPorts(RemoteCrm(records, self.effects, self.clock), RemoteAccounts(records, self.effects))

    def keyless_ports(self, crm: KeylessCrm) -> CrmPorts:
        """Both ports over a CRM that makes nothing unique."""
        return self.ports(keyless_records(crm, self.mapping, self.people, self.effects))


def keyless_records(
    crm: KeylessCrm,
    mapping: CrmMapping,
    people: Mapping[str, str],
    effects: RemoteEffects,
) -> KeylessRecords:
    """The records of a CRM that makes nothing unique."""
    return KeylessRecords(crm, Translation(mapping, Owners(people, mapping.owners, crm.owners)), effects)
