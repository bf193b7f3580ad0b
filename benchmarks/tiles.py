"""Vector tiles of the demo city, every zoom: stored shapes generalised per zoom against a transform per request, and over HTTP.

Usage: ``GRIDMGMT_DATABASE_URL=… python benchmarks/tiles.py`` on an empty database of its own (it builds the demo city there, a few
minutes) or on one that holds the demo city. Prints percentiles in milliseconds for tiles of unit grids and roads, and the ratio.
"""

from __future__ import annotations

import datetime
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gridmgmt.city.model import Level
from gridmgmt.cli.migrate import migrate
from gridmgmt.crs import crs_to_crs
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.demo.build import build_demo
from gridmgmt.demo.plan import DemoPlan
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.hierarchy.tile_store import ZOOM_BANDS, area_tile
from gridmgmt.roads.map_store import road_tile
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app

ON = datetime.date(2026, 11, 1)
TILES, SEED, GOAL_MS = 40, 7, 30.0
Tile = tuple[int, int, int]
PER_REQUEST = text("""
SELECT coalesce(st_asmvt(feature, 'unit_grids', 4096, 'geom', 'id'), ''::bytea) FROM (
    SELECT area.id, area.code, area.name, st_asmvtgeom(st_transform(area.shape, 3857), st_tileenvelope(:z, :x, :y), 4096, 64, true) AS geom
    FROM area WHERE area.level = 'unit_grid' AND area.valid_from <= :day AND (area.valid_to IS NULL OR area.valid_to > :day)
        AND area.shape && st_transform(st_tileenvelope(:z, :x, :y, margin => 64.0 / 4096), (SELECT storage_srid FROM city_profile))
) AS feature WHERE feature.geom IS NOT NULL
""")


def tile_at(lon: float, lat: float, zoom: int) -> Tile:
    """Return the tile that holds a position."""
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return zoom, int((lon + 180) / 360 * 2**zoom), int(row * 2**zoom)


def places(session: Session) -> list[tuple[float, float]]:
    """Return positions where people look: at random unit grids, so that dense parts come more often."""
    rows = session.execute(
        text("SELECT st_x(c), st_y(c) FROM (SELECT st_centroid(shape) AS c FROM area WHERE level = 'unit_grid') AS x")
    ).all()
    srid = session.scalar(text("SELECT storage_srid FROM city_profile"))
    chosen = random.Random(SEED).sample([tuple(row) for row in rows], 400)
    lon, lat = crs_to_crs([x for x, _ in chosen], [y for _, y in chosen], f"epsg:{srid}", "wgs84")
    return [(float(a), float(b)) for a, b in zip(lon, lat, strict=True)]


def timed(draw: Callable[[Tile], object], tiles: list[Tile]) -> tuple[float, float]:
    """Return the 50th and 95th percentile in milliseconds, each tile once, the first two as warm-up."""
    for tile in tiles[:2]:
        draw(tile)
    times = []
    for tile in tiles:
        start = time.perf_counter()
        draw(tile)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]


def compare(session: Session, where: list[tuple[float, float]]) -> float:
    """Print a line for each zoom; return the worst 95th percentile."""
    print(
        f"{'zoom':>4} {'tiles':>5} | {'grids p50':>9} {'p95':>6} {'KB':>6} | {'per request p50':>15} {'p95':>6} | {'ratio':>5} | {'roads p50':>9} {'p95':>6}"
    )
    worst = 0.0
    for zoom in range(8, 19):
        tiles = sorted({tile_at(lon, lat, zoom) for lon, lat in where})[:TILES]
        random.Random(SEED).shuffle(tiles)
        roads = timed(lambda tile: road_tile(session, tile, on=ON), tiles)
        worst = max(worst, roads[1])
        line = f"{zoom:>4} {len(tiles):>5} | "
        if zoom < ZOOM_BANDS[Level.UNIT_GRID][0]:
            level = Level.STREET_OFFICE if zoom >= ZOOM_BANDS[Level.STREET_OFFICE][0] else Level.DISTRICT
            ours = timed(lambda tile, level=level: area_tile(session, level, tile, on=ON), tiles)  # type: ignore[misc]
            line += f"{ours[0]:9.1f} {ours[1]:6.1f} {level.value:>6.6} | {'':>15} {'':>6} | {'':>5}"
        else:
            ours = timed(lambda tile: area_tile(session, Level.UNIT_GRID, tile, on=ON), tiles)
            size = statistics.mean(len(area_tile(session, Level.UNIT_GRID, tile, on=ON)) for tile in tiles[:10]) / 1024
            theirs = timed(
                lambda tile: session.execute(PER_REQUEST, {"z": tile[0], "x": tile[1], "y": tile[2], "day": ON}).scalar_one(), tiles
            )
            line += f"{ours[0]:9.1f} {ours[1]:6.1f} {size:6.1f} | {theirs[0]:15.1f} {theirs[1]:6.1f} | {theirs[0] / ours[0]:5.1f}"
        worst = max(worst, ours[1])
        print(f"{line} | {roads[0]:9.1f} {roads[1]:6.1f}", flush=True)
    return worst


def over_http(url: str, where: list[tuple[float, float]]) -> None:
    """Print what a request costs through the application: not kept, kept, answered 304; and coverage, which is never kept."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(database_url=url, var_dir=Path(folder)))
        client = app.test_client()
        tiles = sorted({tile_at(lon, lat, 14) for lon, lat in where})[:TILES]
        tags = {tile: client.get(address(tile)).headers.get("ETag", "") for tile in tiles}
        kept = timed(lambda tile: client.get(address(tile)), tiles)
        known = timed(lambda tile: client.get(address(tile), headers={"If-None-Match": tags[tile]}), tiles)
        print(f"over HTTP, zoom 14: kept {kept[0]:.1f} / {kept[1]:.1f} ms, known to the browser (304) {known[0]:.1f} / {known[1]:.1f} ms")
        for zoom in (13, 14, 16):
            some = sorted({tile_at(lon, lat, zoom) for lon, lat in where})[:TILES]
            coverage = timed(
                lambda tile: client.get(f"/tiles/coverage/{FacilityKind.TOILET.value}" + address(tile).removeprefix("/tiles/unit_grids")),
                some,
            )
            print(f"coverage, zoom {zoom}: {coverage[0]:.1f} / {coverage[1]:.1f} ms")
        app.extensions["door"].engine.dispose()


def address(tile: Tile) -> str:
    """Return the address of a tile of unit grids."""
    return "/tiles/unit_grids/{}/{}/{}.pbf".format(*tile)


def main() -> int:
    """Build the demo city where there is none, measure, and say whether the goal holds."""
    url = os.environ["GRIDMGMT_DATABASE_URL"]
    engine = make_engine(url, parallel=False)  # as the web server opens it
    migrate(engine)
    factory = make_session_factory(engine)
    with factory.begin() as session:
        if not session.scalar(text("SELECT EXISTS (SELECT FROM area)")):
            build_demo(session, DemoPlan(), on_step=print)
    with factory() as session:
        where = places(session)
        worst = compare(session, where)
    over_http(url, where)
    engine.dispose()
    print(f"worst 95th percentile {worst:.1f} ms; the goal is {GOAL_MS:g} ms")
    return 0 if worst <= GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
