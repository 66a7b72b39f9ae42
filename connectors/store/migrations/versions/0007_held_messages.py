"""Messages that wait in the outbox, and by what each went out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    document = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    instant = sa.DateTime(timezone=True)
    for column in (
        sa.Column("channel", sa.String()),
        sa.Column("receipt", document),
        sa.Column("plan", document),
        sa.Column("send_at", instant),
        sa.Column("first_send_at", instant),
        sa.Column("attempts", sa.Integer()),
        sa.Column("batch", sa.String()),
        sa.Column("held_until", instant),
    ):
        op.add_column("outbox", column)
    op.create_index("ix_outbox_batch", "outbox", ["batch"])
