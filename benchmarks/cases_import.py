"""A backlog from a CSV to durable, indexed cases, against the usual way with geopandas, on one drawn city, in one run; prints the ratio.

Ours: ``gridmgmt cases import FILE --backlog`` on reports of the year before: read, checked, converted, assigned on the day of each (grid,
sharers, border, segment, zone, chief), reports, cases, steps and ids stored, indexed, foreign keys checked, published. The peer: pandas reads
the CSV → points_from_xy → to_crs → sjoin (within) → sjoin_nearest (50 m) → to_postgis of one table without history or indexes: less work and,
on borders and ties, another answer. It does a tenth of the reports, and its rate is what counts.

Usage: ``./run bench cases_import [REPORTS]`` (1,000,000 unless told), on a durable cluster of its own.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import json
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from click.testing import CliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gridmgmt.cases import publish_store
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile, CodeScheme, Envelope, Level, SnapLimits
from gridmgmt.cli import cases_backlog, cases_blocks, cases_building, cases_import, cases_publish, cluster
from gridmgmt.cli.main import cli
from gridmgmt.cli.migrate import migrate
from gridmgmt.crs import crs_to_crs, snap
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.hierarchy.model import Area, GeometrySource
from gridmgmt.roads import store as roads_store
from gridmgmt.roads.model import NewAppointment, NewPerson, Post, RoadClass, RoadSegment, Zone

SIDE, CELL_M, STREETS, COMMUNITIES = 200, 150.0, 10, 50  # 40,000 unit grids in 2,500 communities
EAST0, NORTH0, SRID = 500_000.0, 3_370_000.0, 4547
START, FIRST_DAY = datetime.date(2024, 1, 1), datetime.datetime(2025, 10, 1, tzinfo=datetime.UTC)
PROFILE = CityProfile(
    "量测市", SRID, Envelope(113.5, 30.0, 115.0, 31.0), "Asia/Shanghai", CodeScheme.GB, tuple(Level), "GB/T 47678.5-2026",
    SnapLimits(50.0, {}, {}),
)  # fmt: skip
WORDS = ("暴露垃圾", "道路破损，影响通行", "占道经营", "井盖缺失", "非法小广告")
PEER_SHARE, MILLION = 10, 1_000_000
# What is timed apart: (module, function) → line of the profile.
STAGES = {
    (cases_import, "survey"): "looking the file through (digest, encoding)",
    (cases_backlog, "_write"): "writing blocks (COPY, commit)",
    (cases_blocks, "prepare_block"): "  beside: checking, assigning, packing",
    (cases_blocks, "to_reports"): "  beside: cells to reports",
    (cases_backlog, "_read"): "reading and writing, together",
    (cases_publish, "_judge"): "repeats",
    (cases_building, "_build"): "indexes and statistics (two at a time, summed)",
    (publish_store, "check_steps"): "steps checked",
    (publish_store, "attach"): "attaching months (others wait for the longest of them)",
    (cases_publish, "_publish_month"): "publishing months, commits included",
    (cases_backlog, "publish"): "all of it after reading",
}


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


def write_reports(path: Path, count: int, corner: np.ndarray, chance: np.random.Generator) -> None:
    """Write reports of a year in degrees as a source would give them, one in fifty on a corner of four grids."""
    places = chance.uniform(0, SIDE * CELL_M, (count, 2)) + np.array([EAST0, NORTH0])
    on_corner = slice(0, count, 50)
    places[on_corner] = corner.reshape(-1, 2)[chance.integers(0, (SIDE + 1) ** 2, len(places[on_corner]))]
    lon, lat = crs_to_crs(places[:, 0], places[:, 1], f"epsg:{SRID}", "wgs84")
    seconds = np.sort(chance.integers(0, 365 * 86_400, count))
    with path.open("w", encoding="utf-8") as file:
        file.write("案件编号,经度,纬度,上报时间,问题描述,地址\n")
        for n, (x, y, second) in enumerate(zip(lon.tolist(), lat.tolist(), seconds.tolist(), strict=True)):
            at = FIRST_DAY + datetime.timedelta(seconds=second)
            file.write(f"N{n},{x:.9f},{y:.9f},{at:%Y-%m-%d %H:%M:%S},{WORDS[n % 5]}，编号 {n},建设大道 {n % 977} 号\n")


def timed(spent: dict[str, float], line: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that adds up how long it takes, and the longest time of all."""

    @functools.wraps(act)
    def wrapped(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it wraps takes
        began = time.perf_counter()
        try:
            return act(*given, **named)
        finally:
            seconds = time.perf_counter() - began
            spent[line] += seconds
            spent[f"longest: {line}"] = max(spent[f"longest: {line}"], seconds)

    return wrapped


def command(url: str, folder: Path, *words: str) -> None:
    """Run a command of ours; raise SystemExit when it fails."""
    result = CliRunner().invoke(cli, words, env={"GRIDMGMT_DATABASE_URL": url, "GRIDMGMT_VAR_DIR": str(folder)})
    if result.exit_code:
        raise SystemExit(result.output or repr(result.exception))


def ours(url: str, path: Path) -> tuple[float, dict[str, float]]:
    """Import the file by the command; return seconds and what they went into."""
    spent: dict[str, float] = defaultdict(float)
    kept = {place: getattr(*place) for place in STAGES}
    for (module, name), line in STAGES.items():
        setattr(module, name, timed(spent, line, getattr(module, name)))
    try:
        began = time.perf_counter()
        command(url, path.parent, "cases", "import", str(path), "--crs", "wgs84", "--backlog")
        seconds = time.perf_counter() - began
    finally:
        for (module, name), act in kept.items():
            setattr(module, name, act)
    return seconds, spent


def peer(url: str, path: Path, rows: int, layers: tuple[list[Area], list[RoadSegment]]) -> float:
    """Do what a notebook does with the first rows; the layers are in memory already. Return seconds."""
    grids, segments = layers
    codes = geopandas.GeoDataFrame({"grid": [grid.code for grid in grids]}, geometry=[grid.shape for grid in grids], crs=SRID)
    lines = geopandas.GeoDataFrame({"segment": [one.code for one in segments]}, geometry=[one.line for one in segments], crs=SRID)
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    start = time.perf_counter()
    table = pd.read_csv(path, nrows=rows, parse_dates=["上报时间"])
    points = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(table["经度"], table["纬度"]), crs=4326).to_crs(SRID)
    joined = points.sjoin(codes, how="left", predicate="within").drop(columns="index_right")
    joined = joined.sjoin_nearest(lines, how="left", max_distance=50).drop_duplicates("案件编号").drop(columns="index_right")
    joined.to_postgis("peer_incident", engine, index=False)
    seconds = time.perf_counter() - start
    engine.dispose()
    return seconds


