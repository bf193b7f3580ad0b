"""photos, and how to reach who reported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What the trade asks for: a feedback shows the place afterwards, handling on the spot shows it before and afterwards.
DEMANDS = (("handle", "after"), ("handle_on_spot", "before"), ("handle_on_spot", "after"))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "photo",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_photo_sha256")),
        sa.CheckConstraint("(lon IS NULL) = (lat IS NULL)", name=op.f("ck_photo_position")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_photo")),
    )
    op.create_index("ix_photo_unbound", "photo", ["uploaded_at"], postgresql_where=sa.text("bound_at IS NULL"))
    op.create_table(
        "case_photo",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_photo_case_id")),
        sa.ForeignKeyConstraint(["sha256"], ["photo.sha256"], name=op.f("fk_case_photo_sha256")),
        sa.PrimaryKeyConstraint("case_id", "seq", "no", name=op.f("pk_case_photo")),
    )
    op.create_index("ix_case_photo_sha256", "case_photo", ["sha256"])
    demands = op.create_table(
        "photo_demand",
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("action", "role", name=op.f("pk_photo_demand")),
    )
    op.bulk_insert(demands, [{"action": action, "role": role} for action, role in DEMANDS])
    op.create_table(
        "reporter_contact",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("wants_answer", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["incident_report.id"], name=op.f("fk_reporter_contact_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reporter_contact")),
    )


def downgrade() -> None:
    """Undo; refused once photos or contacts are there, for they would be lost."""
    for table in ("case_photo", "reporter_contact"):
        if op.get_bind().scalar(sa.text(f"SELECT EXISTS (SELECT FROM {table})")):
            message = f"{table} is not empty: delete its rows first"
            raise RuntimeError(message)
    for table in ("reporter_contact", "photo_demand", "case_photo", "photo"):
        op.drop_table(table)
