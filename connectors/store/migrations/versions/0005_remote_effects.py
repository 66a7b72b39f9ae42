"""Who makes an effect on a system of others just now."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("effects", sa.Column("held_until", sa.DateTime(timezone=True)))
