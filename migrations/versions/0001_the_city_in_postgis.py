"""the city in PostGIS."""

from __future__ import annotations

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# What the tables cannot say: nothing is written over what was received or done, and a retired code stays retired.
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER incident_report_is_never_changed BEFORE UPDATE OR DELETE ON incident_report
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_step_is_never_changed BEFORE UPDATE OR DELETE ON case_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
REFUSE_RETIRED_CODE = """
CREATE FUNCTION refuse_retired_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM retired_code AS r
        WHERE r.level = NEW.level AND r.code = NEW.code AND (NEW.valid_to IS NULL OR NEW.valid_to > r.retired_on)
    ) THEN
        RAISE EXCEPTION 'code % of level % is retired and may not be used again', NEW.code, NEW.level
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER area_code_is_not_retired BEFORE INSERT ON area
    FOR EACH ROW EXECUTE FUNCTION refuse_retired_code();
"""


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column(
            "shape",
            geoalchemy2.types.Geometry(
                geometry_type="MULTIPOLYGON",
                srid=0,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "area_m2",
            sa.Double(),
            sa.Computed("st_area(shape)", persisted=True),
            nullable=True,
        ),
        sa.Column("geometry_source", sa.Text(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("land_use_class", sa.Text(), nullable=True),
        sa.Column("management_level", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("(level || '/' || code)"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_area_code_days",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_area_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    op.create_index("ix_area_level_code", "area", ["level", "code", "valid_from"], unique=False)
    op.create_index("ix_area_level_name", "area", ["level", "name"], unique=False)
    op.create_index("ix_area_level_parent_code", "area", ["level", "parent_code"], unique=False)
    op.create_index(
        "ix_area_shape_community",
        "area",
        ["shape"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("level = 'community'"),
    )
    op.create_index(
        "ix_area_shape_district",
        "area",
        ["shape"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("level = 'district'"),
    )
    op.create_index(
        "ix_area_shape_street_office",
        "area",
        ["shape"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("level = 'street_office'"),
    )
    op.create_index(
        "ix_area_shape_unit_grid",
        "area",
        ["shape"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("level = 'unit_grid'"),
    )
    op.create_table(
        "assessment_unit",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("league", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_assessment_unit")),
    )
    op.create_table(
        "boundary_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_boundary_edition_days",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_boundary_edition_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundary_edition")),
    )
    op.create_table(
        "city_profile",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("storage_srid", sa.Integer(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("code_scheme", sa.Text(), nullable=False),
        sa.Column("levels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("catalogue_standard", sa.Text(), nullable=False),
        sa.Column("snap_limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_city_profile_one_city")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_profile")),
    )
    op.create_table(
        "facility",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "point",
            geoalchemy2.types.Geometry(
                geometry_type="POINT",
                srid=0,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("unit_grid_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("maintainer", sa.Text(), nullable=True),
        sa.Column("surveyed_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("programme_year", sa.SmallInteger(), nullable=True),
        sa.Column("counts_toward_plan", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(programme IS NULL) = (programme_year IS NULL)",
            name=op.f("ck_facility_programme"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_facility")),
    )
    op.create_index("ix_facility_kind_status", "facility", ["kind", "status"], unique=False)
    op.create_index(
        "ix_facility_point",
        "facility",
        ["point"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index("ix_facility_unit_grid_code", "facility", ["unit_grid_code"], unique=False)
    op.create_table(
        "incident_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=True),
        sa.Column("client_request_id", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("raw_x", sa.Double(), nullable=False),
        sa.Column("raw_y", sa.Double(), nullable=False),
        sa.Column("raw_crs", sa.Text(), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column(
            "point",
            geoalchemy2.types.Geometry(
                geometry_type="POINT",
                srid=0,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("class_code", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind IS NULL) = (class_code IS NULL)",
            name=op.f("ck_incident_report_class"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_report")),
        sa.UniqueConstraint("client_request_id", name=op.f("uq_incident_report_client_request_id")),
        sa.UniqueConstraint("source", "source_ref", name=op.f("uq_incident_report_source_source_ref")),
    )
    op.create_index(
        "ix_incident_report_point",
        "incident_report",
        ["point"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(
        "ix_incident_report_reported_at",
        "incident_report",
        ["reported_at"],
        unique=False,
    )
    op.create_table(
        "ingest_mapping",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("source", "layer", name=op.f("pk_ingest_mapping")),
    )
    op.create_table(
        "ingest_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column("features", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "committed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_run")),
    )
    op.create_table(
        "managed_class",
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("major_name", sa.Text(), nullable=False),
        sa.Column("alias_2013", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("standard", "kind", "code", name=op.f("pk_managed_class")),
    )
    op.create_index("ix_managed_class_alias_2013", "managed_class", ["alias_2013"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("code", name=op.f("uq_person_code")),
    )
    op.create_table(
        "retired_code",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=False),
        sa.Column("successor_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("level", "code", name=op.f("pk_retired_code")),
    )
    op.create_table(
        "road_segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("road_class", sa.Text(), nullable=False),
        sa.Column(
            "line",
            geoalchemy2.types.Geometry(
                geometry_type="LINESTRING",
                srid=0,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "length_m",
            sa.Double(),
            sa.Computed("st_length(line)", persisted=True),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("code"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_road_segment_code_days",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_road_segment_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_segment")),
    )
    op.create_index("ix_road_segment_code", "road_segment", ["code"], unique=False)
    op.create_index(
        "ix_road_segment_line",
        "road_segment",
        ["line"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_table(
        "zone",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_zone")),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("zone_code", sa.Text(), nullable=True),
        sa.Column("segment_code", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("person_id"), "="),
            (sa.column("post"), "="),
            (sa.text("coalesce(zone_code, '')"), "="),
            (sa.text("coalesce(segment_code, '')"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_appointment_person_days",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("segment_code"), "="),
            (sa.text("coalesce(zone_code, '')"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            where=sa.text("segment_code IS NOT NULL AND post = 'shop_head'"),
            using="gist",
            name="ex_appointment_shop_head_days",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("segment_code"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            where=sa.text("segment_code IS NOT NULL AND post = 'road_chief'"),
            using="gist",
            name="ex_appointment_segment_chief_days",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("zone_code"), "="),
            (sa.column("post"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            where=sa.text("segment_code IS NULL AND post IN ('road_chief', 'building_head')"),
            using="gist",
            name="ex_appointment_zone_days",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_appointment_days")),
        sa.CheckConstraint(
            "zone_code IS NOT NULL OR segment_code IS NOT NULL",
            name=op.f("ck_appointment_target"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_appointment_person_id")),
        sa.ForeignKeyConstraint(["zone_code"], ["zone.code"], name=op.f("fk_appointment_zone_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_index("ix_appointment_person_id", "appointment", ["person_id"], unique=False)
    op.create_index("ix_appointment_segment_code", "appointment", ["segment_code"], unique=False)
    op.create_index("ix_appointment_zone_code", "appointment", ["zone_code"], unique=False)
    op.create_table(
        "area_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("old_code", sa.Text(), nullable=True),
        sa.Column("new_code", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("area_change_percent", sa.Double(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["boundary_edition.id"],
            name=op.f("fk_area_change_edition_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_change")),
    )
    op.create_index("ix_area_change_edition_id", "area_change", ["edition_id"], unique=False)
    op.create_table(
        "area_shape",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("min_zoom", sa.Integer(), nullable=False),
        sa.Column(
            "shape",
            geoalchemy2.types.Geometry(
                geometry_type="MULTIPOLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["area_id"],
            ["area.id"],
            name=op.f("fk_area_shape_area_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_shape")),
    )
    op.create_index("ix_area_shape_area_id", "area_shape", ["area_id"], unique=False)
    op.create_index(
        "ix_area_shape_shape",
        "area_shape",
        ["level", "min_zoom", "shape"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_table(
        "road_shape",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("min_zoom", sa.Integer(), nullable=False),
        sa.Column(
            "shape",
            geoalchemy2.types.Geometry(
                geometry_type="LINESTRING",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["road_segment.id"],
            name=op.f("fk_road_shape_segment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_shape")),
    )
    op.create_index("ix_road_shape_segment_id", "road_shape", ["segment_id"], unique=False)
    op.create_index(
        "ix_road_shape_shape",
        "road_shape",
        ["min_zoom", "shape"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_table(
        "assessment_membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("street_office_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("street_office_code"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_assessment_membership_days",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_assessment_membership_days")),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["assessment_unit.code"],
            name=op.f("fk_assessment_membership_unit_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_membership")),
    )
    op.create_table(
        "collection_house",
        sa.Column("facility_code", sa.Text(), nullable=False),
        sa.Column("compound", sa.Text(), nullable=True),
        sa.Column("households_served", sa.Integer(), nullable=True),
        sa.Column("capacity_t_per_day", sa.Double(), nullable=True),
        sa.Column("bin_washing", sa.Boolean(), nullable=True),
        sa.Column("drain", sa.Boolean(), nullable=True),
        sa.Column("deodorising", sa.Boolean(), nullable=True),
        sa.Column("vehicle_bay", sa.Boolean(), nullable=True),
        sa.Column("hand_wash", sa.Boolean(), nullable=True),
        sa.Column("smart_access", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["facility_code"],
            ["facility.code"],
            name=op.f("fk_collection_house_facility_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("facility_code", name=op.f("pk_collection_house")),
    )
    op.create_table(
        "demolition_site",
        sa.Column("facility_code", sa.Text(), nullable=False),
        sa.Column("site_kind", sa.Text(), nullable=False),
        sa.Column(
            "footprint",
            geoalchemy2.types.Geometry(
                geometry_type="MULTIPOLYGON",
                srid=0,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("road_segment_code", sa.Text(), nullable=True),
        sa.Column("builder", sa.Text(), nullable=True),
        sa.Column("contractor", sa.Text(), nullable=True),
        sa.Column("supervisor_unit", sa.Text(), nullable=True),
        sa.Column("permit_no", sa.Text(), nullable=True),
        sa.Column("permit_from", sa.Date(), nullable=True),
        sa.Column("permit_to", sa.Date(), nullable=True),
        sa.Column("permitted_hours", sa.Text(), nullable=True),
        sa.Column("quantities", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("carriers", sa.Text(), nullable=True),
        sa.Column(
            "route",
            geoalchemy2.types.Geometry(
                geometry_type="LINESTRING",
                srid=0,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("destination_code", sa.Text(), nullable=True),
        sa.Column("wash_bay", sa.Boolean(), nullable=True),
        sa.Column("fenced", sa.Boolean(), nullable=True),
        sa.Column("hardened", sa.Boolean(), nullable=True),
        sa.Column("covered", sa.Boolean(), nullable=True),
        sa.Column("dust_noise_sensors", sa.Boolean(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("capacity_m3", sa.Double(), nullable=True),
        sa.Column("remaining_m3", sa.Double(), nullable=True),
        sa.Column("intake_t_per_day", sa.Double(), nullable=True),
        sa.Column("accepted_categories", sa.Text(), nullable=True),
        sa.Column("service_life", sa.Text(), nullable=True),
        sa.Column("river_port", sa.Text(), nullable=True),
        sa.Column("city_side", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["facility_code"],
            ["facility.code"],
            name=op.f("fk_demolition_site_facility_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("facility_code", name=op.f("pk_demolition_site")),
    )
    op.create_table(
        "toilet",
        sa.Column("facility_code", sa.Text(), nullable=False),
        sa.Column("toilet_class", sa.SmallInteger(), nullable=True),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.Column("cubicles_male", sa.Integer(), nullable=True),
        sa.Column("cubicles_female", sa.Integer(), nullable=True),
        sa.Column("cubicles_accessible", sa.Integer(), nullable=True),
        sa.Column("family_toilet", sa.Boolean(), nullable=True),
        sa.Column("barrier_free", sa.Boolean(), nullable=True),
        sa.Column("building_area_m2", sa.Double(), nullable=True),
        sa.Column("plot_area_m2", sa.Double(), nullable=True),
        sa.Column("septic_tank", sa.Text(), nullable=True),
        sa.Column("smart_sensors", sa.Boolean(), nullable=True),
        sa.CheckConstraint("toilet_class BETWEEN 1 AND 3", name=op.f("ck_toilet_class")),
        sa.ForeignKeyConstraint(
            ["facility_code"],
            ["facility.code"],
            name=op.f("fk_toilet_facility_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("facility_code", name=op.f("pk_toilet")),
    )
    op.create_table(
        "transfer_station",
        sa.Column("facility_code", sa.Text(), nullable=False),
        sa.Column("station_class", sa.Text(), nullable=True),
        sa.Column("design_t_per_day", sa.Double(), nullable=True),
        sa.Column("site_area_m2", sa.Double(), nullable=True),
        sa.Column("building_distance_m", sa.Double(), nullable=True),
        sa.Column("green_belt_m", sa.Double(), nullable=True),
        sa.Column("truck_access", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "station_class IN ('I', 'II', 'III', 'IV', 'V')",
            name=op.f("ck_transfer_station_class"),
        ),
        sa.ForeignKeyConstraint(
            ["facility_code"],
            ["facility.code"],
            name=op.f("fk_transfer_station_facility_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("facility_code", name=op.f("pk_transfer_station")),
    )
    op.create_table(
        "zone_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("zone_code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("(level || '/' || area_code)"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_zone_member_days",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_zone_member_days")),
        sa.ForeignKeyConstraint(["zone_code"], ["zone.code"], name=op.f("fk_zone_member_zone_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone_member")),
    )
    op.create_index(
        "ix_zone_member_level_area_code",
        "zone_member",
        ["level", "area_code", "valid_from"],
        unique=False,
    )
    op.create_index("ix_zone_member_zone_code", "zone_member", ["zone_code"], unique=False)
    op.create_table(
        "case_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("street_office_code", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("unit_grid_code", sa.Text(), nullable=True),
        sa.Column(
            "shared_with",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("border_distance_m", sa.Double(), nullable=True),
        sa.Column("segment_code", sa.Text(), nullable=True),
        sa.Column("segment_distance_m", sa.Double(), nullable=True),
        sa.Column("zone_code", sa.Text(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_case_file_appointment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["boundary_edition.id"],
            name=op.f("fk_case_file_edition_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_case_file_person_id")),
        sa.ForeignKeyConstraint(["report_id"], ["incident_report.id"], name=op.f("fk_case_file_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("case_no", name=op.f("uq_case_file_case_no")),
        sa.UniqueConstraint("report_id", name=op.f("uq_case_file_report_id")),
    )
    op.create_index("ix_case_file_opened_at", "case_file", ["opened_at"], unique=False)
    op.create_index(
        "ix_case_file_person_id_state",
        "case_file",
        ["person_id", "state"],
        unique=False,
    )
    op.create_index("ix_case_file_unit_grid_code", "case_file", ["unit_grid_code"], unique=False)
    op.create_index(
        "ix_case_file_zone_code_state",
        "case_file",
        ["zone_code", "state"],
        unique=False,
    )
    op.create_table(
        "case_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_step_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_case_step_case_id_seq")),
    )
    op.execute(REFUSE_CHANGE)
    op.execute(REFUSE_RETIRED_CODE)


def downgrade() -> None:
    """Undo; the extensions stay."""
    op.execute("DROP TRIGGER area_code_is_not_retired ON area")
    op.execute("DROP TRIGGER case_step_is_never_changed ON case_step")
    op.execute("DROP TRIGGER incident_report_is_never_changed ON incident_report")
    op.execute("DROP FUNCTION refuse_retired_code()")
    op.execute("DROP FUNCTION refuse_change()")
    op.drop_table("case_step")
    op.drop_index("ix_case_file_zone_code_state", table_name="case_file")
    op.drop_index("ix_case_file_unit_grid_code", table_name="case_file")
    op.drop_index("ix_case_file_person_id_state", table_name="case_file")
    op.drop_index("ix_case_file_opened_at", table_name="case_file")
    op.drop_table("case_file")
    op.drop_index("ix_zone_member_zone_code", table_name="zone_member")
    op.drop_index("ix_zone_member_level_area_code", table_name="zone_member")
    op.drop_table("zone_member")
    op.drop_table("transfer_station")
    op.drop_table("toilet")
    op.drop_table("demolition_site")
    op.drop_table("collection_house")
    op.drop_table("assessment_membership")
    op.drop_index("ix_road_shape_shape", table_name="road_shape", postgresql_using="gist")
    op.drop_index("ix_road_shape_segment_id", table_name="road_shape")
    op.drop_table("road_shape")
    op.drop_index("ix_area_shape_shape", table_name="area_shape", postgresql_using="gist")
    op.drop_index("ix_area_shape_area_id", table_name="area_shape")
    op.drop_table("area_shape")
    op.drop_index("ix_area_change_edition_id", table_name="area_change")
    op.drop_table("area_change")
    op.drop_index("ix_appointment_zone_code", table_name="appointment")
    op.drop_index("ix_appointment_segment_code", table_name="appointment")
    op.drop_index("ix_appointment_person_id", table_name="appointment")
    op.drop_table("appointment")
    op.drop_table("zone")
    op.drop_index("ix_road_segment_line", table_name="road_segment", postgresql_using="gist")
    op.drop_index("ix_road_segment_code", table_name="road_segment")
    op.drop_table("road_segment")
    op.drop_table("retired_code")
    op.drop_table("person")
    op.drop_index("ix_managed_class_alias_2013", table_name="managed_class")
    op.drop_table("managed_class")
    op.drop_table("ingest_run")
    op.drop_table("ingest_mapping")
    op.drop_index("ix_incident_report_reported_at", table_name="incident_report")
    op.drop_index(
        "ix_incident_report_point",
        table_name="incident_report",
        postgresql_using="gist",
    )
    op.drop_table("incident_report")
    op.drop_index("ix_facility_unit_grid_code", table_name="facility")
    op.drop_index("ix_facility_point", table_name="facility", postgresql_using="gist")
    op.drop_index("ix_facility_kind_status", table_name="facility")
    op.drop_table("facility")
    op.drop_table("city_profile")
    op.drop_table("boundary_edition")
    op.drop_table("assessment_unit")
    op.drop_index(
        "ix_area_shape_unit_grid",
        table_name="area",
        postgresql_using="gist",
        postgresql_where=sa.text("level = 'unit_grid'"),
    )
    op.drop_index(
        "ix_area_shape_street_office",
        table_name="area",
        postgresql_using="gist",
        postgresql_where=sa.text("level = 'street_office'"),
    )
    op.drop_index(
        "ix_area_shape_district",
        table_name="area",
        postgresql_using="gist",
        postgresql_where=sa.text("level = 'district'"),
    )
    op.drop_index(
        "ix_area_shape_community",
        table_name="area",
        postgresql_using="gist",
        postgresql_where=sa.text("level = 'community'"),
    )
    op.drop_index("ix_area_level_parent_code", table_name="area")
    op.drop_index("ix_area_level_name", table_name="area")
    op.drop_index("ix_area_level_code", table_name="area")
    op.drop_table("area")
