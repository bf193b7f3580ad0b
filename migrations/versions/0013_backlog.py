"""backlogs of reports: how far a run came, and a schema where its rows wait for their month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA arriving")
    counts = [
        sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in ("taken", "rejected", "repeated", "reject_bytes")
    ]
    op.create_table(
        "backlog_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_byte", sa.BigInteger(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        *counts,
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('reading', 'publishing', 'done')", name=op.f("ck_backlog_run_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backlog_run")),
    )


def downgrade() -> None:
    """Undo; rows of runs that are not done are lost with them, their files are not."""
    op.drop_table("backlog_run")
    op.execute("DROP SCHEMA arriving CASCADE")
