"""patrols and frontages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PLACE = ("zone_code", "district_code", "street_office_code", "community_code")
KEEP = """
CREATE TRIGGER patrol_batch_is_never_changed BEFORE UPDATE OR DELETE ON patrol_batch
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER frontage_check_is_never_changed BEFORE UPDATE OR DELETE ON frontage_check
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
# A city that is there already has its coordinate system; the new columns keep to it at once.
ENFORCE = """
DO $$
DECLARE
    srid integer := (SELECT storage_srid FROM city_profile);
BEGIN
    IF srid IS NOT NULL THEN
        EXECUTE format('ALTER TABLE patrol ADD CONSTRAINT enforce_srid_line CHECK (st_srid(line) = %s)', srid);
        EXECUTE format('ALTER TABLE frontage ADD CONSTRAINT enforce_srid_point CHECK (st_srid(point) = %s)', srid);
    END IF;
END $$;
"""
ENDED = "to_state IN ('closed', 'force_closed', 'refused', 'voided', 'merged') AND from_state <> to_state"
REFUSE_TO_LOSE = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM patrol) OR EXISTS (SELECT FROM frontage) THEN
        RAISE EXCEPTION 'patrols and frontages would be lost; export and empty these tables first' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "patrol_rule",
        sa.Column("valid_from", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("within_m", "covered_share", "worst_accuracy_m")),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("longest_gap_s", "longest_gap_m", "fastest_m_s")),
        sa.CheckConstraint("within_m > 0 AND covered_share > 0 AND covered_share <= 1", name=op.f("ck_patrol_rule_covered")),
        sa.CheckConstraint(
            "worst_accuracy_m > 0 AND longest_gap_s > 0 AND longest_gap_m > 0 AND fastest_m_s > 0", name=op.f("ck_patrol_rule_track")
        ),
        sa.PrimaryKeyConstraint("valid_from", name=op.f("pk_patrol_rule")),
    )
    _patrols()
    _frontages()
    _days()
    op.execute(KEEP)
    op.execute(ENFORCE)


def _patrols() -> None:
    op.create_table(
        "patrol",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("line", Geometry("MULTILINESTRING", srid=0, spatial_index=False), nullable=True),
        sa.Column("length_m", sa.Double(), sa.Computed("coalesce(st_length(line), 0)", persisted=True), nullable=False),
        sa.Column("point_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in PLACE),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_patrol_times")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_patrol_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol")),
        sa.UniqueConstraint("key", name=op.f("uq_patrol_key")),
    )
    op.create_index("ix_patrol_open", "patrol", ["person_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index("ix_patrol_person_id", "patrol", ["person_id", "started_at"])
    op.create_index("ix_patrol_started_at", "patrol", ["started_at"])
    op.create_index("ix_patrol_street_office_code", "patrol", ["street_office_code", "started_at"])
    op.create_index("ix_patrol_line", "patrol", ["line", "started_at"], postgresql_using="gist")
    op.create_table(
        "patrol_batch",
        sa.Column("patrol_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *(sa.Column(name, postgresql.ARRAY(sa.Double()), nullable=False) for name in ("at_s", "lon", "lat", "accuracy_m")),
        sa.CheckConstraint(
            "cardinality(at_s) = cardinality(lon) AND cardinality(at_s) = cardinality(lat) AND cardinality(at_s) = cardinality(accuracy_m)",
            name=op.f("ck_patrol_batch_lengths"),
        ),
        sa.ForeignKeyConstraint(["patrol_id"], ["patrol.id"], name=op.f("fk_patrol_batch_patrol_id")),
        sa.PrimaryKeyConstraint("patrol_id", "seq", name=op.f("pk_patrol_batch")),
    )


def _frontages() -> None:
    op.create_table(
        "frontage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("shop_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("segment_code", sa.Text(), nullable=True),
        sa.Column("point", Geometry("POINT", srid=0, spatial_index=False), nullable=True),
        sa.Column("shop_head_id", sa.Integer(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in PLACE),
        sa.CheckConstraint("point IS NOT NULL OR segment_code IS NOT NULL", name=op.f("ck_frontage_place")),
        sa.ForeignKeyConstraint(["shop_head_id"], ["person.id"], name=op.f("fk_frontage_shop_head_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frontage")),
        sa.UniqueConstraint("code", name=op.f("uq_frontage_code")),
    )
    for column in ("zone_code", "segment_code", "street_office_code", "shop_head_id"):
        op.create_index(f"ix_frontage_{column}", "frontage", [column])
    op.create_table(
        "frontage_check",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("frontage_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("sanitation", sa.Boolean(), nullable=False),
        sa.Column("greenery", sa.Boolean(), nullable=True),
        sa.Column("public_order", sa.Boolean(), nullable=False),
        sa.Column(
            "passed", sa.Boolean(), sa.Computed("sanitation AND public_order AND coalesce(greenery, true)", persisted=True), nullable=False
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("client_request_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["frontage_id"], ["frontage.id"], name=op.f("fk_frontage_check_frontage_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_frontage_check_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frontage_check")),
        sa.UniqueConstraint("client_request_id", name=op.f("uq_frontage_check_client_request_id")),
    )
    op.create_index("ix_frontage_check_frontage_id", "frontage_check", ["frontage_id", "checked_at"])
    op.create_table(
        "frontage_check_photo",
        sa.Column("check_id", sa.BigInteger(), nullable=False),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["frontage_check.id"], name=op.f("fk_frontage_check_photo_check_id")),
        sa.PrimaryKeyConstraint("check_id", "photo", name=op.f("pk_frontage_check_photo")),
    )
    op.create_index("ix_frontage_check_photo_photo", "frontage_check_photo", ["photo"])


def _days() -> None:
    op.create_table(
        "case_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("street_office_code", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("opened", "closed", "timed", "in_time", "dropped")),
        sa.PrimaryKeyConstraint("day", "district_code", "street_office_code", name=op.f("pk_case_day")),
    )
    for column in ("district_code", "street_office_code"):
        op.create_index(f"ix_case_day_{column}", "case_day", [column, "day"])
    op.create_table(
        "case_day_done", sa.Column("day", sa.Date(), nullable=False), sa.PrimaryKeyConstraint("day", name=op.f("pk_case_day_done"))
    )
    op.create_index("ix_case_step_ended", "case_step", ["at"], postgresql_where=sa.text(ENDED))


def downgrade() -> None:
    """Undo."""
    op.execute(REFUSE_TO_LOSE)
    op.drop_index("ix_case_step_ended", table_name="case_step")
    for table in (
        "case_day_done", "case_day", "frontage_check_photo", "frontage_check", "frontage", "patrol_batch", "patrol", "patrol_rule",
    ):  # fmt: skip
        op.drop_table(table)
