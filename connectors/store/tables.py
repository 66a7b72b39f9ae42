"""The tables of the store. `migrations/` brings a database here; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from connectors.store import metadata as shared
from connectors.store.columns import Document, Sequence, UtcDateTime
from connectors.store.onboarding_tables import accounts

metadata = shared.metadata
"""Of every table, those of onboarding too: whoever imports it from here misses none."""

effects = Table(
    "effects",
    metadata,
    Column("key", String, primary_key=True),
    Column("workflow_id", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("request_digest", String),
    Column("result", Document),
    Column("journal", Document),
    Column("undo_result", Document),
    Column("created_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("held_until", UtcDateTime),
)
"""One row per idempotency key: what was done under it, and whether that was undone. A row without `result` is
the mark of an undo that came before its step, or of a call to a system of others (`effect_memory.py`)."""

companies = Table(
    "companies",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("domain", String),
    Column("name", String),
    Column("name_key", String, index=True),
    Column("country", String),
    Column("employees", Integer),
    Column("owner_id", String),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("uq_companies_domain", "domain", unique=True),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("match_key", String),
    Column("email", String),
    Column("phone", String, index=True),
    Column("name", String),
    Column("name_key", String, index=True),
    Column("name_prefix", String, index=True),
    Column("job_title", String),
    Column("country", String),
    Column("company_id", String, ForeignKey("companies.id"), index=True),
    Column("owner_id", String),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("uq_contacts_match_key", "match_key", unique=True),
)
"""`match_key` is what makes two contacts one person (`identities.py`)."""

works = Table(
    "works",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("stage_reason", String),
    Column("category", String),
    Column("title", String, nullable=False),
    Column("priority", String, nullable=False),
    Column("value", BigInteger),
    Column("currency", String),
    Column("programme", String, nullable=False),
    Column("owner_id", String),
    Column("contact_id", String, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("company_id", String, ForeignKey("companies.id"), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""Deals, tickets and enrolments. `programme` is empty where none applies: NULLs are never equal."""

OPEN_ENROLMENT = text("kind = 'enrolment' AND is_open")

Index(
    "uq_works_open_enrolment",
    works.c.contact_id,
    works.c.programme,
    unique=True,
    sqlite_where=OPEN_ENROLMENT,
    postgresql_where=OPEN_ENROLMENT,
)
"""A contact is in a programme once at a time."""

tasks = Table(
    "tasks",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("owner_id", String),
    Column("due_at", UtcDateTime),
    Column("is_open", Boolean, nullable=False),
    Column("contact_id", String, ForeignKey("contacts.id"), index=True),
    Column("work_id", String, ForeignKey("works.id"), index=True),
    Column("account_id", String, ForeignKey(accounts.c.id), index=True),
    Column("created_at", UtcDateTime, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("contact_id", String, ForeignKey("contacts.id"), index=True),
    Column("work_id", String, ForeignKey("works.id"), index=True),
    Column("account_id", String, ForeignKey(accounts.c.id), index=True),
    Column("created_at", UtcDateTime, nullable=False),
)

acceptances = Table(
    "acceptances",
    metadata,
    Column("workflow_id", String, primary_key=True),
    Column("accepted_at", UtcDateTime, nullable=False, index=True),
)
"""What doors took, noted before its run was started; reconciliation looks for the runs."""

arrivals = Table(
    "arrivals",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=True),
    Column("lead_id", String, nullable=False, unique=True),
    Column("sender", String),
    Column("name", String),
    Column("category", String),
    Column("arrived_at", UtcDateTime, nullable=False, index=True),
    Column("closed_at", UtcDateTime),
    sqlite_autoincrement=True,
)
"""Every lead that was matched, numbered in the order of registration; in flight until `closed_at`."""

claims = Table(
    "claims",
    metadata,
    Column("lead_id", String, ForeignKey("arrivals.lead_id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("identity", String, nullable=False, index=True),
)
"""Which lead goes by which address or number; hashed, because nobody has to read it."""

pools = Table("pools", metadata, Column("name", String, primary_key=True))
"""One row per pool: the lock that makes allocations take turns on PostgreSQL."""

owner_loads = Table(
    "owner_loads",
    metadata,
    Column("pool", String, ForeignKey("pools.name"), primary_key=True),
    Column("owner_id", String, primary_key=True),
    Column("credit", BigInteger, nullable=False),
    Column("day", String, nullable=False),
    Column("taken", Integer, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("key", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False, index=True),
    Column("recipient_id", String),
    Column("author_id", String),
    Column("to_address", String),
    Column("subject", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("workflow_id", String, nullable=False, index=True),
    Column("due_at", UtcDateTime),
    Column("attachment", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("channel", String),
    Column("receipt", Document),
    Column("plan", Document),
    Column("send_at", UtcDateTime),
    Column("first_send_at", UtcDateTime),
    Column("attempts", Integer),
    Column("batch", String, index=True),
    Column("held_until", UtcDateTime),
    Column("failure", String),
    Column("failed_on", String),
    sqlite_autoincrement=True,
)
"""What was told to people, and what is yet to be told: a held message waits here for `send_at`, and whoever
sends it holds it until `held_until`. `batch` is the first entry of those that go out as one message.
`failure` and `failed_on`: the code and the channel of the last attempt at a held one, where that failed."""

approval_tasks = Table(
    "approval_tasks",
    metadata,
    Column("request_id", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("decided_by", String),
    Column("decided_at", UtcDateTime),
    Column("document", Document, nullable=False),
    Index("ix_approval_tasks_status_due_at", "status", "due_at"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("lead_id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("policy_hash", String, nullable=False, index=True),
    Column("outcome", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("document", Document, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("key", String, primary_key=True),
    Column("lead_id", String, nullable=False, index=True),
    Column("outcome", String, nullable=False),
    Column("rule", String, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("document", Document, nullable=False),
)

policy_bundles = Table(
    "policy_bundles",
    metadata,
    Column("hash", String, primary_key=True),
    Column("version", String, nullable=False),
    Column("document", Text, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
)
"""Never deleted: a run may be pinned to any of them."""

circuits = Table(
    "circuits",
    metadata,
    Column("system", String, primary_key=True),
    Column("budget_left", Float, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("open_until", UtcDateTime),
    Column("trying_until", UtcDateTime),
)
"""A row per system that has ever failed."""

model_spend = Table(
    "model_spend",
    metadata,
    Column("model", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_micros", BigInteger, nullable=False),
    Column("held_micros", BigInteger, nullable=False),
)
"""A row per model and day of UTC, `2026-11-26`."""
