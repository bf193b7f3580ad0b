"""a case stands in the indexes of open cases or in those of cases that are over; steps refer to the cases of their month."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NARROWED_BY = (
    "district_code", "street_office_code", "community_code", "unit_grid_code", "unit_code", "zone_code", "segment_code", "person_id",
    "reported_by",
)  # fmt: skip
HAS_UNIT = {"unit_code": " AND unit_code IS NOT NULL"}
RUNNING = "is_open AND clock_stopped_at IS NULL"
BOARD = "state, street_office_code, community_code, due_at, clock_stopped_at"
# The reference of a month's steps is checked against that month alone, however long the history is.
FINISH_MONTH = """
CREATE OR REPLACE FUNCTION finish_month(suffix text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- a number belongs to one month, so unique within the month is unique
    EXECUTE format('CREATE UNIQUE INDEX %I ON monthly.%I (case_no)', 'uq_case_file_case_no' || suffix, 'case_file' || suffix);
    EXECUTE format(
        'CREATE TRIGGER case_step_is_never_emptied BEFORE TRUNCATE ON monthly.%I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
        'case_step' || suffix
    );{refer}
END $$
"""
REFER = """
    EXECUTE format(
        'ALTER TABLE monthly.%I ADD CONSTRAINT fk_case_step_case_id FOREIGN KEY (case_id) REFERENCES monthly.%I (id)',
        'case_step' || suffix, 'case_file' || suffix
    );"""
IN_EVERY_MONTH = """
DO $$
DECLARE
    part text;
BEGIN
    FOR part IN
        SELECT relname FROM pg_inherits INNER JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'case_step'::regclass ORDER BY 1
    LOOP
        EXECUTE format('ALTER TABLE monthly.%I {change}', part{more});
    END LOOP;
END $$
"""
ADD = "ADD CONSTRAINT fk_case_step_case_id FOREIGN KEY (case_id) REFERENCES monthly.%I (id)"


def upgrade() -> None:
    """Apply."""
    for name in ("point", "reported_at"):
        op.drop_index(f"ix_incident_report_{name}", "incident_report")
    op.drop_index("ix_report_key_report_id", "report_key")
    for name in ("open_board", "due_at", "unit_code_due_at"):
        op.drop_index(f"ix_case_file_{name}", "case_file")
    op.execute(f"CREATE INDEX ix_case_file_due_at ON case_file (due_at, id) WHERE {RUNNING} AND due_at IS NOT NULL")
    op.execute(
        "CREATE INDEX ix_case_file_unit_code_due_at ON case_file (unit_code, due_at, id)"
        f" WHERE {RUNNING} AND due_at IS NOT NULL{HAS_UNIT['unit_code']}"
    )
    for name in NARROWED_BY:
        has = HAS_UNIT.get(name, "")
        op.execute(f"CREATE INDEX ix_case_file_over_{name} ON case_file ({name}, id) WHERE NOT is_open{has}")
        op.drop_index(f"ix_case_file_{name}_id", "case_file")
    for name, counted in {"district_code": BOARD, "unit_code": "state"}.items():
        op.drop_index(f"ix_case_file_open_{name}", "case_file")
        has = HAS_UNIT.get(name, "")
        op.execute(f"CREATE INDEX ix_case_file_open_{name} ON case_file ({name}, id) INCLUDE ({counted}) WHERE is_open{has}")
    op.execute("ALTER TABLE case_step DROP CONSTRAINT fk_case_step_case_id")
    op.execute(IN_EVERY_MONTH.format(change=ADD, more=", replace(part, 'step', 'file')"))
    op.execute(FINISH_MONTH.format(refer=REFER))


def downgrade() -> None:
    """Undo."""
    op.execute(FINISH_MONTH.format(refer=""))
    op.execute(IN_EVERY_MONTH.format(change="DROP CONSTRAINT fk_case_step_case_id", more=""))
    op.create_foreign_key("fk_case_step_case_id", "case_step", "case_file", ["case_id"], ["id"])
    for name in ("district_code", "unit_code"):
        op.drop_index(f"ix_case_file_open_{name}", "case_file")
        op.execute(f"CREATE INDEX ix_case_file_open_{name} ON case_file ({name}, id) INCLUDE (state) WHERE is_open")
    for name in NARROWED_BY:
        op.drop_index(f"ix_case_file_over_{name}", "case_file")
        op.execute(f"CREATE INDEX ix_case_file_{name}_id ON case_file ({name}, id)")
    for name, columns in {"due_at": "due_at, id", "unit_code_due_at": "unit_code, due_at, id"}.items():
        op.drop_index(f"ix_case_file_{name}", "case_file")
        op.execute(f"CREATE INDEX ix_case_file_{name} ON case_file ({columns}) WHERE {RUNNING}")
    op.execute(
        "CREATE INDEX ix_case_file_open_board ON case_file (district_code, street_office_code, community_code, state, due_at)"
        " INCLUDE (clock_stopped_at) WHERE is_open"
    )
    op.execute("CREATE INDEX ix_report_key_report_id ON report_key (report_id)")
    op.execute("CREATE INDEX ix_incident_report_reported_at ON incident_report (reported_at)")
    op.execute("CREATE INDEX ix_incident_report_point ON incident_report USING gist (point)")
