"""The outbox: what our people and customers were told and what was drafted, kept where it can be read."""

from typing import Any

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal, Made
from connectors.store.effects import Effects, new_id
from connectors.store.engine import Store
from connectors.store.tables import outbox
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.messages import (
    CustomerMessage,
    Delivery,
    FollowUpDraft,
    Message,
    MessageKind,
    OutboxEntry,
    OutboxStatus,
)
from contracts.ports import Clock

SYSTEM = "outbox"


class SqlOutbox:
    """`Notifier`, `Correspondence`, `Drafts` and `Outbox` over the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._effects = Effects(store, clock, SYSTEM)

    async def send(self, message: Message) -> Delivery:
        """Puts a message to one of our people into the outbox."""
        row = message.model_dump()

        async def make(connection: AsyncConnection) -> Made[Delivery]:
            return await self._written(connection, {**row, "status": OutboxStatus.SENT})

        once = await self._effects.once("message", message, Delivery, make)
        return once.result.model_copy(update={"duplicate": once.repeated})

    async def send_to_customer(self, message: CustomerMessage) -> Delivery:
        """Puts a message to somebody at a customer into the outbox."""
        row = message.model_dump()

        async def make(connection: AsyncConnection) -> Made[Delivery]:
            return await self._written(connection, {**row, "status": OutboxStatus.SENT})

        once = await self._effects.once("customer_message", message, Delivery, make)
        return once.result.model_copy(update={"duplicate": once.repeated})

    async def save(self, draft: FollowUpDraft) -> Delivery:
        """Puts a draft into the outbox; who it stands for decides when it goes out."""
        row = draft.model_dump(exclude={"needs_approval"})
        status = OutboxStatus.AWAITING_APPROVAL if draft.needs_approval else OutboxStatus.DRAFT

        async def make(connection: AsyncConnection) -> Made[Delivery]:
            return await self._written(connection, {**row, "kind": MessageKind.FOLLOW_UP, "status": status})

        once = await self._effects.once("draft", draft, Delivery, make)
        return once.result.model_copy(update={"duplicate": once.repeated})

    async def discard(self, undo: UndoInput) -> UndoResult:
        """Marks a draft as discarded; it stays readable."""

        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            await connection.execute(
                update(outbox).where(outbox.c.id == journal["id"]).values(status=OutboxStatus.DISCARDED)
            )
            return ()

        return await self._effects.undo("draft", undo, unmake)

    async def entries(
        self, *, workflow_id: str | None = None, status: OutboxStatus | None = None, limit: int = 100
    ) -> tuple[OutboxEntry, ...]:
        """Returns the newest entries first."""
        query = select(outbox).order_by(outbox.c.number.desc()).limit(limit)
        if workflow_id is not None:
            query = query.where(outbox.c.workflow_id == workflow_id)
        if status is not None:
            query = query.where(outbox.c.status == status)
        return await self._store.fetch(SYSTEM, query, _entry)

    async def entry(self, entry_id: str) -> OutboxEntry:
        found = await self._store.fetch(SYSTEM, select(outbox).where(outbox.c.id == entry_id), _entry)
        if not found:
            raise ServiceFailure(FailureCode.NOT_FOUND, SYSTEM, "there is no such entry")
        return found[0]

    async def _written(self, connection: AsyncConnection, row: dict[str, Any]) -> Made[Delivery]:
        delivery = Delivery(message_id=new_id("message"))
        await connection.execute(
            insert(outbox).values(**row, id=delivery.message_id, created_at=self._clock())
        )
        return Made(delivery, {"id": delivery.message_id})


def _entry(row: RowMapping) -> OutboxEntry:
    return OutboxEntry.model_validate({name: row[name] for name in OutboxEntry.model_fields})
