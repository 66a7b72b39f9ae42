"""The queue of held messages, in the outbox itself: one row is one message, wherever it stands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.channels import Batch
from connectors.store.engine import Store
from connectors.store.tables import outbox
from contracts.delivery import DeliveryPlan, Receipt
from contracts.failures import ServiceFailure
from contracts.messages import Message, OutboxStatus
from contracts.ports import Clock

SYSTEM = "outbox"

HOLD = timedelta(minutes=3)
"""Longer than a delivery may take. Whoever dies with a batch keeps it from others for so long."""

LARGEST_BATCH = 50
"""Messages; what is beyond waits for the next one."""


class SqlHeldMessages:
    """Hands out held messages whose time has come, each batch to one sender."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def take(self) -> Batch | None:
        """Takes the next batch that is due; None where none is."""

        async def work(connection: AsyncConnection) -> Batch | None:
            now = self._clock()
            first = (
                (
                    await connection.execute(
                        select(outbox)
                        .where(_held(), outbox.c.send_at <= now, _free(now))
                        .order_by(outbox.c.send_at, outbox.c.number)
                        .limit(1)
                        .with_for_update(skip_locked=True)
                    )
                )
                .mappings()
                .first()
            )
            if first is None:
                return None
            rows = await self._together(connection, first, now)
            batch = first["batch"] or first["id"]
            await connection.execute(
                update(outbox)
                .where(outbox.c.id.in_([row["id"] for row in rows]))
                .values(batch=batch, held_until=now + HOLD)
            )
            return _batch(rows)

        return await self._store.write(SYSTEM, work)

    async def sent(self, batch: Batch, receipt: Receipt) -> None:
        """Notes that a batch is out."""
        await self._change(
            batch,
            status=OutboxStatus.SENT,
            channel=receipt.channel,
            # What stands together in one message cannot be corrected alone.
            receipt=receipt.model_dump(mode="json") if len(batch.entry_ids) == 1 else None,
            attempts=batch.attempts + 1,
            failure=None,
            failed_on=None,
        )

    async def postpone(self, batch: Batch, until: datetime, failure: ServiceFailure) -> None:
        """Has a batch tried again later."""
        await self._failed(batch, failure, send_at=until)

    async def give_up(self, batch: Batch, failure: ServiceFailure) -> None:
        """Notes that no channel takes a batch."""
        await self._failed(batch, failure, status=OutboxStatus.UNDELIVERABLE)

    async def _together(
        self, connection: AsyncConnection, first: RowMapping, now: datetime
    ) -> Sequence[RowMapping]:
        """The rows that go out with this one: those that did before, else what is of its kind and may."""
        if first["batch"] is not None:
            condition: tuple[ColumnElement[bool], ...] = (outbox.c.batch == first["batch"],)
        elif not DeliveryPlan.model_validate(first["plan"]).grouped:
            return [first]
        else:
            condition = (
                outbox.c.recipient_id == first["recipient_id"],
                outbox.c.kind == first["kind"],
                outbox.c.batch.is_(None),
                _free(now),
            )
        query = select(outbox).where(_held(), *condition).order_by(outbox.c.number).limit(LARGEST_BATCH)
        rows = (await connection.execute(query.with_for_update())).mappings().all()
        return rows if any(row["id"] == first["id"] for row in rows) else [first]

    async def _failed(self, batch: Batch, failure: ServiceFailure, **values: Any) -> None:
        attempts = batch.attempts + 1
        await self._change(batch, **values, attempts=attempts, failure=failure.code, failed_on=failure.system)

    async def _change(self, batch: Batch, **values: Any) -> None:
        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                update(outbox).where(outbox.c.id.in_(batch.entry_ids)).values(**values, held_until=None)
            )

        await self._store.write(SYSTEM, work)


def _held() -> ColumnElement[bool]:
    return outbox.c.status == OutboxStatus.HELD


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.held_until.is_(None), outbox.c.held_until <= now)


def _batch(rows: Sequence[RowMapping]) -> Batch:
    return Batch(
        entry_ids=tuple(row["id"] for row in rows),
        messages=tuple(_message(row) for row in rows),
        attempts=max(row["attempts"] or 0 for row in rows),
        since=min(row["first_send_at"] for row in rows),
    )


def _message(row: RowMapping) -> Message:
    fields = {name: row[name] for name in Message.model_fields if name != "plan"}
    return Message(**fields, plan=DeliveryPlan.model_validate(row["plan"]))
