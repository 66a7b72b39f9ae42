"""What models cost, as all workers of a store see it."""

from datetime import UTC, date

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.engine import Store, insert_if_absent
from connectors.store.tables import model_spend
from contracts.failures import FailureCode, ServiceFailure
from contracts.model_spend import DaySpend, ReserveSpendInput, SettleSpendInput, SpendHold
from contracts.ports import Clock

SYSTEM = "store"


class SqlModelSpend:
    """`ModelSpend` over the store: a row per model and day.

    Args:
        store: where it is kept.
        clock: says which day it is.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def reserve(self, request: ReserveSpendInput) -> SpendHold:
        """Sets an amount aside, so that calls made at once cannot overrun a budget together."""
        day = self._clock().astimezone(UTC).date()
        hold = SpendHold(model=request.model, day=day, micros=request.most_micros)

        async def work(connection: AsyncConnection) -> SpendHold:
            row = await _row_of(connection, hold)
            taken = row.cost_micros + row.held_micros + hold.micros
            if request.budget_micros is not None and taken > request.budget_micros:
                raise ServiceFailure(
                    FailureCode.FORBIDDEN,
                    request.model.partition("/")[0],
                    "the model's budget of this day does not hold another call",
                    asked=False,
                )
            await _write(connection, row.model_copy(update={"held_micros": row.held_micros + hold.micros}))
            return hold

        return await self._store.write(SYSTEM, work)

    async def settle(self, request: SettleSpendInput) -> None:
        """Puts what a call came to in the place of what was set aside for it."""

        async def work(connection: AsyncConnection) -> None:
            row = await _row_of(connection, request.hold)
            await _write(
                connection,
                DaySpend(
                    model=row.model,
                    day=row.day,
                    calls=row.calls + request.calls,
                    input_tokens=row.input_tokens + request.input_tokens,
                    output_tokens=row.output_tokens + request.output_tokens,
                    cost_micros=row.cost_micros + request.cost_micros,
                    held_micros=row.held_micros - request.hold.micros,
                ),
            )

        await self._store.write(SYSTEM, work)

    async def days(self, first: date) -> tuple[DaySpend, ...]:
        """What each model came to on that day and later, the newest day first."""
        query = (
            select(model_spend)
            .where(model_spend.c.day >= first.isoformat())
            .order_by(model_spend.c.day.desc(), model_spend.c.model)
        )
        return await self._store.fetch(SYSTEM, query, DaySpend.model_validate)


async def _row_of(connection: AsyncConnection, hold: SpendHold) -> DaySpend:
    """The row, locked; made where this is the day's first call."""
    empty = DaySpend(model=hold.model, day=hold.day)
    await insert_if_absent(connection, model_spend, _columns(empty), "model", "day")
    query = select(model_spend).where(_is(empty)).with_for_update()
    return DaySpend.model_validate((await connection.execute(query)).mappings().one())


async def _write(connection: AsyncConnection, row: DaySpend) -> None:
    await connection.execute(model_spend.update().where(_is(row)).values(_columns(row)))


def _is(row: DaySpend) -> ColumnElement[bool]:
    return (model_spend.c.model == row.model) & (model_spend.c.day == row.day.isoformat())


def _columns(row: DaySpend) -> dict[str, str | int]:
    return {**row.model_dump(exclude={"day"}), "day": row.day.isoformat()}
