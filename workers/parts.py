"""What connectors are made of, for the tables that make them."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar

from connectors.http import HttpSystem
from connectors.keyed import RemoteEffects
from connectors.remote_crm.opening import CrmKit
from connectors.settings import CrmName
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from contracts.crm_mapping import CrmMapping
from contracts.names import System
from contracts.policy import PolicyBundle
from contracts.ports import Clock
from contracts.settings import Connection
from runtime.problems import SettingsProblem
from runtime.settings import Settings

A = TypeVar("A", bound=Connection)


def chosen(area: A | None) -> A:
    """The area of a connector that is chosen, which settings have checked to be there."""
    if area is None:
        raise SettingsProblem("a connector is chosen that has no settings")
    return area


@dataclass(frozen=True)
class Parts:
    """What connectors are made of."""

    settings: Settings
    store: Store
    clock: Clock
    policies: PolicyBundle
    """The bundle that new runs get. Where the CRM's fields are is its word for older runs too."""
    open_systems: AsyncExitStack
    """Closes the systems that are spoken to when the worker ends."""

    def effects(self, system: str) -> RemoteEffects:
        """What a connector to a system of others makes its effects with."""
        return RemoteEffects(SqlEffectMemory(self.store, self.clock, system))

    def opened(self, system: HttpSystem) -> HttpSystem:
        """The system, closed when the worker ends."""
        self.open_systems.push_async_callback(system.close)
        return system

    def crm_mapping(self, crm: CrmName) -> CrmMapping:
        """Where the CRM holds our fields.

        Raises:
            SettingsProblem: the policies do not say.
        """
        if (mapping := self.policies.crm.get(crm)) is None:
            raise SettingsProblem(
                f"THROUGHLINE__CONNECTORS__CRM is {crm}, of which crm.yaml in "
                f"{self.settings.policies.directory} says nothing: take the part that is shipped"
            )
        return mapping

    def crm_kit(self, crm: CrmName) -> CrmKit:
        """What the connector to a CRM is given. Raises as `crm_mapping` does."""
        effects = self.effects(System.CRM)
        return CrmKit(self.crm_mapping(crm), self.people(), effects, self.clock, self.opened)

    def people(self) -> Mapping[str, str]:
        """The addresses of our people."""
        return {person.id: person.email for person in self.policies.people}
