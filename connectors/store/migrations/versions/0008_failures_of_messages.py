"""Why a held message is not out yet."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("outbox", sa.Column("failure", sa.String()))
    op.add_column("outbox", sa.Column("failed_on", sa.String()))
