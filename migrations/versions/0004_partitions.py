"""monthly partitions of reports, cases and steps; what lists of cases show stands on the case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The id says the month, so one look at a case number or an id leads to one partition.
SERIALS = 1_000_000_000
PARTED = {"incident_report": "id", "case_file": "id", "case_step": "case_id"}
OPEN = "state NOT IN ('closed', 'force_closed', 'refused', 'voided', 'merged')"
# A month's three tables, in a schema of their own so that the tables of the city stay in sight; false when the month is there already,
# or when rows of it wait in the net (they stay there: rows that others refer to are not moved).
MAKE_MONTH = """
CREATE FUNCTION make_month(month integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    first bigint := month::bigint * 1000000000;
    part record;
BEGIN
    IF to_regclass('monthly.case_file_' || month) IS NOT NULL OR EXISTS (
        SELECT FROM monthly.incident_report_net WHERE id >= first AND id < first + 1000000000
        UNION ALL SELECT FROM monthly.case_file_net WHERE id >= first AND id < first + 1000000000
    ) THEN
        RETURN false;
    END IF;
    FOR part IN SELECT unnest(ARRAY['incident_report', 'case_file', 'case_step']) AS whole LOOP
        EXECUTE format('CREATE TABLE monthly.%I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
            part.whole || '_' || month, part.whole, first, first + 1000000000);
    END LOOP;
    PERFORM finish_month('_' || month);
    RETURN true;
END $$;
CREATE FUNCTION finish_month(suffix text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- a number belongs to one month, so unique within the month is unique
    EXECUTE format('CREATE UNIQUE INDEX %I ON monthly.%I (case_no)', 'uq_case_file_case_no' || suffix, 'case_file' || suffix);
    EXECUTE format(
        'CREATE TRIGGER case_step_is_never_emptied BEFORE TRUNCATE ON monthly.%I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
        'case_step' || suffix
    );
END $$;
"""
NET = """
CREATE TABLE monthly.incident_report_net PARTITION OF incident_report DEFAULT;
CREATE TABLE monthly.case_file_net PARTITION OF case_file DEFAULT;
CREATE TABLE monthly.case_step_net PARTITION OF case_step DEFAULT;
SELECT finish_month('_net');
"""
NEEDED_MONTHS = """
SELECT make_month(month) FROM (
    SELECT DISTINCT (id / 1000000000)::integer AS month FROM numbered
    UNION SELECT to_char(now() + make_interval(months => ahead), 'YYYYMM')::integer FROM generate_series(-1, 2) AS ahead
) AS needed
WHERE month BETWEEN 190001 AND 999912
ORDER BY month
"""
# Old rows keep their case numbers; the id of a case is the month of its number and the serial it had, its report's is the same.
NUMBER = """
CREATE TABLE apart.numbered AS
SELECT old.id AS old_id, old.report_id AS old_report_id, old.parent_id IS NOT NULL AS is_part,
    left(old.case_no, 6)::bigint * 1000000000 + old.id AS id
FROM apart.case_file AS old;
CREATE UNIQUE INDEX ON apart.numbered (old_id);
CREATE INDEX ON apart.numbered (old_report_id) WHERE NOT is_part;
ANALYZE apart.numbered;
"""
FILL = """
INSERT INTO incident_report (
    id, source, source_ref, client_request_id, reported_at, received_at, raw_x, raw_y, raw_crs, accuracy_m, point, kind, class_code,
    description, address
)
SELECT
    numbered.id, old.source, old.source_ref, old.client_request_id, old.reported_at, old.received_at, old.raw_x, old.raw_y, old.raw_crs,
    old.accuracy_m, old.point, old.kind, old.class_code, old.description, old.address
FROM apart.incident_report AS old
INNER JOIN apart.numbered ON numbered.old_report_id = old.id AND NOT numbered.is_part
ORDER BY numbered.id;
INSERT INTO case_file (
    id, case_no, report_id, state, version, kind, class_code, unit_code, parent_id, merged_into_id, manual_override, limit_id, due_at,
    clock_stopped_at, opened_at, basis, edition_id, district_code, street_office_code, community_code, unit_grid_code, shared_with,
    border_distance_m, segment_code, segment_distance_m, zone_code, appointment_id, person_id, source, reported_at, reported_by, point,
    description, address
)
SELECT
    numbered.id, old.case_no, whole.id, old.state, old.version, old.kind, old.class_code, old.unit_code, parent.id, target.id,
    old.manual_override, old.limit_id, old.due_at, old.clock_stopped_at, old.opened_at, old.basis, old.edition_id, old.district_code,
    old.street_office_code, old.community_code, old.unit_grid_code, old.shared_with, old.border_distance_m, old.segment_code,
    old.segment_distance_m, old.zone_code, old.appointment_id, old.person_id, report.source, report.reported_at, first_step.actor,
    report.point, report.description, report.address
FROM apart.case_file AS old
INNER JOIN apart.numbered ON numbered.old_id = old.id
INNER JOIN apart.numbered AS whole ON whole.old_report_id = old.report_id AND NOT whole.is_part
INNER JOIN apart.incident_report AS report ON report.id = old.report_id
INNER JOIN apart.case_step AS first_step ON first_step.case_id = whole.old_id AND first_step.seq = 1
LEFT JOIN apart.numbered AS parent ON parent.old_id = old.parent_id
LEFT JOIN apart.numbered AS target ON target.old_id = old.merged_into_id
ORDER BY numbered.id;
INSERT INTO case_step (
    case_id, seq, action, from_state, to_state, at, actor, reason, channel, ip, position, client_request_id, details
)
SELECT
    numbered.id, old.seq, old.action, old.from_state, old.to_state, old.at, old.actor, old.reason, old.channel, old.ip, old.position,
    old.client_request_id, old.details
FROM apart.case_step AS old
INNER JOIN apart.numbered ON numbered.old_id = old.case_id
ORDER BY numbered.id, old.seq;
INSERT INTO report_key (key, report_id)
SELECT 'request:' || client_request_id, id FROM incident_report WHERE client_request_id IS NOT NULL
UNION ALL
SELECT 'source:' || source || ':' || source_ref, id FROM incident_report WHERE source_ref IS NOT NULL;
SELECT setval('case_serial', greatest((SELECT max(old_id) FROM apart.numbered), 1), (SELECT count(*) > 0 FROM apart.numbered));
"""
TRIGGERS = """
CREATE OR REPLACE FUNCTION case_is_where_its_newest_step_led() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this bigint;
BEGIN
    -- on a partition the table has another name: the trigger's argument says which of the two it is
    IF TG_ARGV[0] = 'case' THEN this := NEW.id; ELSE this := NEW.case_id; END IF;
    IF NOT EXISTS (
        SELECT FROM case_file
        INNER JOIN case_step ON case_step.case_id = case_file.id AND case_step.seq = case_file.version
        WHERE case_file.id = this AND case_step.case_id = this AND case_step.to_state = case_file.state
            AND NOT EXISTS (SELECT FROM case_step AS later WHERE later.case_id = this AND later.seq > case_file.version)
    ) THEN
        RAISE EXCEPTION 'case % is not where its newest step led', this USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER incident_report_is_never_changed BEFORE UPDATE OR DELETE ON incident_report
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_step_is_never_changed BEFORE UPDATE OR DELETE ON case_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE CONSTRAINT TRIGGER case_file_moves_by_steps AFTER INSERT OR UPDATE OF state, version ON case_file
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION case_is_where_its_newest_step_led('case');
CREATE CONSTRAINT TRIGGER case_step_moves_its_case AFTER INSERT ON case_step
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.seq > 1) EXECUTE FUNCTION case_is_where_its_newest_step_led('step');
CREATE TRIGGER case_step_is_never_emptied BEFORE TRUNCATE ON case_step FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
FOREIGN_KEYS = (
    ("case_file", "report_id", "incident_report", "id"),
    ("case_file", "unit_code", "handling_unit", "code"),
    ("case_file", "parent_id", "case_file", "id"),
    ("case_file", "merged_into_id", "case_file", "id"),
    ("case_file", "limit_id", "class_limit", "id"),
    ("case_file", "edition_id", "boundary_edition", "id"),
    ("case_file", "appointment_id", "appointment", "id"),
    ("case_file", "person_id", "person", "id"),
    ("case_step", "case_id", "case_file", "id"),
    ("report_key", "report_id", "incident_report", "id"),
)
RUNNING = "is_open AND clock_stopped_at IS NULL"
# name → (columns, condition); what a list is narrowed by, then what it is ordered by
CASE_INDEXES = {
    "parent_id": ("parent_id", "parent_id IS NOT NULL"),
    "merged_into_id": ("merged_into_id", "merged_into_id IS NOT NULL"),
    "suspended": ("id", "state = 'suspended'"),
    "opened_at": ("opened_at", None),
    "due_at": ("due_at, id", RUNNING),
    "unit_code_due_at": ("unit_code, due_at, id", RUNNING),
    **{f"{column}_id": (f"{column}, id", None)
       for column in ("district_code", "street_office_code", "community_code", "unit_grid_code", "unit_code", "zone_code", "segment_code",
                      "person_id", "reported_by")},
    **{f"open_{column}": (f"{column}, state", "is_open")
       for column in ("district_code", "street_office_code", "community_code", "unit_grid_code", "unit_code", "zone_code", "segment_code",
                      "person_id")},
    "open_state": ("state, id", "is_open"),
}  # fmt: skip


def upgrade() -> None:
    """Apply; every report, case and step stays, under the same case number."""
    for statement in ("CREATE SCHEMA monthly", "CREATE SCHEMA apart", "CREATE SEQUENCE case_serial AS bigint MAXVALUE 999999999"):
        op.execute(statement)
    for table in PARTED:
        op.execute(f"ALTER TABLE {table} SET SCHEMA apart")
    for table, column in PARTED.items():
        op.execute(
            f"CREATE TABLE {table} (LIKE apart.{table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE ({column})"
        )  # fmt: skip
    op.drop_column("case_step", "id")
    _add_case_columns()
    op.create_table(
        "report_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_report_key")),
    )
    for statement in (MAKE_MONTH, NET, NUMBER, NEEDED_MONTHS.replace("FROM numbered", "FROM apart.numbered"), FILL):
        op.execute(statement)
    _add_keys_and_indexes()
    op.execute(TRIGGERS)
    op.execute("DROP SCHEMA apart CASCADE")


