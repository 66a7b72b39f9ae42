"""The tables of onboarding and access; tasks and notes of accounts; attachments of messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("customer_id", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("stage_reason", sa.String),
        sa.Column("company", sa.String, nullable=False),
        sa.Column("company_domain", sa.String),
        sa.Column("country", sa.String),
        sa.Column("owner_id", sa.String, nullable=False),
        sa.Column("contact_id", sa.String),
        sa.Column("work_id", sa.String),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_accounts_contact_id"),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name="fk_accounts_work_id"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_index("ix_accounts_contact_id", "accounts", ["contact_id"])
    op.create_index("ix_accounts_work_id", "accounts", ["work_id"])
    op.create_index("uq_accounts_customer_id", "accounts", ["customer_id"], unique=True)
    for table in ("tasks", "notes"):
        # Both databases understand this; Alembic would copy the whole table on SQLite.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN account_id VARCHAR "
            f"CONSTRAINT fk_{table}_account_id REFERENCES accounts (id)"
        )
        op.create_index(f"ix_{table}_account_id", table, ["account_id"])
    op.add_column("outbox", sa.Column("attachment", sa.Text))
    op.create_table(
        "billing_customers",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("customer_id", sa.String, nullable=False),
        sa.Column("company", sa.String, nullable=False),
        sa.Column("contact", DOCUMENT, nullable=False),
        sa.Column("address", DOCUMENT, nullable=False),
        sa.Column("tax_id", sa.String),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_billing_customers"),
        sa.UniqueConstraint("key", name="uq_billing_customers_key"),
    )
    _one_at_a_time("uq_billing_customers_open", "billing_customers", ["customer_id"], "closed_at")
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("billing_customer_id", sa.String, nullable=False),
        sa.Column("plan", sa.String, nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("value", sa.BigInteger),
        sa.Column("currency", sa.String),
        sa.Column("discount_percent", sa.Integer),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("cancelled_at", INSTANT),
        sa.ForeignKeyConstraint(
            ["billing_customer_id"], ["billing_customers.id"], name="fk_subscriptions_billing_customer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("key", name="uq_subscriptions_key"),
    )
    _one_at_a_time("uq_subscriptions_active", "subscriptions", ["billing_customer_id"], "cancelled_at")
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("customer_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("region", sa.String, nullable=False),
        sa.Column("plan", sa.String, nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("first_value_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("key", name="uq_workspaces_key"),
    )
    _one_at_a_time("uq_workspaces_active", "workspaces", ["customer_id"], "deleted_at")
    op.create_table(
        "invitations",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("workspace_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_invitations_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("key", name="uq_invitations_key"),
    )
    op.create_index("ix_invitations_workspace_id", "invitations", ["workspace_id"])
    op.create_table(
        "bookings",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("host_id", sa.String, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("customer_id", sa.String, nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("cancelled_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
        sa.UniqueConstraint("key", name="uq_bookings_key"),
    )
    op.create_index("ix_bookings_customer_id", "bookings", ["customer_id"])
    _one_at_a_time("uq_bookings_slot", "bookings", ["host_id", "starts_at"], "cancelled_at")
    op.create_table(
        "agreements",
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("signed_at", INSTANT),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_agreements"),
    )
    op.create_table(
        "access_grants",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("person_id", sa.String, nullable=False),
        sa.Column("system", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("granted_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_access_grants"),
        sa.UniqueConstraint("key", name="uq_access_grants_key"),
    )
    _one_at_a_time("uq_access_grants_held", "access_grants", ["person_id", "system", "role"], "ended_at")
    op.create_table(
        "onboardings",
        sa.Column("onboarding_id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("workflow_id", sa.String, nullable=False),
        sa.Column("customer_id", sa.String, nullable=False),
        sa.Column("policy_hash", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("onboarding_id", name="pk_onboardings"),
        sa.UniqueConstraint("key", name="uq_onboardings_key"),
    )
    op.create_index("ix_onboardings_customer_id", "onboardings", ["customer_id"])
    op.create_index("ix_onboardings_policy_hash", "onboardings", ["policy_hash"])


def _one_at_a_time(name: str, table: str, columns: list[str], ended: str) -> None:
    still = sa.text(f"{ended} IS NULL")
    op.create_index(name, table, columns, unique=True, sqlite_where=still, postgresql_where=still)
