"""New York under its own profile: nothing is Wuhan's."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pytest
from sqlalchemy import Engine, text

from gridmgmt.crs import to_storage_arrays
from tests.cli.imports import City

pytestmark = pytest.mark.slow
PROFILE = """
name = "New York City"
storage_srid = 32618
envelope = [-74.3, 40.4, -73.6, 41.0]
time_zone = "America/New_York"
code_scheme = "local"
levels = ["district", "unit_grid"]
catalogue_standard = "GB/T 47678.5-2026"
[snap_limits]
default_m = 50.0
"""
# Every request with the lowest code among the tracts that cover it (border included), and the borough that tract belongs to.
ASSIGN = """
    SELECT t.code, b.name
    FROM unnest(CAST(:xs AS float8[]), CAST(:ys AS float8[])) WITH ORDINALITY AS p (x, y, n)
    LEFT JOIN LATERAL (
        SELECT code, parent_code FROM area
        WHERE level = 'unit_grid' AND ST_Covers(shape, ST_SetSRID(ST_MakePoint(p.x, p.y), 32618)) ORDER BY code LIMIT 1
    ) AS t ON TRUE
    LEFT JOIN area AS b ON b.level = 'district' AND b.code = t.parent_code
    ORDER BY p.n
"""
Columns = tuple[str, str]
DEGREES: Columns = ("Longitude", "Latitude")
FEET: Columns = ("X Coordinate (State Plane)", "Y Coordinate (State Plane)")


@pytest.fixture(scope="module")
def requests(shared_data: Path) -> list[dict[str, str]]:
    with gzip.open(shared_data / "nyc311_2013-12.csv.gz") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))


@pytest.fixture(scope="module")
def expected(shared_data: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((shared_data / "nyc_expected.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def new_york(
    shared_data: Path, migrated_template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Engine:
    """Import boroughs (the union of their tracts) and tracts through the command line; return the database."""
    url, folder = new_database(migrated_template), tmp_path_factory.mktemp("nyc")
    tracts = shared_data / "nyc_census_tracts_2010.geojson.gz"
    frame = gpd.read_file(f"/vsigzip/{tracts}")
    frame["geometry"] = frame.geometry.make_valid()
    frame.dissolve("BoroCode").reset_index()[["BoroCode", "BoroName", "geometry"]].to_file(folder / "boroughs.gpkg")
    (folder / "profile.toml").write_text(PROFILE, encoding="utf-8")
    start = ("--commit", "--edition-from", "2010-01-01", "--report", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMGMT_DATABASE_URL", url)
        city = City(url, folder)
        assert city.run("city", "init", folder / "profile.toml").exit_code == 0
        boroughs = ("--level", "district", "--map", "code=BoroCode", "--map", "name=BoroName")
        done = city.run("ingest", "areas", folder / "boroughs.gpkg", *boroughs, *start)
        assert done.exit_code == 0, done.output
        grids = ("--level", "unit_grid", "--map", "code=BoroCT2010", "--map", "parent_code=BoroCode", "--map", "name=CTLabel")
        refused = city.run("ingest", "areas", tracts, "--crs", "wgs84", *grids, *start)
        assert refused.exit_code == 2
        assert "多边形无效" in refused.output
        mended = city.run("ingest", "areas", tracts, "--crs", "wgs84", *grids, *start, "--fix")
        assert mended.exit_code == 0, mended.output
    return city.engine


def placed(requests: list[dict[str, str]], columns: Columns, crs: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the requests that have coordinates, in the storage CRS."""
    x, y = ([float(row[column]) for row in requests if row[columns[0]] and row[columns[1]]] for column in columns)
    return to_storage_arrays(x, y, crs, 32618)


def assign(engine: Engine, xs: npt.NDArray[np.float64], ys: npt.NDArray[np.float64]) -> list[tuple[str | None, str | None]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(ASSIGN), {"xs": xs.tolist(), "ys": ys.tolist()})]


@pytest.mark.parametrize(("columns", "crs"), [(DEGREES, "wgs84"), (FEET, "EPSG:2263")])
def test_the_requests_fall_where_geopandas_puts_them(
    new_york: Engine, requests: list[dict[str, str]], expected: dict[str, Any], columns: Columns, crs: str
) -> None:
    answers = assign(new_york, *placed(requests, columns, crs))
    known = [row for row in requests if row[columns[0]] and row[columns[1]]]
    assert len(requests) == expected["rows"]
    assert len(requests) - len(known) == expected["no_coordinates"]
    assert sum(tract is None for tract, _ in answers) == expected["unassigned"]
    assert Counter(borough for _, borough in answers) == expected["by_borough"]
    hits = Counter(tract for tract, _ in answers)
    assert len(hits) == expected["tracts_hit"]
    assert {tract: hits[tract] for tract in expected["max_tract"]} == expected["max_tract"]
    assert max(hits.values()) == max(expected["max_tract"].values())
    agreeing = [row["Borough"].title() == borough for row, (_, borough) in zip(known, answers, strict=True)]
    assert round(sum(agreeing) / len(agreeing), 4) == expected["borough_agreement"]


def test_feet_are_not_taken_for_metres(requests: list[dict[str, str]]) -> None:
    by_degrees, by_feet = (np.column_stack(placed(requests, columns, crs)) for columns, crs in ((DEGREES, "wgs84"), (FEET, "EPSG:2263")))
    assert np.abs(by_degrees - by_feet).max() < 0.5
