"""deliveries are taken channel by channel, and attempts counted by channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Apply; attempts made before name no channel, and after a minute nobody counts them."""
    op.add_column("delivery_attempt", sa.Column("channel_code", sa.Text(), nullable=True))
    op.create_index(
        "ix_delivery_attempt_channel_code_at",
        "delivery_attempt",
        ["channel_code", "at"],
        postgresql_where=sa.text("channel_code IS NOT NULL"),
    )
    op.drop_index("ix_delivery_waiting", "delivery")
    op.create_index("ix_delivery_waiting", "delivery", ["channel_code", "next_at", "id"], postgresql_where=WAITING)
    op.drop_index("ix_delivery_channel_code_finished_at", "delivery")


def downgrade() -> None:
    """Undo."""
    op.create_index(
        "ix_delivery_channel_code_finished_at", "delivery", ["channel_code", "finished_at"], postgresql_where=sa.text("state = 'sent'")
    )
    op.drop_index("ix_delivery_waiting", "delivery")
    op.create_index("ix_delivery_waiting", "delivery", ["next_at"], postgresql_where=WAITING)
    op.drop_index("ix_delivery_attempt_channel_code_at", "delivery_attempt")
    op.drop_column("delivery_attempt", "channel_code")
