"""What doors took, beside Temporal."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.engine import Store, insert_if_absent
from connectors.store.tables import acceptances
from contracts.reconciliation import AcceptedItem

SYSTEM = "acceptances"


class SqlAcceptances:
    """`Acceptances` over the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def accept(self, items: Sequence[AcceptedItem]) -> None:
        """Notes items in one transaction; one that is noted already keeps its instant."""

        async def note(connection: AsyncConnection) -> None:
            for item in items:
                row = {"workflow_id": item.workflow_id, "accepted_at": item.accepted_at}
                await insert_if_absent(connection, acceptances, row, "workflow_id")

        if items:
            await self._store.write(SYSTEM, note)