def _add_case_columns() -> None:
    op.add_column("case_file", sa.Column("source", sa.Text(), nullable=False))
    op.add_column("case_file", sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False))
    op.add_column("case_file", sa.Column("reported_by", sa.Text(), nullable=False))
    op.execute("ALTER TABLE case_file ADD COLUMN point geometry(POINT) NOT NULL")
    op.add_column("case_file", sa.Column("description", sa.Text(), server_default="", nullable=False))
    op.add_column("case_file", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("case_file", sa.Column("is_open", sa.Boolean(), sa.Computed(OPEN, persisted=True), nullable=False))
    op.create_check_constraint(op.f("ck_case_file_report"), "case_file", "parent_id IS NOT NULL OR report_id = id")
    op.create_check_constraint(op.f("ck_case_file_month"), "case_file", "left(case_no, 6) = (id / 1000000000)::text")
    srid = op.get_bind().scalar(sa.text("SELECT storage_srid FROM city_profile"))
    if srid is not None:
        op.create_check_constraint(op.f("enforce_srid_point"), "case_file", f"st_srid(point) = {srid:d}")


def _add_keys_and_indexes() -> None:
    op.create_primary_key(op.f("pk_incident_report"), "incident_report", ["id"])
    op.create_primary_key(op.f("pk_case_file"), "case_file", ["id"])
    op.create_primary_key(op.f("pk_case_step"), "case_step", ["case_id", "seq"])
    for table, column, other, key in FOREIGN_KEYS:
        later = {"deferrable": True, "initially": "DEFERRED"} if table == "report_key" else {}
        op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, other, [column], [key], **later)
    op.execute("CREATE INDEX ix_report_key_report_id ON report_key (report_id)")
    op.execute("CREATE INDEX ix_incident_report_point ON incident_report USING gist (point)")
    op.execute("CREATE INDEX ix_incident_report_reported_at ON incident_report (reported_at)")
    op.execute(
        "CREATE UNIQUE INDEX uq_case_step_case_id_client_request_id ON case_step (case_id, client_request_id)"
        " WHERE client_request_id IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX ix_case_file_open_board ON case_file (district_code, street_office_code, community_code, state, due_at)"
        " INCLUDE (clock_stopped_at) WHERE is_open"
    )
    op.execute("CREATE INDEX ix_case_step_asked ON case_step (case_id, seq) WHERE action IN ('request_extension', 'request_appeal')")
    op.execute("CREATE INDEX ix_case_file_open_point ON case_file USING gist (point) WHERE is_open")
    for name, (columns, condition) in CASE_INDEXES.items():
        op.execute(f"CREATE INDEX ix_case_file_{name} ON case_file ({columns})" + (f" WHERE {condition}" if condition else ""))


