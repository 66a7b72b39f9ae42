"""What doors took, noted before its run was started."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "acceptances",
        sa.Column("workflow_id", sa.String, nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", name="pk_acceptances"),
    )
    op.create_index("ix_acceptances_accepted_at", "acceptances", ["accepted_at"])
