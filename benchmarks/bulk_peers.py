"""Other ways to the same answer: each prepares a city and answers points with (grid, segment) positions, -1 for none."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.db import copy_rows, make_engine, make_session_factory

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[Any]
City = tuple[npt.NDArray[Any], npt.NDArray[Any]]
Answer = Callable[[Floats], tuple[Positions, Positions]]
CRS = 4547


@dataclasses.dataclass(frozen=True)
class Peer:
    """A way, with the share of the points that is enough to time it; ``is_exact`` when it keeps the rules for borders and ties."""

    name: str
    prepare: Callable[[City, float], Answer]
    share: float = 1.0
    is_exact: bool = True


def here(database_url: str | None) -> Iterator[Peer]:
    """Yield the peers that this machine has."""
    yield Peer("geopandas sjoin + sjoin_nearest", with_geopandas, 0.3, is_exact=False)
    yield Peer("shapely STRtree by hand", with_shapely)
    if importlib.util.find_spec("duckdb_extension_spatial"):
        yield Peer("DuckDB spatial", with_duckdb)
    if importlib.util.find_spec("sedonadb"):
        yield Peer("SedonaDB", with_sedona)
    if database_url:
        yield Peer("PostGIS, one LATERAL a point", lambda city, limit_m: with_postgis(city, limit_m, database_url), 0.1)
        yield Peer("PostGIS, tuned", lambda city, limit_m: with_postgis_tuned(city, limit_m, database_url), 0.3)


def missing(database_url: str | None) -> list[str]:
    """Name the peers that are not here."""
    modules = {"duckdb_extension_spatial": "DuckDB spatial", "sedonadb": "SedonaDB"}
    absent = [peer for module, peer in modules.items() if not importlib.util.find_spec(module)]
    return absent + ([] if database_url else ["PostGIS (GRIDMGMT_DATABASE_URL is not set)"])


def lowest(which: Positions, found: Positions, count: int) -> Positions:
    """Return the lowest position found for each point."""
    result = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(result, which, found)
    return np.where(result == np.iinfo(np.int64).max, -1, result)


def nearest(which: Positions, found: Positions, metres: Floats, count: int) -> Positions:
    """Return the lowest (whole millimetres, position) found for each point."""
    order = np.lexsort((found, np.rint(metres * 1000), which))
    points, first = np.unique(which[order], return_index=True)
    result = np.full(count, -1)
    result[points] = found[order][first]
    return result


def with_geopandas(city: City, limit_m: float) -> Answer:
    """Join as most would; equal distances fall as they may."""
    grids, roads = (gpd.GeoDataFrame(geometry=shapes, crs=CRS) for shapes in city)

    def answer(points: Floats) -> tuple[Positions, Positions]:
        frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(points[:, 0], points[:, 1]), crs=CRS)
        inside = frame.sjoin(grids, predicate="covered_by")
        near = frame.sjoin_nearest(roads, max_distance=limit_m)
        grid = lowest(inside.index.to_numpy(), inside["index_right"].to_numpy(), len(points))
        return grid, lowest(near.index.to_numpy(), near["index_right"].to_numpy(), len(points))

    return answer


def with_shapely(city: City, limit_m: float) -> Answer:
    """Query two trees in bulk, then apply the rules."""
    trees = shapely.STRtree(city[0]), shapely.STRtree(city[1])

    def answer(points: Floats) -> tuple[Positions, Positions]:
        shapes = np.asarray(shapely.points(points))
        which, found = trees[0].query(shapes, predicate="covered_by")
        grid = lowest(which, found, len(points))
        which, found = trees[1].query(shapes, predicate="dwithin", distance=limit_m)
        return grid, nearest(which, found, np.asarray(shapely.distance(shapes[which], city[1][found])), len(points))

    return answer


GRID_SQL = "SELECT p.i AS i, min(g.i) AS g FROM points AS p JOIN grids AS g ON {covers} GROUP BY p.i"
ROAD_SQL = "SELECT p.i AS i, r.i AS r, {distance} AS m FROM points AS p JOIN roads AS r ON {within}"


def with_duckdb(city: City, limit_m: float) -> Answer:
    """Join in DuckDB with its spatial extension; points go in as two columns."""
    link = importlib.import_module("duckdb").connect()
    folder = Path(importlib.import_module("duckdb_extension_spatial").__file__ or "").parent
    link.execute(f"LOAD '{next(folder.rglob('spatial.duckdb_extension'))}'")
    for name, shapes in zip(("grids", "roads"), city, strict=True):
        link.register("given", pd.DataFrame({"i": range(len(shapes)), "wkb": shapely.to_wkb(shapes)}))
        link.execute(f"CREATE TABLE {name} AS SELECT i, ST_GeomFromWKB(wkb) AS g FROM given")
    covers, within = "ST_Covers(g.g, p.p)", f"ST_DWithin(r.g, p.p, {limit_m})"

    def answer(points: Floats) -> tuple[Positions, Positions]:
        link.register("given", pd.DataFrame({"i": range(len(points)), "x": points[:, 0], "y": points[:, 1]}))
        link.execute("CREATE OR REPLACE TEMP TABLE points AS SELECT i, ST_Point(x, y) AS p FROM given")
        grid = link.execute(GRID_SQL.format(covers=covers)).fetchnumpy()
        road = link.execute(ROAD_SQL.format(distance="ST_Distance(r.g, p.p)", within=within)).fetchnumpy()
        return lowest(grid["i"], grid["g"], len(points)), nearest(road["i"], road["r"], road["m"], len(points))

    return answer


def with_sedona(city: City, limit_m: float) -> Answer:
    """Join in SedonaDB."""
    sedonadb = importlib.import_module("sedonadb")
    link = sedonadb.connect()
    for name, shapes in zip(("grids", "roads"), city, strict=True):
        frame = gpd.GeoDataFrame({"i": range(len(shapes))}, geometry=shapes)
        link.create_data_frame(frame).to_view(name, overwrite=True)
    covers, within = "ST_Covers(g.geometry, p.geometry)", f"ST_DWithin(r.geometry, p.geometry, {limit_m})"

    def answer(points: Floats) -> tuple[Positions, Positions]:
        frame = gpd.GeoDataFrame({"i": range(len(points))}, geometry=shapely.points(points))
        link.create_data_frame(frame).to_view("points", overwrite=True)
        grid = link.sql(GRID_SQL.format(covers=covers)).to_pandas()
        road = link.sql(ROAD_SQL.format(distance="ST_Distance(r.geometry, p.geometry)", within=within)).to_pandas()
        ids = road["i"].to_numpy(), road["r"].to_numpy(), road["m"].to_numpy()
        return lowest(grid["i"].to_numpy(), grid["g"].to_numpy(), len(points)), nearest(*ids, len(points))

    return answer


NEAREST_SQL = """
    SELECT p.i, road.i AS r FROM peer_points AS p
    CROSS JOIN LATERAL (SELECT r.i FROM peer_roads AS r WHERE st_dwithin(r.g, p.p, :limit_m)
        ORDER BY round(st_distance(r.g, p.p) * 1000), r.i LIMIT 1) AS road"""
COVERING_SQL = """
    SELECT p.i, grid.i AS g FROM peer_points AS p
    CROSS JOIN LATERAL (SELECT g.i FROM peer_grids AS g WHERE st_covers(g.g, p.p) ORDER BY g.i LIMIT 1) AS grid"""
COVERED_SQL = (
    "SELECT p.i, min(g.i) AS g FROM peer_grids AS g INNER JOIN peer_points AS p ON g.g && p.p AND st_covers(g.g, p.p) GROUP BY p.i"
)
TWO_WORKERS = ("max_parallel_workers_per_gather = 2", "parallel_setup_cost = 0", "parallel_tuple_cost = 0", "min_parallel_table_scan_size = 0",
               "work_mem = '256MB'", "maintenance_work_mem = '512MB'", "jit = off")  # fmt: skip


def with_postgis(city: City, limit_m: float, database_url: str) -> Answer:
    """Ask PostGIS for each point by LATERAL, both trees indexed."""
    sessions = _store_shapes(city, database_url, "")

    def answer(points: Floats) -> tuple[Positions, Positions]:
        with sessions.begin() as session:
            _store_points(session, points)
            return _asked(session, COVERING_SQL, points, {}), _asked(session, NEAREST_SQL, points, {"limit_m": limit_m})

    return answer


def with_postgis_tuned(city: City, limit_m: float, database_url: str) -> Answer:
    """Ask with what helped most: sparse trees, grids on the outer side of an index on the points, parallel workers."""
    sessions = _store_shapes(city, database_url, "WITH (fillfactor = 12, buffering = on)")

    def answer(points: Floats) -> tuple[Positions, Positions]:
        with sessions.begin() as session:
            for setting in TWO_WORKERS:
                session.execute(text(f"SET LOCAL {setting}"))
            _store_points(session, points)
            session.execute(text("CREATE INDEX ON peer_points USING gist (p)"))
            session.execute(text("ANALYZE peer_points"))
            return _asked(session, COVERED_SQL, points, {}), _asked(session, NEAREST_SQL, points, {"limit_m": limit_m})

    return answer


def _store_shapes(city: City, database_url: str, index: str) -> sessionmaker[Session]:
    sessions = make_session_factory(make_engine(database_url))
    with sessions.begin() as session:
        session.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
        for name, shapes in zip(("peer_grids", "peer_roads"), city, strict=True):
            session.execute(text(f"DROP TABLE IF EXISTS {name}"))
            session.execute(text(f"CREATE TABLE {name} (i integer, g geometry)"))
            copy_rows(session, name, ("i", "g"), enumerate(shapely.to_wkb(shapes, hex=True)))
            session.execute(text(f"CREATE INDEX ON {name} USING gist (g) {index}"))
        session.execute(text("ANALYZE"))
    return sessions


def _store_points(session: Session, points: Floats) -> None:
    session.execute(text("DROP TABLE IF EXISTS peer_points"))
    session.execute(text("CREATE TABLE peer_points (i integer, p geometry)"))
    copy_rows(session, "peer_points", ("i", "p"), enumerate(shapely.to_wkb(shapely.points(points), hex=True)))


def _asked(session: Session, statement: str, points: Floats, values: dict[str, float]) -> Positions:
    result = np.full(len(points), -1)
    for i, position in session.execute(text(statement), values):
        result[i] = position
    return result
