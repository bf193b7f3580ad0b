"""Every statement about the city profile."""

from __future__ import annotations

import dataclasses

from sqlalchemy import func, select, text
from sqlalchemy import table as sql_table
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile, CodeScheme, Envelope, Level, SnapLimits
from gridmgmt.city.tables import CityProfileRow
from gridmgmt.errors import NotReadyError

# Every geometry column in the storage CRS; adding one to a table means adding it here.
STORAGE_GEOMETRIES = (
    ("area", "shape"),
    ("road_segment", "line"),
    ("facility", "point"),
    ("demolition_site", "footprint"),
    ("demolition_site", "route"),
    ("incident_report", "point"),
    ("patrol", "line"),
    ("frontage", "point"),
    ("case_file", "point"),
    ("siting_demand", "point"),
    ("siting_candidate", "point"),
    ("siting_standing", "point"),
    ("siting_site", "point"),
    ("siting_decision", "point"),
    ("siting_layer_shape", "shape"),
)

# By name, which an index finds: geometry_columns reads every constraint of every partition.
_ENFORCED = text("""
SELECT wanted.name, wanted.field
FROM unnest(CAST(:tables AS text[]), CAST(:columns AS text[])) AS wanted (name, field)
INNER JOIN pg_constraint ON conrelid = to_regclass(wanted.name) AND conname = 'enforce_srid_' || wanted.field
WHERE position(:srid IN pg_get_constraintdef(pg_constraint.oid)) > 0
""")


def find_profile(session: Session) -> CityProfile | None:
    """Return the city's profile, or None before ``gridmgmt city init``."""
    try:
        row = session.get(CityProfileRow, 1)
    except ProgrammingError as error:
        session.rollback()
        message = "the database is not migrated; run gridmgmt db migrate"
        raise NotReadyError(message, zh="数据库尚未迁移；请运行 gridmgmt db migrate") from error
    return _profile(row) if row else None


def get_profile(session: Session) -> CityProfile:
    """Return the city's profile; raise NotReadyError where there is none, or where a geometry column does not enforce its CRS."""
    profile = find_profile(session)
    if profile is None:
        message = "this database holds no city yet; run gridmgmt city init PROFILE.toml"
        raise NotReadyError(message, zh="数据库中尚无城市；请运行 gridmgmt city init PROFILE.toml")
    tables, columns = zip(*STORAGE_GEOMETRIES, strict=True)
    enforced = session.execute(_ENFORCED, {"tables": list(tables), "columns": list(columns), "srid": f"= {profile.storage_srid})"})
    missing = set(STORAGE_GEOMETRIES) - {(table, column) for table, column in enforced}
    if missing:
        message = f"{sorted(missing)} does not enforce EPSG:{profile.storage_srid}; run gridmgmt city init with the stored profile"
        columns_zh = "、".join(f"{table}.{column}" for table, column in sorted(missing))
        raise NotReadyError(message, zh=f"{columns_zh} 未限定 EPSG:{profile.storage_srid}；请用已存的城市配置运行 gridmgmt city init")
    return profile


def get_storage_srid(session: Session) -> int:
    """Return the EPSG number everything is stored in; raise NotReadyError where there is no city."""
    srid: int | None = session.scalar(select(CityProfileRow.storage_srid))
    if srid is None:
        message = "this database holds no city yet; run gridmgmt city init PROFILE.toml"
        raise NotReadyError(message, zh="数据库中尚无城市；请运行 gridmgmt city init PROFILE.toml")
    return srid


def save_profile(session: Session, profile: CityProfile) -> None:
    """Write the profile and make every geometry column refuse another CRS.

    The tables must be empty or already hold geometries of that CRS; the database refuses otherwise.
    """
    snap_limits = {
        "default_m": profile.snap_limits.default_m,
        "road_class": dict(profile.snap_limits.by_road_class),
        "managed_class": dict(profile.snap_limits.by_managed_class),
    }
    session.merge(
        CityProfileRow(
            id=1,
            name=profile.name,
            storage_srid=profile.storage_srid,
            **dataclasses.asdict(profile.envelope),
            time_zone=profile.time_zone,
            code_scheme=profile.code_scheme.value,
            levels=[level.value for level in profile.levels],
            catalogue_standard=profile.catalogue_standard,
            snap_limits=snap_limits,
        )
    )
    for table, column in STORAGE_GEOMETRIES:
        session.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS enforce_srid_{column}"))
        session.execute(
            text(f"ALTER TABLE {table} ADD CONSTRAINT enforce_srid_{column} CHECK (st_srid({column}) = {profile.storage_srid:d})")
        )
    session.flush()


def count_geometries(session: Session) -> dict[tuple[str, str], int]:
    """Return how many shapes each column in the storage CRS holds, leaving out empty columns."""
    counts = {pair: session.scalar(text("SELECT count({1}) FROM {0}".format(*pair))) for pair in STORAGE_GEOMETRIES}
    return {pair: count for pair, count in counts.items() if count}


def count_rows(session: Session, table: str) -> int:
    """Return how many rows a table has; the name is the caller's own, never a user's."""
    count: int = session.execute(select(func.count()).select_from(sql_table(table))).scalar_one()
    return count


def transform_geometries(session: Session, srid: int) -> None:
    """Move every stored shape to another storage CRS and snap it again to 1/1024 m.

    The point of a report is worked out from what was received, so it moves too; what was received stays. Call ``save_profile`` next.
    """
    session.execute(text("ALTER TABLE incident_report DISABLE TRIGGER incident_report_is_never_changed"))
    for table, column in STORAGE_GEOMETRIES:
        session.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS enforce_srid_{column}"))
        session.execute(
            text(f"UPDATE {table} SET {column} = ST_SnapToGrid(ST_Transform({column}, :srid), 1.0 / 1024) WHERE {column} IS NOT NULL"),
            {"srid": srid},
        )
    session.execute(text("ALTER TABLE incident_report ENABLE TRIGGER incident_report_is_never_changed"))


def find_lost_geometries(session: Session) -> dict[tuple[str, str], int]:
    """Return per column how many shapes are empty, not finite or invalid; none are before a transformation."""
    counts = {
        (table, column): session.scalar(
            text(
                f"SELECT count(*) FROM {table} WHERE ST_IsEmpty({column}) OR NOT ST_IsValid({column})"
                f" OR NOT (ST_XMax({column}) - ST_XMin({column}) < 'infinity' AND ST_YMax({column}) - ST_YMin({column}) < 'infinity')"
            )
        )
        or 0
        for table, column in STORAGE_GEOMETRIES
    }
    return {pair: count for pair, count in counts.items() if count}


def _profile(row: CityProfileRow) -> CityProfile:
    limits = row.snap_limits
    return CityProfile(
        name=row.name,
        storage_srid=row.storage_srid,
        envelope=Envelope(row.west, row.south, row.east, row.north),
        time_zone=row.time_zone,
        code_scheme=CodeScheme(row.code_scheme),
        levels=tuple(Level(level) for level in row.levels),
        catalogue_standard=row.catalogue_standard,
        snap_limits=SnapLimits(limits["default_m"], limits["road_class"], limits["managed_class"]),
    )
