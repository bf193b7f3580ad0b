"""Bulk import of incidents against the usual way with geopandas, on one drawn city, in one run; prints the ratio.

Ours: 100,000 reports as received → converted, checked, assigned (grid, sharers, border, segment, zone, chief), reports, cases and
steps stored, in one transaction. The peer: points_from_xy → to_crs → sjoin (within) → sjoin_nearest (50 m) → to_postgis of one table
without history: less work and, on borders and ties, another answer. Run: ``python -m benchmarks.cases_import [REPORTS]``.
"""

from __future__ import annotations

import datetime
import sys
import tempfile
import time
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from gridmgmt.cases.import_reports import import_reports
from gridmgmt.cases.model import IncidentReport, ReportSource
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile, CodeScheme, Envelope, Level, SnapLimits
from gridmgmt.cli import cluster
from gridmgmt.cli.migrate import migrate
from gridmgmt.crs import crs_to_crs, snap
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.hierarchy.model import Area, GeometrySource
from gridmgmt.roads import store as roads_store
from gridmgmt.roads.model import NewAppointment, NewPerson, Post, RoadClass, RoadSegment, Zone

SIDE, CELL_M, STREETS, COMMUNITIES = 200, 150.0, 10, 50  # 40,000 unit grids in 2,500 communities
EAST0, NORTH0, SRID = 500_000.0, 3_370_000.0, 4547
START, NOW = datetime.date(2024, 1, 1), datetime.datetime(2026, 11, 1, 9, tzinfo=datetime.UTC)
PROFILE = CityProfile(
    "量测市", SRID, Envelope(113.5, 30.0, 115.0, 31.0), "Asia/Shanghai", CodeScheme.GB, tuple(Level), "GB/T 47678.5-2026",
    SnapLimits(50.0, {}, {}),
)  # fmt: skip


def corners(chance: np.random.Generator) -> np.ndarray:
    """Return the lattice of shared corners, pushed out of line, as an array (SIDE + 1, SIDE + 1, 2)."""
    lattice = np.stack(np.meshgrid(np.arange(SIDE + 1), np.arange(SIDE + 1), indexing="ij"), axis=-1) * CELL_M
    return snap(lattice + chance.uniform(-40, 40, lattice.shape) + np.array([EAST0, NORTH0]))


def load_city(session: Session, corner: np.ndarray) -> tuple[list[Area], list[RoadSegment]]:
    """Store a city of irregular quadrangles, roads along their borders' middle, a chief for every community."""
    city_store.save_profile(session, PROFILE)
    hierarchy_store.open_edition(session, name="首版", valid_from=START)
    members: dict[str, list[shapely.Polygon]] = {}
    grids = []
    for column in range(SIDE):
        for row in range(SIDE):
            community = f"420100{1 + column * STREETS // SIDE:03d}{1 + (column * COMMUNITIES // SIDE) * 10 % 500 + row * 10 // SIDE:03d}"
            ring = [corner[column, row], corner[column + 1, row], corner[column + 1, row + 1], corner[column, row + 1]]
            shape = shapely.Polygon(ring)
            members.setdefault(community, []).append(shape)
            code = f"{community}{len(members[community]):03d}"
            grids.append(area(Level.UNIT_GRID, code, community, shape))
    communities = [area(Level.COMMUNITY, code, code[:9], shapely.union_all(shapes)) for code, shapes in members.items()]
    offices = dissolve(Level.STREET_OFFICE, communities, "420100")
    hierarchy_store.add_areas(session, [*dissolve(Level.DISTRICT, offices, None), *offices, *communities, *grids])
    segments = [
        RoadSegment(
            f"R{column:03d}-{row:03d}", None, RoadClass.TERTIARY, shapely.LineString(corner[column : column + 2, row]), "drawn", START
        )
        for column in range(SIDE)
        for row in range(0, SIDE, 2)
    ]
    roads_store.add_segments(session, segments)
    roads_store.add_zones(session, [Zone(f"Z{code}", code, ((Level.COMMUNITY, code),), START) for code in members])
    roads_store.add_people(session, [NewPerson(f"P{code}", f"路长{code}") for code in members])
    chiefs = [NewAppointment(f"P{code}", Post.ROAD_CHIEF, f"Z{code}", None, START, None) for code in members]
    roads_store.add_appointments(session, chiefs)
    return grids, segments


