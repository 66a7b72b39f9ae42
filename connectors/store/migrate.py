"""Brings a store to the shape that this version needs, and says what is wrong where it is not there."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from connectors.store.engine import BUSY_TIMEOUT, WRITES, sqlite_file, store_url, take_over_transactions
from connectors.store.failures import meaning_of, translated
from contracts.failures import ServiceFailure

MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x7468726F7567686C
"""Chosen once; whoever migrates this application on PostgreSQL takes it first."""


def migrate(url: str) -> None:
    """Runs the migrations that the store lacks: all of them or none. Creates a SQLite file that is not there.

    Several processes may call it at once: one migrates, the others wait and find nothing left to do.

    Raises:
        ServiceFailure: UNREACHABLE, UNAVAILABLE or FORBIDDEN as for any access to the store; REJECTED if the
            URL names no SQLite file and no PostgreSQL database.
    """
    address = store_url(url)
    file = sqlite_file(address)
    with translated("store"):
        if file is not None:
            _make_room(file)
        with _engine(address) as engine, engine.begin() as connection:
            if file is None:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
            config = migration_config()
            if not _is_newer(connection):
                config.attributes["connection"] = connection
                command.upgrade(config, "head")


def schema_problem(url: str) -> str | None:
    """Why this version cannot use the store, with the remedy; none if it can. Changes nothing."""
    try:
        address = store_url(url)
    except ServiceFailure as failure:
        return failure.message
    file = sqlite_file(address)
    if file is not None and not file.exists():
        return "the store has not been created yet: run the migrations"
    try:
        with _engine(address) as engine, engine.connect() as connection:
            stands = MigrationContext.configure(connection).get_current_heads()
            if not stands:
                return "the store has no tables yet: run the migrations"
            if _is_newer(connection):
                return "the store was migrated by a newer version of this code: deploy that version"
    except SQLAlchemyError as error:
        return meaning_of(error)[1]
    head = ScriptDirectory.from_config(migration_config()).get_current_head()
    return None if stands == (head,) else "the store is older than this code: run the migrations"


def migration_config() -> Config:
    """Where the migrations are; no file configures them."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _is_newer(connection: Connection) -> bool:
    known = {
        revision.revision for revision in ScriptDirectory.from_config(migration_config()).walk_revisions()
    }
    return not known.issuperset(MigrationContext.configure(connection).get_current_heads())


@contextmanager
def _engine(address: URL) -> Generator[Engine]:
    driver = "postgresql+psycopg" if sqlite_file(address) is None else "sqlite"
    engine = create_engine(address.set(drivername=driver), hide_parameters=True)
    if driver == "sqlite":
        take_over_transactions(engine, BUSY_TIMEOUT)
    try:
        yield engine.execution_options(**WRITES)
    finally:
        engine.dispose()


def _make_room(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
