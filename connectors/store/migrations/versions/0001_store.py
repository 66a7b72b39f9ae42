"""The tables of the store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "approval_tasks",
        sa.Column("request_id", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.String),
        sa.Column("decided_at", INSTANT),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_approval_tasks"),
    )
    op.create_index("ix_approval_tasks_status_due_at", "approval_tasks", ["status", "due_at"])
    op.create_table(
        "arrivals",
        sa.Column("number", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("lead_id", sa.String, nullable=False),
        sa.Column("sender", sa.String),
        sa.Column("name", sa.String),
        sa.Column("category", sa.String),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.PrimaryKeyConstraint("number", name="pk_arrivals"),
        sa.UniqueConstraint("lead_id", name="uq_arrivals_lead_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_arrivals_arrived_at", "arrivals", ["arrived_at"])
    op.create_table(
        "companies",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("domain", sa.String),
        sa.Column("name", sa.String),
        sa.Column("name_key", sa.String),
        sa.Column("country", sa.String),
        sa.Column("employees", sa.Integer),
        sa.Column("owner_id", sa.String),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_companies"),
    )
    op.create_index("ix_companies_name_key", "companies", ["name_key"])
    op.create_index("uq_companies_domain", "companies", ["domain"], unique=True)
    op.create_table(
        "decisions",
        sa.Column("lead_id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("policy_hash", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("lead_id", name="pk_decisions"),
        sa.UniqueConstraint("key", name="uq_decisions_key"),
    )
    op.create_index("ix_decisions_policy_hash", "decisions", ["policy_hash"])
    op.create_table(
        "effects",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("workflow_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("request_digest", sa.String),
        sa.Column("result", DOCUMENT),
        sa.Column("journal", DOCUMENT),
        sa.Column("undo_result", DOCUMENT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("undone_at", INSTANT),
        sa.PrimaryKeyConstraint("key", name="pk_effects"),
    )
    op.create_index("ix_effects_workflow_id", "effects", ["workflow_id"])
    op.create_table(
        "outbox",
        sa.Column("number", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("recipient_id", sa.String),
        sa.Column("author_id", sa.String),
        sa.Column("to_address", sa.String),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("workflow_id", sa.String, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_status", "outbox", ["status"])
    op.create_index("ix_outbox_workflow_id", "outbox", ["workflow_id"])
    op.create_table(
        "outcomes",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("lead_id", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("rule", sa.String),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_lead_id", "outcomes", ["lead_id"])
    op.create_index("ix_outcomes_rule", "outcomes", ["rule"])
    op.create_table(
        "policy_bundles",
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_policy_bundles"),
    )
    op.create_table(
        "pools",
        sa.Column("name", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_pools"),
    )
    op.create_table(
        "claims",
        sa.Column("lead_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("identity", sa.String, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["arrivals.lead_id"], name="fk_claims_lead_id"),
        sa.PrimaryKeyConstraint("lead_id", "kind", name="pk_claims"),
    )
    op.create_index("ix_claims_identity", "claims", ["identity"])
    op.create_table(
        "contacts",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("match_key", sa.String),
        sa.Column("email", sa.String),
        sa.Column("phone", sa.String),
        sa.Column("name", sa.String),
        sa.Column("name_key", sa.String),
        sa.Column("name_prefix", sa.String),
        sa.Column("job_title", sa.String),
        sa.Column("country", sa.String),
        sa.Column("company_id", sa.String),
        sa.Column("owner_id", sa.String),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_contacts_company_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_company_id", "contacts", ["company_id"])
    op.create_index("ix_contacts_name_key", "contacts", ["name_key"])
    op.create_index("ix_contacts_name_prefix", "contacts", ["name_prefix"])
    op.create_index("ix_contacts_phone", "contacts", ["phone"])
    op.create_index("uq_contacts_match_key", "contacts", ["match_key"], unique=True)
    op.create_table(
        "owner_loads",
        sa.Column("pool", sa.String, nullable=False),
        sa.Column("owner_id", sa.String, nullable=False),
        sa.Column("credit", sa.BigInteger, nullable=False),
        sa.Column("day", sa.String, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.name"], name="fk_owner_loads_pool"),
        sa.PrimaryKeyConstraint("pool", "owner_id", name="pk_owner_loads"),
    )
    op.create_table(
        "works",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("stage_reason", sa.String),
        sa.Column("category", sa.String),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("priority", sa.String, nullable=False),
        sa.Column("value", sa.BigInteger),
        sa.Column("currency", sa.String),
        sa.Column("programme", sa.String, nullable=False),
        sa.Column("owner_id", sa.String),
        sa.Column("contact_id", sa.String, nullable=False),
        sa.Column("company_id", sa.String),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_works_company_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_works_contact_id"),
        sa.PrimaryKeyConstraint("id", name="pk_works"),
        sa.UniqueConstraint("key", name="uq_works_key"),
    )
    op.create_index("ix_works_company_id", "works", ["company_id"])
    op.create_index("ix_works_contact_id", "works", ["contact_id"])
    open_enrolment = sa.text("kind = 'enrolment' AND is_open")
    op.create_index(
        "uq_works_open_enrolment",
        "works",
        ["contact_id", "programme"],
        unique=True,
        sqlite_where=open_enrolment,
        postgresql_where=open_enrolment,
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("contact_id", sa.String),
        sa.Column("work_id", sa.String),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_notes_contact_id"),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name="fk_notes_work_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.UniqueConstraint("key", name="uq_notes_key"),
    )
    op.create_index("ix_notes_contact_id", "notes", ["contact_id"])
    op.create_index("ix_notes_work_id", "notes", ["work_id"])
    op.create_table(
        "tasks",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("owner_id", sa.String),
        sa.Column("due_at", INSTANT),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("contact_id", sa.String),
        sa.Column("work_id", sa.String),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_tasks_contact_id"),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name="fk_tasks_work_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.UniqueConstraint("key", name="uq_tasks_key"),
    )
    op.create_index("ix_tasks_contact_id", "tasks", ["contact_id"])
    op.create_index("ix_tasks_work_id", "tasks", ["work_id"])
