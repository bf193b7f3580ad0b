"""The real layers beside the project, written in every format and coordinate system, come back as the same shapes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from gridmgmt.city.read_profile import read_profile
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.place import place
from gridmgmt.ingest.points import read_points
from gridmgmt.ingest.read_layer import read_layer
from tests.ingest.files import frame, in_crs, real_layer, write_osm, write_shapefile, write_workbook, zip_shapefile

pytestmark = pytest.mark.slow
WUHAN = read_profile(Path(__file__).resolve().parents[2] / "geodata" / "profiles" / "wuhan.toml")
SYSTEMS = ["wgs84", "epsg:4547", "gcj02", "bd09"]
SOURCES = {
    "communities": ("wuhan_communities_2015_wgs84", 25),
    "roads": ("wuhan_roads_osm_20240315", 400),
    "districts": ("wuhan_districts_amap_wgs84", 3),
}
NAMES = {"communities": "district", "roads": "fclass", "districts": "name"}
TOLERANCE_M = 0.01


@pytest.fixture(scope="module", params=list(SOURCES))
def original(shared_data: Path, request: pytest.FixtureRequest) -> tuple[SourceLayer, list[str]]:
    """Return a real layer in WGS 84 and its text column."""
    name, every = SOURCES[request.param]
    layer = real_layer(shared_data, name, every)
    return layer, [str(value) for value in layer.attributes[NAMES[request.param]]]


def _geojson(folder: Path, layer: object) -> Path:
    layer.to_file(folder / "a.geojson", driver="GeoJSON", COORDINATE_PRECISION=9)  # type: ignore[attr-defined]
    return folder / "a.geojson"


def _geopackage(folder: Path, layer: object) -> Path:
    layer.to_file(folder / "a.gpkg")  # type: ignore[attr-defined]
    return folder / "a.gpkg"


def _utf8_shapefile(folder: Path, layer: object) -> Path:
    return write_shapefile(folder / "a.shp", layer, "utf-8", cpg=True)


def _gbk_folder(folder: Path, layer: object) -> Path:
    (folder / "数据").mkdir()
    write_shapefile(folder / "数据" / "图层.shp", layer, "gbk", cpg=False)
    return folder / "数据"


def _gbk_zip(folder: Path, layer: object) -> Path:
    return zip_shapefile(write_shapefile(folder / "a.shp", layer, "gbk", cpg=False), folder / "a.zip")


@pytest.mark.parametrize("crs", SYSTEMS)
@pytest.mark.parametrize("write", [_geojson, _geopackage, _utf8_shapefile, _gbk_folder, _gbk_zip])
def test_every_format_and_system_gives_the_same_shapes(
    tmp_path: Path, original: tuple[SourceLayer, list[str]], write: Callable[[Path, object], Path], crs: str
) -> None:
    layer, texts = original
    path = write(tmp_path, frame({"文本": texts}, list(layer.shapes), crs))
    read = read_layer(path)
    assert read.crs == ("wgs84" if crs in {"gcj02", "bd09"} else crs)
    placed = place(read, crs=None if read.crs == crs else crs, profile=WUHAN)
    assert any("as you said" in note for note in placed.notes) is (read.crs != crs)
    assert placed.faults == ()
    assert list(placed.attributes["文本"]) == texts
    expected = place(layer, crs="wgs84", profile=WUHAN)
    assert float(shapely.hausdorff_distance(placed.shapes, expected.shapes).max()) < TOLERANCE_M


@pytest.mark.parametrize("crs", SYSTEMS)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_points_come_back_from_tables(tmp_path: Path, shared_data: Path, suffix: str, crs: str) -> None:
    points = pd.read_csv(shared_data / "wuhan_neighbourhood_points_2018_wgs84.csv.gz").head(100)
    given = shapely.get_coordinates(
        np.array(in_crs([shapely.Point(x, y) for x, y in zip(points["lon"], points["lat"], strict=True)], crs), dtype=np.object_)
    )
    rows = [
        ["编号", "名称", "经度", "纬度"],
        *([str(n), f"小区{n}", x, y] for n, (x, y) in zip(points["group"], given.tolist(), strict=True)),
    ]
    path = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="gbk")
    else:
        write_workbook(path, rows)
    table = read_points(path, crs=crs, wanted=("code", "name"))
    assert table.crs == crs
    assert np.column_stack([table.raw_x, table.raw_y]) == pytest.approx(given, rel=1e-14)  # a workbook keeps 16 digits
    placed = place(read_layer(path), crs=crs, profile=WUHAN)
    expected = place(read_layer(shared_data / "wuhan_neighbourhood_points_2018_wgs84.csv.gz"), crs="wgs84", profile=WUHAN)
    assert float(shapely.distance(placed.shapes, expected.shapes[:100]).max()) < TOLERANCE_M


@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf"])
def test_real_roads_come_back_from_osm(tmp_path: Path, shared_data: Path, name: str) -> None:
    layer = real_layer(shared_data, "wuhan_roads_osm_20240315", 100)
    coordinates, owner = shapely.get_coordinates(layer.shapes, return_index=True)
    nodes = [(number, x, y, dict[str, str]()) for number, (x, y) in enumerate(coordinates.tolist(), start=1)]
    ways = [
        (index + 1, [int(number) + 1 for number in np.flatnonzero(owner == index)], {"highway": str(layer.attributes["fclass"][index])})
        for index in range(len(layer.shapes))
    ]
    roads = place(read_layer(write_osm(tmp_path / name, nodes, ways)), crs=None, profile=WUHAN)
    expected = place(layer, crs=None, profile=WUHAN)
    assert float(shapely.length(roads.shapes).sum()) == pytest.approx(float(shapely.length(expected.shapes).sum()), rel=1e-6)
    assert roads.faults == ()
