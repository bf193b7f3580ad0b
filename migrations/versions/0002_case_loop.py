"""the case loop: handling units, what a case carries through the workflow, steps that move it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATES = (
    "'reported', 'pending_verification', 'unfounded', 'pending_filing', 'pending_dispatch', 'returned_to_intake', 'returned_to_dispatch', "
    "'pending_handling', 'handling', 'pending_confirmation', 'pending_check', 'pending_closing', 'suspended', 'split', 'closed', "
    "'force_closed', 'refused', 'voided', 'merged'"
)
WITH_A_UNIT = "'pending_handling', 'handling', 'pending_confirmation', 'pending_check'"
WITHOUT_A_UNIT = (
    "'reported', 'pending_verification', 'unfounded', 'pending_filing', 'pending_dispatch', 'returned_to_intake', "
    "'returned_to_dispatch', 'split', 'refused', 'voided', 'merged'"
)
# Cases opened before carry what their report says, and the number of their newest step.
FILL = """
UPDATE case_file
SET
    kind = incident_report.kind,
    class_code = incident_report.class_code,
    version = (SELECT max(seq) FROM case_step WHERE case_id = case_file.id)
FROM incident_report
WHERE incident_report.id = case_file.report_id;
"""
# A case is where its newest step led to. Asked when the transaction ends, so that step and case may be written in either order.
STEP_AND_STATE = """
CREATE FUNCTION case_is_where_its_newest_step_led() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this bigint := CASE WHEN TG_TABLE_NAME = 'case_file' THEN (to_jsonb(NEW) ->> 'id')::bigint ELSE (to_jsonb(NEW) ->> 'case_id')::bigint END;
BEGIN
    IF NOT EXISTS (
        SELECT FROM case_file
        INNER JOIN case_step ON case_step.case_id = case_file.id AND case_step.seq = case_file.version
        WHERE case_file.id = this AND case_step.to_state = case_file.state
            AND NOT EXISTS (SELECT FROM case_step AS later WHERE later.case_id = this AND later.seq > case_file.version)
    ) THEN
        RAISE EXCEPTION 'case % is not where its newest step led', this USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER case_file_moves_by_steps AFTER INSERT OR UPDATE OF state, version ON case_file
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION case_is_where_its_newest_step_led();
CREATE CONSTRAINT TRIGGER case_step_moves_its_case AFTER INSERT ON case_step
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.seq > 1) EXECUTE FUNCTION case_is_where_its_newest_step_led();
CREATE TRIGGER case_step_is_never_emptied BEFORE TRUNCATE ON case_step FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
# Undoing may not lose what was done: only a database whose cases were all just opened goes back.
REFUSE_TO_LOSE = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM case_step WHERE action NOT IN ('report', 'assign')) THEN
        RAISE EXCEPTION 'cases have gone on since; undoing this migration would lose their steps';
    END IF;
END $$;
"""
STEP_COLUMNS = ("channel", "ip", "position", "client_request_id")
CHECKS = {
    "state": f"state IN ({STATES})",
    "unit": f"unit_code IS NOT NULL OR state NOT IN ({WITH_A_UNIT})",
    "no_unit": f"unit_code IS NULL OR state NOT IN ({WITHOUT_A_UNIT})",
    "merged": "(merged_into_id IS NOT NULL) = (state = 'merged')",
    "class": "(kind IS NULL) = (class_code IS NULL)",
}


def upgrade() -> None:
    """Apply; every case and step stays as it is."""
    op.create_table(
        "handling_unit",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_level", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.CheckConstraint("(area_level IS NULL) = (area_code IS NULL)", name=op.f("ck_handling_unit_area")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_handling_unit")),
    )
    for name in STEP_COLUMNS:
        op.add_column("case_step", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("case_step", sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))
    for name, kind in (("version", sa.Integer()), ("kind", sa.Text()), ("class_code", sa.Text()), ("unit_code", sa.Text()),
                       ("parent_id", sa.BigInteger()), ("merged_into_id", sa.BigInteger())):  # fmt: skip
        op.add_column("case_file", sa.Column(name, kind, nullable=True))
    op.add_column("case_file", sa.Column("manual_override", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute(FILL)
    op.alter_column("case_file", "version", nullable=False)
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_case_file_{name}"), "case_file", condition)
    op.create_foreign_key(op.f("fk_case_file_unit_code"), "case_file", "handling_unit", ["unit_code"], ["code"])
    for name in ("parent_id", "merged_into_id"):
        op.create_foreign_key(op.f(f"fk_case_file_{name}"), "case_file", "case_file", [name], ["id"])
        op.create_index(f"ix_case_file_{name}", "case_file", [name], postgresql_where=sa.text(f"{name} IS NOT NULL"))
    op.create_index("ix_case_file_suspended", "case_file", ["id"], postgresql_where=sa.text("state = 'suspended'"))
    op.create_index("ix_case_file_unit_code_state", "case_file", ["unit_code", "state"])
    op.drop_constraint(op.f("uq_case_file_report_id"), "case_file", type_="unique")
    op.create_index("uq_case_file_report_id", "case_file", ["report_id"], unique=True, postgresql_where=sa.text("parent_id IS NULL"))
    op.create_index(
        "uq_case_step_case_id_client_request_id", "case_step", ["case_id", "client_request_id"], unique=True,
        postgresql_where=sa.text("client_request_id IS NOT NULL"),
    )  # fmt: skip
    op.execute(STEP_AND_STATE)


def downgrade() -> None:
    """Undo; refused when a case has gone on since."""
    op.execute(REFUSE_TO_LOSE)
    op.execute("DROP TRIGGER case_step_is_never_emptied ON case_step")
    op.execute("DROP TRIGGER case_step_moves_its_case ON case_step")
    op.execute("DROP TRIGGER case_file_moves_by_steps ON case_file")
    op.execute("DROP FUNCTION case_is_where_its_newest_step_led()")
    op.drop_index("uq_case_step_case_id_client_request_id", table_name="case_step")
    for name in (*STEP_COLUMNS, "details"):
        op.drop_column("case_step", name)
    op.drop_index("ix_case_file_suspended", table_name="case_file")
    op.drop_index("uq_case_file_report_id", table_name="case_file")
    op.create_unique_constraint(op.f("uq_case_file_report_id"), "case_file", ["report_id"])
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_case_file_{name}"), "case_file", type_="check")
    for name in ("version", "kind", "class_code", "unit_code", "parent_id", "merged_into_id", "manual_override"):
        op.drop_column("case_file", name)
    op.drop_table("handling_unit")
