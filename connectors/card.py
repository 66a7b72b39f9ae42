"""What a connector promises of each of its operations. `docs/connectors.md` is written from these."""

from dataclasses import dataclass
from typing import Literal

from connectors.remote_crm.outside import OpenRecords

PortName = Literal[
    "crm",
    "classifier",
    "summariser",
    "notifier",
    "correspondence",
    "billing",
    "provisioning",
    "scheduling",
]
"""As settings name the ports, `notifier` and `correspondence` for messages to our people and to customers."""


@dataclass(frozen=True)
class Operation:
    """One operation of a connector, and how it is kept from doubling."""

    name: str
    means: str
    """What makes a repeat harmless: a key that the system takes, a unique field, our own memory."""
    window: str
    """When an effect may still be doubled or lost; `none` where it may not."""


@dataclass(frozen=True)
class ConnectorCard:
    """One connector."""

    name: str
    """As settings name it."""
    port: PortName
    system: str
    """As people know it, with the version of its interface."""
    operations: tuple[Operation, ...]
    rate_limit: str
    scopes: str
    """What its credential must be allowed to do."""
    not_established: str = ""
    """What no live account has shown so far."""
    outside: OpenRecords | None = None
    """Of a CRM: opens its records outside of a worker, read only."""
    objects: tuple[str, ...] = ()
    """Of a CRM whose fields its connector knows by itself: the objects that it keeps records in."""
