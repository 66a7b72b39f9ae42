"""The engine of the store: who may write when, and what happens when somebody has to wait."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Executable,
    Insert,
    RowMapping,
    Table,
    TextClause,
    event,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from connectors.store.failures import BUSY, translated
from contracts.failures import FailureCode, ServiceFailure

BUSY_TIMEOUT = timedelta(seconds=10)
"""How long a writer waits for those of its process, and then for those of others."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
WRITES = {"store_writes": True}
"""The engine option of a connection that takes the write lock when it begins."""

T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[AsyncConnection], Awaitable[T]]
"""What is done with a connection inside one transaction."""


class Store:
    """An open store; every port over it takes turns by it.

    On SQLite a write takes the file's write lock when it begins, so that no transaction finds out half-way
    that it cannot write. Writers of a process queue for that; only one of each process competes for the file.
    """

    def __init__(self, engine: AsyncEngine, busy_timeout: timedelta) -> None:
        self._readers = engine
        self._writers = engine.execution_options(**WRITES)
        self._busy_timeout = busy_timeout
        self._under_way: set[asyncio.Task[Any]] = set()
        self._turn = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @classmethod
    async def open(cls, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT, pool_size: int = 5) -> Self:
        """Opens a store that has been migrated.

        Raises:
            ServiceFailure: UNREACHABLE if nothing answers there; UNAVAILABLE if there is no store yet;
                REJECTED if the URL names no SQLite file and no PostgreSQL database.
        """
        address = store_url(url)
        file = sqlite_file(address)
        if file is not None and not file.exists():
            raise ServiceFailure(
                FailureCode.UNAVAILABLE, "store", "there is no store yet: run the migrations"
            )
        store = cls(_engine(address, busy_timeout, pool_size), busy_timeout)
        try:
            await store.read("store", _nothing)
            return store
        except BaseException:
            await store.close()
            raise

    async def close(self) -> None:
        """Waits for what is under way and closes every connection."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._readers.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def read(self, system: str, work: Work[T]) -> T:
        """Returns what `work` finds; it sees one moment of the store on SQLite, committed rows on PostgreSQL.

        Raises:
            ServiceFailure: and nothing else, unless `work` has a bug.
        """
        with translated(system):
            return await self._to_its_end(self._transaction(self._readers, system, work))

    async def fetch(self, system: str, query: Executable, parse: Callable[[RowMapping], R]) -> tuple[R, ...]:
        """Returns the parsed rows of one query."""

        async def work(connection: AsyncConnection) -> tuple[R, ...]:
            return tuple(parse(row) for row in (await connection.execute(query)).mappings())

        return await self.read(system, work)

    async def write(self, system: str, work: Work[T]) -> T:
        """Returns what `work` returns, its writes made together or not at all.

        Raises:
            ServiceFailure: UNAVAILABLE if others kept the store for longer than the busy timeout;
                OUTCOME_UNKNOWN if the connection broke while the writes were being made lasting.
        """
        with translated(system):
            await self._take_turn(system)
            return await self._to_its_end(self._turn_taken(self._transaction(self._writers, system, work)))

    @asynccontextmanager
    async def reading(self, system: str) -> AsyncGenerator[AsyncConnection]:
        """Yields a connection to read by; for tools. A port, which can be cancelled, uses `read`."""
        with translated(system):
            async with self._begun(self._readers, system) as connection:
                yield connection

    @asynccontextmanager
    async def writing(self, system: str) -> AsyncGenerator[AsyncConnection]:
        """Yields a connection to write by; for tools. A port, which can be cancelled, uses `write`."""
        with translated(system):
            await self._take_turn(system)
            try:
                async with self._begun(self._writers, system) as connection:
                    yield connection
            finally:
                self._pass_turn()

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Lets a transaction end by itself when whoever waits for it is cancelled.

        A cancelled statement leaves its connection to the garbage collector, on SQLite with the write lock.
        """
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _transaction(self, engine: AsyncEngine, system: str, work: Work[T]) -> T:
        async with self._begun(engine, system) as connection:
            return await work(connection)

    @asynccontextmanager
    async def _begun(self, engine: AsyncEngine, system: str) -> AsyncGenerator[AsyncConnection]:
        async with engine.connect() as connection:
            transaction = await connection.begin()
            yield connection
            try:
                await transaction.commit()
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                raise ServiceFailure(
                    FailureCode.OUTCOME_UNKNOWN, system, "the store broke off while it was committing"
                ) from None

    async def _take_turn(self, system: str) -> None:
        if self._turn is None:
            return
        try:
            async with asyncio.timeout(self._busy_timeout.total_seconds()):
                await self._turn.acquire()
        except TimeoutError:
            raise ServiceFailure(BUSY[0], system, BUSY[1]) from None

    async def _turn_taken(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        finally:
            self._pass_turn()

    def _pass_turn(self) -> None:
        if self._turn is not None:
            self._turn.release()


def store_url(url: str) -> URL:
    """The address with the asynchronous driver of its database.

    Raises:
        ServiceFailure: REJECTED if it names no SQLite file and no PostgreSQL database.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        address = URL.create("none")
    driver = _DRIVERS.get(address.drivername.partition("+")[0])
    in_memory = address.database in (None, "", ":memory:") or "mode" in address.query
    if driver is None or (driver == _DRIVERS["sqlite"] and in_memory):
        raise ServiceFailure(
            FailureCode.REJECTED, "store", "the store URL must name a SQLite file or a PostgreSQL database"
        )
    return address.set(drivername=driver)


async def _nothing(connection: AsyncConnection) -> None:
    """Beginning a transaction is enough to know that the store answers."""
    await connection.scalar(select(1))


def sqlite_file(address: URL) -> Path | None:
    """The file of a SQLite store; none for PostgreSQL."""
    return Path(address.database) if address.drivername.startswith("sqlite") and address.database else None


def _engine(address: URL, busy_timeout: timedelta, pool_size: int) -> AsyncEngine:
    arguments: dict[str, Any] = {
        "hide_parameters": True,
        "pool_size": pool_size,
        "max_overflow": pool_size,
        "pool_timeout": busy_timeout.total_seconds(),
    }
    if sqlite_file(address) is not None:
        engine = create_async_engine(address, **arguments)
        take_over_transactions(engine.sync_engine, busy_timeout)
        return engine
    milliseconds = int(busy_timeout.total_seconds() * 1000)
    connect = {"connect_timeout": max(2, int(busy_timeout.total_seconds()))}
    if "options" not in address.query:
        connect |= {"options": f"-c lock_timeout={milliseconds}"}  # type: ignore[dict-item]
    return create_async_engine(address, isolation_level="READ COMMITTED", connect_args=connect, **arguments)


def take_over_transactions(engine: Any, busy_timeout: timedelta) -> None:
    """Makes a SQLite engine begin transactions itself, since the driver would begin them too late.

    An engine without the write option begins deferred, which never blocks and never is blocked in WAL mode.
    """

    def on_connect(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_timeout.total_seconds() * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        writes = WRITES.items() <= connection.get_execution_options().items()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


async def insert_if_absent(
    connection: AsyncConnection,
    table: Table,
    values: Mapping[str, Any],
    *unique: str,
    where: TextClause | None = None,
) -> bool:
    """Inserts a row unless one with the same unique columns is there; returns whether it did.

    On PostgreSQL it waits for a concurrent insert of the same row to commit or roll back.
    """
    statement = _insert_or_nothing(connection.dialect.name, table, unique, where)
    done = await connection.execute(statement, values, execution_options={"preserve_rowcount": True})
    return done.rowcount == 1


@cache
def _insert_or_nothing(
    dialect: str, table: Table, unique: tuple[str, ...], where: TextClause | None
) -> Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing(index_elements=list(unique), index_where=where)
