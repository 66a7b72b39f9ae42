"""Rows that are looked up one at a time."""

from typing import Any

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.failures import FailureCode, ServiceFailure


async def first(connection: AsyncConnection, query: Select[Any]) -> RowMapping | None:
    """The first row of a query, if there is one."""
    row: RowMapping | None = (await connection.execute(query)).mappings().first()
    return row


async def existing(
    connection: AsyncConnection, query: Select[Any], *, system: str, what: str, lock: bool = False
) -> RowMapping:
    """The first row of a query, locked until the transaction ends if so asked. Raises NOT_FOUND."""
    row = await first(connection, query.with_for_update() if lock else query)
    if row is None:
        raise ServiceFailure(FailureCode.NOT_FOUND, system, f"there is no such {what}")
    return row
