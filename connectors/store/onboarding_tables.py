"""The tables of onboarding and access. What has ended keeps its row: an instant says when it did."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, text

from connectors.store.columns import Document, UtcDateTime
from connectors.store.metadata import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("customer_id", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("stage_reason", String),
    Column("company", String, nullable=False),
    Column("company_domain", String),
    Column("country", String),
    Column("owner_id", String, nullable=False),
    Column("contact_id", String, ForeignKey("contacts.id"), index=True),
    Column("work_id", String, ForeignKey("works.id"), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("uq_accounts_customer_id", "customer_id", unique=True),
)
"""`key` is the one that the account was last opened under."""

billing_customers = Table(
    "billing_customers",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("customer_id", String, nullable=False),
    Column("company", String, nullable=False),
    Column("contact", Document, nullable=False),
    Column("address", Document, nullable=False),
    Column("tax_id", String),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("billing_customer_id", String, ForeignKey("billing_customers.id"), nullable=False),
    Column("plan", String, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("value", BigInteger),
    Column("currency", String),
    Column("discount_percent", Integer),
    Column("started_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("customer_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("region", String, nullable=False),
    Column("plan", String, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("first_value_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("workspace_id", String, ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("email", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

bookings = Table(
    "bookings",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("host_id", String, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("customer_id", String, nullable=False, index=True),
    Column("document", Document, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
)
"""`document` is the request: whoever was invited by it is told when the meeting is cancelled."""

agreements = Table(
    "agreements",
    metadata,
    Column("reference", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("signed_at", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
)

access_grants = Table(
    "access_grants",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("person_id", String, nullable=False),
    Column("system", String, nullable=False),
    Column("role", String, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)

onboardings = Table(
    "onboardings",
    metadata,
    Column("onboarding_id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("workflow_id", String, nullable=False),
    Column("customer_id", String, nullable=False, index=True),
    Column("policy_hash", String, nullable=False, index=True),
    Column("outcome", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("document", Document, nullable=False),
)

NOT_CLOSED = text("closed_at IS NULL")
NOT_CANCELLED = text("cancelled_at IS NULL")
NOT_DELETED = text("deleted_at IS NULL")
NOT_ENDED = text("ended_at IS NULL")


_ONE_AT_A_TIME = {
    "uq_billing_customers_open": ((billing_customers.c.customer_id,), NOT_CLOSED),
    "uq_subscriptions_active": ((subscriptions.c.billing_customer_id,), NOT_CANCELLED),
    "uq_workspaces_active": ((workspaces.c.customer_id,), NOT_DELETED),
    "uq_bookings_slot": ((bookings.c.host_id, bookings.c.starts_at), NOT_CANCELLED),
    "uq_access_grants_held": (
        (access_grants.c.person_id, access_grants.c.system, access_grants.c.role),
        NOT_ENDED,
    ),
}
"""Of the rows that have not ended, no two have the same values in these columns."""

for _name, (_columns, _condition) in _ONE_AT_A_TIME.items():
    Index(_name, *_columns, unique=True, sqlite_where=_condition, postgresql_where=_condition)