# What 0003 had, for the way back.
BACK_INDEXES = """
ALTER TABLE incident_report ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;
ALTER TABLE case_file ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;
ALTER TABLE incident_report ADD CONSTRAINT uq_incident_report_client_request_id UNIQUE (client_request_id);
ALTER TABLE incident_report ADD CONSTRAINT uq_incident_report_source_source_ref UNIQUE (source, source_ref);
ALTER TABLE case_file ADD CONSTRAINT uq_case_file_case_no UNIQUE (case_no);
ALTER TABLE case_step ADD CONSTRAINT uq_case_step_case_id_seq UNIQUE (case_id, seq);
CREATE UNIQUE INDEX uq_case_file_report_id ON case_file (report_id) WHERE parent_id IS NULL;
CREATE INDEX ix_case_file_parent_id ON case_file (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX ix_case_file_merged_into_id ON case_file (merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX ix_case_file_suspended ON case_file (id) WHERE state = 'suspended';
CREATE INDEX ix_case_file_unit_code_state ON case_file (unit_code, state);
CREATE INDEX ix_case_file_unit_grid_code ON case_file (unit_grid_code);
CREATE INDEX ix_case_file_zone_code_state ON case_file (zone_code, state);
CREATE INDEX ix_case_file_person_id_state ON case_file (person_id, state);
CREATE INDEX ix_case_file_opened_at ON case_file (opened_at);
CREATE INDEX ix_case_file_due_at ON case_file (due_at) WHERE clock_stopped_at IS NULL;
CREATE INDEX ix_case_file_unit_code_due_at ON case_file (unit_code, due_at) WHERE clock_stopped_at IS NULL;
CREATE INDEX ix_incident_report_point ON incident_report USING gist (point);
CREATE INDEX ix_incident_report_reported_at ON incident_report (reported_at);
CREATE UNIQUE INDEX uq_case_step_case_id_client_request_id ON case_step (case_id, client_request_id) WHERE client_request_id IS NOT NULL;
SELECT setval(pg_get_serial_sequence(whole, 'id'), (SELECT last_value FROM case_serial), (SELECT is_called FROM case_serial))
FROM unnest(ARRAY['incident_report', 'case_file']) AS whole;
"""
BACK_TRIGGERS = """
CREATE OR REPLACE FUNCTION case_is_where_its_newest_step_led() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER incident_report_is_never_changed BEFORE UPDATE OR DELETE ON incident_report
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_step_is_never_changed BEFORE UPDATE OR DELETE ON case_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE CONSTRAINT TRIGGER case_file_moves_by_steps AFTER INSERT OR UPDATE OF state, version ON case_file
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION case_is_where_its_newest_step_led();
CREATE CONSTRAINT TRIGGER case_step_moves_its_case AFTER INSERT ON case_step
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.seq > 1) EXECUTE FUNCTION case_is_where_its_newest_step_led();
CREATE TRIGGER case_step_is_never_emptied BEFORE TRUNCATE ON case_step FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
ADDED = ("source", "reported_at", "reported_by", "point", "description", "address", "is_open")
# Columns that change on the way back; all others go over as they are.
RENUMBERED = {"incident_report": ("id",), "case_file": ("id", "report_id", "parent_id", "merged_into_id"), "case_step": ("case_id",)}


def downgrade() -> None:
    """Undo; every report, case and step stays, under the same case number and the serial for an id."""
    op.execute("CREATE SCHEMA apart")
    for table in PARTED:
        op.execute(f"ALTER TABLE {table} SET SCHEMA apart")
    for table in PARTED:
        op.execute(f"CREATE TABLE {table} (LIKE apart.{table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    for name in ("ck_case_file_report", "ck_case_file_month", "enforce_srid_point"):
        op.execute(f"ALTER TABLE case_file DROP CONSTRAINT IF EXISTS {name}")
    for name in ADDED:
        op.drop_column("case_file", name)
    for table in PARTED:
        _fill_back(table)
    op.execute("ALTER TABLE case_step ADD COLUMN id bigint GENERATED BY DEFAULT AS IDENTITY")  # in the order they were filled in
    for table in PARTED:
        op.create_primary_key(op.f(f"pk_{table}"), table, ["id"])
    op.execute("DROP TABLE report_key")
    op.execute("DROP SCHEMA apart CASCADE")
    op.execute(BACK_INDEXES)
    for table, column, other, key in FOREIGN_KEYS:
        if table != "report_key":
            op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, other, [column], [key])
    op.execute(BACK_TRIGGERS)
    op.execute("DROP SEQUENCE case_serial")
    op.execute("DROP FUNCTION make_month(integer), finish_month(text)")
    op.execute("DROP SCHEMA monthly")


def _fill_back(table: str) -> None:
    """Fill a table of 0003 from the partitions that were moved apart, in the order of ids."""
    columns = [
        row.attname
        for row in op.get_bind().execute(
            sa.text("SELECT attname FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped"),
            {"name": table},
        )
    ]
    values = [f"{name} % {SERIALS} AS {name}" if name in RENUMBERED[table] else name for name in columns]
    order = ", ".join(name for name in ("id", "case_id", "seq") if name in columns)
    op.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM apart.{table} ORDER BY {order}")
