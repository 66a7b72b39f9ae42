"""The CRMs that the suites of `Crm` and `Accounts` run against: a new one is a line in `conftest.py`.

A maker gets a migrated store, which remembers effects, and the clock of the test.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from connectors.remote_crm.records import Records
from connectors.store.accounts import SqlAccounts
from connectors.store.crm import SqlCrm
from connectors.store.crm_schema import FIELDS
from connectors.store.engine import Store
from contracts.onboarding_ports import Accounts
from contracts.ports import Crm
from tests.connectors.conftest import SettableClock


async def at_once() -> None:
    """Of a CRM whose searches show what was written as soon as it is."""


@dataclass(frozen=True)
class CrmWorld:
    """One CRM with both of its ports, and where it differs from others."""

    crm: Crm
    accounts: Accounts
    records: Records | None = None
    """What its ports are made of; none of the embedded one, which keeps its records in our store."""
    settled: Callable[[], Awaitable[None]] = at_once
    """Waits until its searches show everything that was written."""
    always_owned: bool = False
    """Whether whoever writes a record owns it where it says nobody, so that none is ever without owner."""
    longest: Mapping[str, int] = field(default_factory=dict[str, int])
    """Most characters that `name`, `job_title`, `company` and `title` take, where not 500."""
    notes_on_nothing: bool = True
    """False of a CRM that takes no note which is on no record."""
    schema: Mapping[tuple[str, str], int | None] = field(default_factory=dict[tuple[str, str], int | None])
    """Fields, by object and name, that `describe` must name, with their lengths."""

    def longest_of(self, name: str) -> str:
        """The longest text that a field takes."""
        return "ä" * self.longest.get(name, 500)


MakeCrmWorld = Callable[[Store, SettableClock], AbstractAsyncContextManager[CrmWorld]]


@asynccontextmanager
async def embedded(store: Store, clock: SettableClock) -> AsyncGenerator[CrmWorld]:
    fields = {(crm_object, name): most for crm_object, of in FIELDS.items() for name, most in of.items()}
    yield CrmWorld(SqlCrm(store, clock), SqlAccounts(store, clock), schema=fields)