def area(level: Level, code: str, parent: str | None, shape: shapely.Geometry) -> Area:
    """Return a drawn area."""
    parts = shapely.get_parts(shape)
    return Area(level, code, code, parent, shapely.MultiPolygon(list(parts)), GeometrySource.SYNTHETIC, START)


def dissolve(level: Level, children: list[Area], parent: str | None) -> list[Area]:
    """Return the parents of areas, their shapes the unions."""
    shapes: dict[str, list[shapely.Geometry]] = {}
    for child in children:
        shapes.setdefault(child.parent_code or "", []).append(child.shape or shapely.MultiPolygon())
    return [area(level, code, parent, shapely.union_all(parts)) for code, parts in shapes.items()]


def draw_reports(count: int, corner: np.ndarray, chance: np.random.Generator) -> pd.DataFrame:
    """Return reports in degrees as a source would give them, one in fifty on a corner of four grids."""
    places = chance.uniform(0, SIDE * CELL_M, (count, 2)) + np.array([EAST0, NORTH0])
    on_corner = slice(0, count, 50)
    places[on_corner] = corner.reshape(-1, 2)[chance.integers(0, (SIDE + 1) ** 2, len(places[on_corner]))]
    lon, lat = crs_to_crs(places[:, 0], places[:, 1], f"epsg:{SRID}", "wgs84")
    return pd.DataFrame({"ref": [f"N{n}" for n in range(count)], "lon": np.round(lon, 9), "lat": np.round(lat, 9)})


def ours(session: Session, table: pd.DataFrame) -> float:
    """Import the reports; return seconds."""
    start = time.perf_counter()
    at = datetime.datetime(2026, 10, 1, 4, tzinfo=datetime.UTC)
    reports = (
        IncidentReport(lon, lat, "wgs84", ReportSource.IMPORT, at, source_ref=ref, description="暴露垃圾")
        for ref, lon, lat in table.itertuples(index=False)
    )
    result = import_reports(session, reports, profile=PROFILE, now=NOW)
    session.commit()
    seconds = time.perf_counter() - start
    assert (result.added, result.rejected) == (len(table), ())  # noqa: S101 - a benchmark of a wrong answer is none
    return seconds


def peer(url: str, table: pd.DataFrame, grids: list[Area], segments: list[RoadSegment]) -> float:
    """Do what a notebook does; the layers are in memory already. Return seconds."""
    codes = geopandas.GeoDataFrame({"grid": [grid.code for grid in grids]}, geometry=[grid.shape for grid in grids], crs=SRID)
    lines = geopandas.GeoDataFrame({"segment": [one.code for one in segments]}, geometry=[one.line for one in segments], crs=SRID)
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    start = time.perf_counter()
    points = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(table.lon, table.lat), crs=4326).to_crs(SRID)
    joined = points.sjoin(codes, how="left", predicate="within").drop(columns="index_right")
    joined = joined.sjoin_nearest(lines, how="left", max_distance=50).drop_duplicates("ref").drop(columns="index_right")
    joined.to_postgis("peer_incident", engine, index=False)
    seconds = time.perf_counter() - start
    engine.dispose()
    return seconds


def main(count: int) -> None:
    """Measure both on a throw-away cluster and print one line each."""
    chance = np.random.default_rng(20261101)
    with tempfile.TemporaryDirectory(prefix="gridmgmt-bench-") as folder:
        Path(folder).chmod(0o755)
        own = cluster.open_cluster(Path(folder) / "pg")
        cluster.start(own, throw_away=True)
        try:
            measure(own.url("postgres"), count, chance)
        finally:
            cluster.remove(own)


def measure(url: str, count: int, chance: np.random.Generator) -> None:
    """Load the drawn city, then time ours, ours again (all repeats) and the peer."""
    engine = make_engine(url)
    migrate(engine)
    corner = corners(chance)
    with make_session_factory(engine)() as session:
        grids, segments = load_city(session, corner)
        session.commit()
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"}).exec_driver_sql("VACUUM ANALYZE")
        session.commit()
        table = draw_reports(count, corner, chance)
        first = ours(session, table)
        print(f"ours: {count:,} reports opened and assigned in {first:.1f} s ({count / first:,.0f}/s), {len(grids):,} unit grids")
    engine.dispose()
    other = peer(url, table, grids, segments)
    print(f"peer: geopandas sjoin + sjoin_nearest + to_postgis in {other:.1f} s ({count / other:,.0f}/s)")
    print(f"ratio: ours takes {first / other:.2f} × the peer's time and stores reports, cases, steps and every tie's answer")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
