"""Transactions that must take turns although no row exists yet that they could lock."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def take_turns(connection: AsyncConnection, digests: Iterable[str]) -> None:
    """Makes transactions that share a digest follow each other; SQLite has one writer at a time anyway.

    Args:
        connection: whose transaction keeps its turn until it ends.
        digests: of what is shared, hexadecimal (`identities.py`).
    """
    if connection.dialect.name == "postgresql":
        for digest in sorted(digests):
            number = int.from_bytes(bytes.fromhex(digest)[:8], signed=True)
            await connection.execute(select(func.pg_advisory_xact_lock(number)))
