"""How systems have been doing."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "circuits",
        sa.Column("system", sa.String, nullable=False),
        sa.Column("budget_left", sa.Float, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True)),
        sa.Column("trying_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("system", name="pk_circuits"),
    )
