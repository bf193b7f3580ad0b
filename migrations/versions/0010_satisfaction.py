"""what the public says of a closed case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "satisfaction",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("satisfied", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_satisfaction_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_satisfaction")),
    )
    op.create_index("ix_satisfaction_answered_at", "satisfaction", ["answered_at"])


def downgrade() -> None:
    """Undo; refused once somebody has answered."""
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT FROM satisfaction)")):
        message = "satisfaction is not empty: delete its rows first"
        raise RuntimeError(message)
    op.drop_table("satisfaction")
