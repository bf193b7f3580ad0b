"""limits of classes, working calendar, when a case is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEEP_LIMITS = """
CREATE FUNCTION refuse_changed_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'valid_to' IS DISTINCT FROM to_jsonb(OLD) - 'valid_to' THEN
        RAISE EXCEPTION 'a version of a limit is never changed or deleted, it only ends' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER class_limit_is_never_changed BEFORE UPDATE OR DELETE ON class_limit
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_limit();
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "office_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("windows", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("coalesce(agency, '')"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_office_hours_days",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_office_hours_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_hours")),
    )
    op.create_table(
        "class_limit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("condition_no", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("filing_condition", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("closing_condition", sa.Text(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("standard"), "="),
            (sa.column("kind"), "="),
            (sa.column("class_code"), "="),
            (sa.column("condition_no"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_class_limit_days",
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_class_limit_amount")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_class_limit_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_limit")),
        sa.UniqueConstraint(
            "standard", "kind", "class_code", "condition_no", "version",
            name=op.f("uq_class_limit_standard_kind_class_code_condition_no_version"),
        ),
    )  # fmt: skip
    op.execute(KEEP_LIMITS)
    op.add_column("case_file", sa.Column("limit_id", sa.BigInteger(), nullable=True))
    op.add_column("case_file", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case_file", sa.Column("clock_stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_case_file_limit_id"), "case_file", "class_limit", ["limit_id"], ["id"])
    running = sa.text("clock_stopped_at IS NULL")
    op.create_index("ix_case_file_due_at", "case_file", ["due_at"], postgresql_where=running)
    op.create_index("ix_case_file_unit_code_due_at", "case_file", ["unit_code", "due_at"], postgresql_where=running)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_case_file_unit_code_due_at", table_name="case_file")
    op.drop_index("ix_case_file_due_at", table_name="case_file")
    op.drop_constraint(op.f("fk_case_file_limit_id"), "case_file", type_="foreignkey")
    for column in ("clock_stopped_at", "due_at", "limit_id"):
        op.drop_column("case_file", column)
    op.execute("DROP TRIGGER class_limit_is_never_changed ON class_limit")
    op.execute("DROP FUNCTION refuse_changed_limit()")
    op.drop_table("class_limit")
    op.drop_table("office_hours")
    op.drop_table("calendar_day")