@contextlib.contextmanager
def own_database() -> Iterator[str]:
    """Yield the URL of a database on a durable cluster that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gridmgmt-bench-") as folder:
        Path(folder).chmod(0o755)
        own = cluster.open_cluster(Path(folder) / "pg")
        cluster.start(own)
        try:
            yield own.url("postgres")
        finally:
            cluster.remove(own)


def figures(count: int) -> dict[str, float | None]:
    """Load the drawn city, time ours and the peer, print the profile; return the figures."""
    with own_database() as url:
        return measure(url, count)


def measure(url: str, count: int) -> dict[str, float | None]:
    """Return the figures from an empty database."""
    chance = np.random.default_rng(20261101)
    engine = make_engine(url)
    migrate(engine)
    corner = corners(chance)
    with make_session_factory(engine)() as session, tempfile.TemporaryDirectory(prefix="gridmgmt-import-") as folder:
        layers = load_city(session, corner)
        session.commit()
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"}).exec_driver_sql("VACUUM ANALYZE")
        session.commit()
        path, warm = Path(folder) / "reports.csv", Path(folder) / "warm.csv"
        write_reports(path, count, corner, chance)
        few = "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:3])
        warm.write_text(few.replace("N", "W").replace("2025-10", "2024-02"), encoding="utf-8")  # of another month, which lives then
        command(url, path.parent, "responsibility", "build", "--on", f"{FIRST_DAY:%Y-%m-%d}")  # kept by the worker in a city that runs
        first, _ = ours(url, warm)  # loops are compiled once a machine
        seconds, spent = ours(url, path)
        assert session.scalar(text("SELECT count(*) FROM case_file")) == count + 2  # noqa: S101 - a benchmark of a wrong answer is none
        theirs = peer(url, path, max(count // PEER_SHARE, 1), layers)
    engine.dispose()
    print(f"(first import of this process, two reports, compiled and imported: {first:.1f} s)")
    for line, took in spent.items():
        print(f"  {line:<70} {took:7.2f} s")
    rate, other = count / seconds, max(count // PEER_SHARE, 1) / theirs
    print(f"ours: {count:,} reports from CSV to durable, indexed cases in {seconds:.1f} s ({rate:,.0f}/s), {len(layers[0]):,} unit grids")
    print(f"peer: pandas + geopandas + to_postgis, one table without indexes: {other:,.0f}/s")
    print(f"ratio: {rate / other:.1f} times the peer's rate")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "import_1m_s": round(seconds, 1) if count == MILLION else None, "import_s": round(seconds, 1), "import_rows": count,
        "import_peer_rows_per_s": round(other), "import_ratio": round(rate / other, 1), "import_rss_mb": memory,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(figures(int(sys.argv[1]) if len(sys.argv) > 1 else MILLION)))
