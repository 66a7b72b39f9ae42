"""The migrations make the tables that the code expects, once, however many processes start at once."""

import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, inspect, text

from connectors.store.engine import Store
from connectors.store.migrate import migrate, migration_config, schema_problem
from connectors.store.tables import metadata
from contracts.failures import FailureCode, ServiceFailure

MIGRATE = "import sys; from connectors.store.migrate import migrate; migrate(sys.argv[1])"


NOON = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001  (as SQLite keeps it)
HELD = (
    *("channel", "receipt", "plan", "send_at", "first_send_at", "attempts", "batch", "held_until"),
    *("failure", "failed_on"),
)
ROWS_OF_0001: dict[str, dict[str, object]] = {
    "contacts": {"id": "contact_1", "version": 1, "created_at": NOON, "updated_at": NOON},
    "works": {
        "id": "deal_1",
        "key": "k",
        "version": 1,
        "kind": "deal",
        "stage": "new",
        "is_open": True,
        "title": "Größe",
        "priority": "normal",
        "programme": "",
        "contact_id": "contact_1",
        "created_at": NOON,
        "updated_at": NOON,
    },
    "tasks": {
        "id": "task_1",
        "key": "k",
        "kind": "follow_up",
        "subject": "Call 検査",
        "is_open": True,
        "work_id": "deal_1",
        "created_at": NOON,
    },
    "notes": {"id": "note_1", "key": "k", "body": "Why", "contact_id": "contact_1", "created_at": NOON},
    "outbox": {
        "id": "message_1",
        "key": "k",
        "kind": "alert",
        "status": "sent",
        "subject": "A lead",
        "body": "It waits",
        "workflow_id": "lead-intake/1",
        "created_at": NOON,
    },
}
"""A row of every table that a later revision changes, and what they refer to."""


def sync_url(url: str) -> str:
    return url.replace("sqlite+aiosqlite", "sqlite")


def migrate_to(url: str, revision: str) -> None:
    engine, config = create_engine(sync_url(url)), migration_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def differences_from_the_code(url: str) -> list[object]:
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    return list(differences)


def fill(url: str, rows: Mapping[str, dict[str, object]]) -> None:
    engine, stands = create_engine(sync_url(url)), MetaData()
    with engine.begin() as connection:
        stands.reflect(connection)
        for table, row in rows.items():
            connection.execute(stands.tables[table].insert(), row)
    engine.dispose()


def rows_of(url: str) -> dict[str, list[dict[str, object]]]:
    """Every row by table, as the database itself describes its tables."""
    engine, stands = create_engine(sync_url(url)), MetaData()
    with engine.connect() as connection:
        stands.reflect(connection)
        rows = {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in stands.sorted_tables
        }
    engine.dispose()
    return rows


def test_migrations_lead_to_the_tables_of_the_code(store_url: str) -> None:
    assert not differences_from_the_code(store_url)


def test_store_of_the_first_revision_keeps_its_rows(empty_url: str) -> None:
    migrate_to(empty_url, "0001")
    fill(empty_url, ROWS_OF_0001)
    before = rows_of(empty_url)
    assert "older than this code" in (schema_problem(empty_url) or "")

    migrate(empty_url)

    assert schema_problem(empty_url) is None
    assert not differences_from_the_code(empty_url)
    after = rows_of(empty_url)
    new = {
        "tasks": {"account_id": None},
        "notes": {"account_id": None},
        "outbox": {"attachment": None, **dict.fromkeys(HELD)},
    }
    for table, row in ROWS_OF_0001.items():
        assert [stood["id"] for stood in before[table]] == [row["id"]]
        assert after[table] == [stood | new.get(table, {}) for stood in before[table]]


def test_migrating_again_changes_nothing(store_url: str) -> None:
    migrate(store_url)
    assert schema_problem(store_url) is None


def test_processes_that_migrate_at_once_all_succeed(empty_url: str) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, empty_url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    outcomes = [(process.communicate(timeout=50)[1], process.returncode) for process in started]
    assert outcomes == [("", 0)] * 4
    assert schema_problem(empty_url) is None


def test_store_without_tables_is_named_as_such(empty_url: str) -> None:
    assert "run the migrations" in (schema_problem(empty_url) or "")


def test_looking_for_problems_creates_no_file(tmp_path: Path) -> None:
    file = tmp_path / "absent.db"
    assert "not been created" in (schema_problem(f"sqlite:///{file}") or "")
    assert not file.exists()


def test_store_of_a_newer_version_is_named_and_left_alone(empty_url: str) -> None:
    migrate(empty_url)
    engine = create_engine(sync_url(empty_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    engine.dispose()
    assert "newer version" in (schema_problem(empty_url) or "")
    migrate(empty_url)
    assert "newer version" in (schema_problem(empty_url) or "")


def test_failed_migration_leaves_nothing_behind(empty_url: str) -> None:
    engine = create_engine(sync_url(empty_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE works (id INTEGER)"))
    with pytest.raises(ServiceFailure):
        migrate(empty_url)
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
    engine.dispose()
    assert tables == {"works"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://db/x", "must name"),
        ("sqlite://", "must name"),
        ("sqlite:///:memory:", "must name"),
        ("nonsense", "must name"),
        ("postgresql://nobody:hunter2@127.0.0.1:1/none", "cannot be reached"),
    ],
)
async def test_address_that_cannot_be_used_is_named_without_its_password(url: str, said: str) -> None:
    assert said in (schema_problem(url) or "")
    assert "hunter2" not in (schema_problem(url) or "")
    with pytest.raises(ServiceFailure) as refused:
        await Store.open(url)
    assert said in str(refused.value)
    assert "hunter2" not in repr(refused.value)


async def test_store_that_is_not_there_is_not_created_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(ServiceFailure) as refused:
        await Store.open(f"sqlite:///{tmp_path / 'absent.db'}")
    assert refused.value.code is FailureCode.UNAVAILABLE
    assert not (tmp_path / "absent.db").exists()


async def test_file_that_is_no_database_is_a_failure_with_a_name(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(ServiceFailure) as refused:
        await Store.open(f"sqlite:///{file}")
    assert refused.value.code is FailureCode.MALFORMED
    assert "not a database" in (schema_problem(f"sqlite:///{file}") or "")


def test_migrating_creates_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "store.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
