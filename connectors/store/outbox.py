"""The outbox: what our people and customers were told and what was drafted, kept where it can be read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.channels import KeptMessage
from connectors.keyed import Journal, Made
from connectors.store.effects import Effects, new_id
from connectors.store.engine import Store
from connectors.store.tables import outbox
from contracts.crm import UndoInput, UndoResult
from contracts.delivery import Receipt
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
        return await self.keep(message, OutboxStatus.SENT)

    async def send_to_customer(self, message: CustomerMessage) -> Delivery:
        """Puts a message to somebody at a customer into the outbox."""
        return await self.keep(message, OutboxStatus.SENT)

    async def keep(
        self,
        message: KeptMessage,
        status: OutboxStatus,
        *,
        receipt: Receipt | None = None,
        send_at: datetime | None = None,
    ) -> Delivery:
        """Puts a message into the outbox; one that no channel took before may stand differently now."""
        now = {"status": status, **_taken(receipt)}
        # The plan holds the templates of mails; only what waits needs it.
        waits = {"plan": _plan(message), "send_at": send_at, "first_send_at": send_at} if send_at else {}
        row = message.model_dump(exclude={"plan"}) | now | waits

        async def make(connection: AsyncConnection) -> Made[Delivery]:
            return await self._written(connection, row)

        kind = "customer_message" if isinstance(message, CustomerMessage) else "message"
        once = await self._effects.once(kind, message, Delivery, make)
        if once.repeated and status is not OutboxStatus.UNDELIVERABLE:
            await self._mended(message.key, now | waits)
        return once.result.model_copy(update={"duplicate": once.repeated})

    async def standing(self, key: str) -> tuple[str, OutboxStatus] | None:
        """The entry of a key and where it stands; None where there is none."""
        query = select(outbox.c.id, outbox.c.status).where(outbox.c.key == key)
        found = await self._store.fetch(SYSTEM, query, lambda row: (row["id"], OutboxStatus(row["status"])))
        return found[0] if found else None

    async def earlier(self, message: Message, kinds: Sequence[str]) -> Receipt | None:
        """What the last message of these kinds to the same person about the same run was taken with."""
        query = (
            select(outbox.c.receipt)
            .where(
                outbox.c.workflow_id == message.workflow_id,
                outbox.c.recipient_id == message.recipient_id,
                outbox.c.kind.in_(kinds),
                outbox.c.receipt.is_not(None),
            )
            .order_by(outbox.c.number.desc())
            .limit(1)
        )
        found = await self._store.fetch(SYSTEM, query, lambda row: Receipt.model_validate(row["receipt"]))
        return found[0] if found else None

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

    async def _mended(self, key: str, now: dict[str, Any]) -> None:
        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                update(outbox)
                .where(outbox.c.key == key, outbox.c.status == OutboxStatus.UNDELIVERABLE)
                .values(**now)
            )

        await self._store.write(SYSTEM, work)

    async def _written(self, connection: AsyncConnection, row: dict[str, Any]) -> Made[Delivery]:
        delivery = Delivery(message_id=new_id("message"))
        await connection.execute(
            insert(outbox).values(**row, id=delivery.message_id, created_at=self._clock())
        )
        return Made(delivery, {"id": delivery.message_id})


def _taken(receipt: Receipt | None) -> dict[str, Any]:
    if receipt is None:
        return {}
    return {"channel": receipt.channel, "receipt": receipt.model_dump(mode="json")}


def _plan(message: KeptMessage) -> dict[str, Any] | None:
    return message.plan.model_dump(mode="json") if message.plan else None


def _entry(row: RowMapping) -> OutboxEntry:
    return OutboxEntry.model_validate({name: row[name] for name in OutboxEntry.model_fields})
