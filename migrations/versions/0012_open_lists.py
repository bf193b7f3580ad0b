"""what is open is listed in the order of ids, and counted by state, in one index for each part of what somebody sees."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NARROWED_BY = (
    "district_code", "street_office_code", "community_code", "unit_grid_code", "unit_code", "zone_code", "segment_code", "person_id",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    for column in NARROWED_BY:
        op.drop_index(f"ix_case_file_open_{column}", "case_file")
    for column in (*NARROWED_BY, "reported_by"):
        op.execute(f"CREATE INDEX ix_case_file_open_{column} ON case_file ({column}, id) INCLUDE (state) WHERE is_open")


def downgrade() -> None:
    """Undo."""
    for column in (*NARROWED_BY, "reported_by"):
        op.drop_index(f"ix_case_file_open_{column}", "case_file")
    for column in NARROWED_BY:
        op.execute(f"CREATE INDEX ix_case_file_open_{column} ON case_file ({column}, state) WHERE is_open")
