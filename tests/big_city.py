"""A lattice city as large as the largest we promise: 80,089 unit grids, 60,000 road segments, drawn inside the database in seconds."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile, CodeScheme, Envelope, Level, SnapLimits

SIDE = 283  # unit grids of 100 m along each side
EAST0, NORTH0 = 500_000, 3_380_000
PROFILE = CityProfile(
    "大城", 4547, Envelope(113.9, 30.4, 114.5, 30.9), "Asia/Shanghai", CodeScheme.LOCAL, tuple(Level), "GB/T 47678.5-2026",
    SnapLimits(50.0, {"trunk": 60.0}, {}),
)  # fmt: skip
# Each unit grid has 36 vertices, as drawn ones do; 40 × 40 grids make a district, 20 × 20 a street office, 5 × 5 a community.
STATEMENTS = (
    "INSERT INTO boundary_edition (name, valid_from) VALUES ('首版', '2024-01-01')",
    f"""
    INSERT INTO area (level, code, parent_code, shape, geometry_source, valid_from)
    SELECT 'unit_grid', format('G-%s-%s', i, j), format('C-%s-%s', i / 5, j / 5),
           st_multi(st_segmentize(st_makeenvelope({EAST0} + 100 * i, {NORTH0} + 100 * j, {EAST0} + 100 * i + 100, {NORTH0} + 100 * j + 100, 4547), 12)),
           'synthetic', '2024-01-01'
    FROM generate_series(0, {SIDE - 1}) AS i, generate_series(0, {SIDE - 1}) AS j
    """,
    *(
        f"""
        INSERT INTO area (level, code, name, parent_code, shape, geometry_source, valid_from)
        SELECT '{level}', format('{letter}-%s-%s', i, j), format('{letter} %s %s', i, j), {parent},
               st_multi(st_makeenvelope(
                   {EAST0} + {width} * i, {NORTH0} + {width} * j,
                   least({EAST0} + {width} * (i + 1), {EAST0 + 100 * SIDE}), least({NORTH0} + {width} * (j + 1), {NORTH0 + 100 * SIDE}), 4547)),
               'synthetic', '2024-01-01'
        FROM generate_series(0, ({SIDE * 100 - 1}) / {width}) AS i, generate_series(0, ({SIDE * 100 - 1}) / {width}) AS j
        """
        for level, letter, width, parent in (
            ("community", "C", 500, "format('S-%s-%s', i / 4, j / 4)"),
            ("street_office", "S", 2000, "format('D-%s-%s', i / 2, j / 2)"),
            ("district", "D", 4000, "NULL"),
        )
    ),
    f"""
    INSERT INTO road_segment (code, road_class, line, source, valid_from)
    SELECT format('R-%s', n), CASE WHEN n % 10 = 0 THEN 'trunk' ELSE 'tertiary' END,
           st_setsrid(st_makeline(ARRAY[st_makepoint(x, y), st_makepoint(x + 60, y + 3), st_makepoint(x + 120, y)]), 4547),
           'synthetic', '2024-01-01'
    FROM (
        SELECT n, {EAST0} + (n * 7919 % {SIDE * 100}) AS x, {NORTH0} + (n * 104729 % {SIDE * 100}) AS y FROM generate_series(1::bigint, 60000) AS n
    ) AS start
    """,
    "INSERT INTO zone (code, name) SELECT 'Z' || code, code FROM area WHERE level = 'community'",
    "INSERT INTO zone_member (zone_code, level, area_code, valid_from) SELECT 'Z' || code, level, code, valid_from FROM area WHERE level = 'community'",
    "INSERT INTO person (code, name) SELECT 'P' || code, '路长' || code FROM zone",
    """INSERT INTO appointment (person_id, post, zone_code, valid_from)
    SELECT person.id, 'road_chief', zone.code, '2024-01-01' FROM zone INNER JOIN person ON person.code = 'P' || zone.code""",
)


def load(session: Session) -> None:
    """Put the lattice city into a migrated database; commits, because VACUUM ANALYZE cannot run inside."""
    city_store.save_profile(session, PROFILE)
    for statement in STATEMENTS:
        session.execute(text(statement))
    session.commit()
    session.execute(text("ANALYZE"))
    session.commit()
