"""Every layer leaves as a file others can read, and comes back as it was."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
import shapely
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cli.main import cli
from gridmgmt.crs import crs_to_crs
from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities import store as facilities_store
from gridmgmt.ingest.export import ExportFormat, ExportLayer, chinese_header, write_layer
from tests import toy_city
from tests.cases.test_import_reports import incident, take
from tests.facilities.test_store import ALL_KINDS

LAYERS = {
    "district": 1, "street_office": 2, "community": 2, "unit_grid": 4, "road_segment": 3, "zone": 2, "toilet": 1, "transfer-station": 1,
    "collection-house": 1, "demolition-site": 1, "incident": 3, "appointment": 5,
}  # fmt: skip


@pytest.fixture
def url(toy_url: str, session: Session) -> str:
    """URL of a toy city with facilities and incidents."""
    facilities_store.add_facilities(session, ALL_KINDS)
    lon, lat = crs_to_crs(*toy_city.point(150, 150), "epsg:4547", "gcj02")
    phone = dataclasses.replace(incident(0, 0, "B"), x=float(lon), y=float(lat), crs="gcj02")
    take(session, [incident(50, 50, "=A"), phone, incident(100, 100, "C")])
    session.commit()
    return toy_url


def run(url: str, *arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), env={"GRIDMGMT_DATABASE_URL": url, "LANG": "C"})


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_every_layer_is_written_in_every_format(url: str, tmp_path: Path, kind: ExportFormat) -> None:
    result = run(url, "export", "all", "--format", kind.value, "--to", tmp_path, "--on", "2026-11-01")
    assert result.exit_code == 0, result.output
    assert {path.stem for path in tmp_path.iterdir()} == set(LAYERS)
    counts = {path.stem: len(pyogrio.read_dataframe(path)) if kind in {"geojson", "gpkg"} else 0 for path in tmp_path.iterdir()}
    if kind in {ExportFormat.GEOJSON, ExportFormat.GPKG}:
        assert counts == LAYERS


def test_geojson_is_as_rfc_7946_wants_it(url: str, tmp_path: Path) -> None:
    run(url, "export", "unit_grid", "--format", "geojson", "--to", tmp_path)
    collection = json.loads((tmp_path / "unit_grid.geojson").read_text(encoding="utf-8"))
    assert "crs" not in collection
    properties = collection["features"][0]["properties"]
    assert (properties["code"], properties["geometry_source"], properties["valid_from"]) == (toy_city.SOUTH_WEST, "synthetic", "2024-01-01")
    assert properties["area_m2"] == 10_000
    for feature in collection["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        assert all(polygon.exterior.is_ccw for polygon in shapely.get_parts(shape))
        numbers = [str(number) for xy in shapely.get_coordinates(shape).tolist() for number in xy]
        assert max(len(number.partition(".")[2]) for number in numbers) <= 9  # a tenth of a millimetre
        assert 113.9 < shape.bounds[0] < 114.1


def test_a_geopackage_is_exact_in_the_storage_crs_with_chinese_fields(url: str, tmp_path: Path) -> None:
    run(url, "export", "unit_grid", "--format", "gpkg", "--to", tmp_path)
    frame = gpd.read_file(tmp_path / "unit_grid.gpkg")
    assert frame.crs.to_epsg() == 4547
    assert list(frame["编码"]) == sorted(area.code for area in toy_city.AREAS[-4:])
    assert set(frame["边界来源"]) == {"合成（演示）"}
    first = frame.set_index("编码").loc[toy_city.SOUTH_WEST, "geometry"]
    assert shapely.equals(first, toy_city.rectangle(0, 0, 100, 100))


def test_exported_areas_come_back_as_no_change(url: str, tmp_path: Path) -> None:
    run(url, "export", "all", "--format", "gpkg", "--to", tmp_path)
    for level in ("district", "street_office", "community", "unit_grid"):
        flags: list[str | Path] = [
            "--source-kind",
            "synthetic",
            "--edition-from",
            "2026-01-01",
            "--commit",
            "--report",
            tmp_path / "faults",
        ]
        result = run(url, "ingest", "areas", "--level", level, tmp_path / f"{level}.gpkg", *flags)
        assert result.exit_code == 0, result.output
        assert "无变化" in result.output


def test_exported_roads_come_back_as_no_change(url: str, tmp_path: Path) -> None:
    run(url, "export", "road_segment", "--format", "gpkg", "--to", tmp_path)
    flags: list[str | Path] = ["--from", "2026-01-01", "--commit", "--source-name", "toy", "--report", tmp_path / "faults"]
    result = run(url, "ingest", "roads", tmp_path / "road_segment.gpkg", *flags)
    assert result.exit_code == 0, result.output
    assert "无变化，未写入" in result.output


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_exported_facilities_come_back_as_no_change(url: str, tmp_path: Path, kind: ExportFormat) -> None:
    crs = ["--crs", "wgs84"] if kind in {ExportFormat.CSV, ExportFormat.XLSX} else []
    for layer in ("toilet", "transfer-station", "collection-house", "demolition-site"):
        run(url, "export", layer, "--format", kind.value, "--to", tmp_path)
        path = tmp_path / f"{layer}.{kind.value}"
        result = run(url, "ingest", "facilities", layer, path, *crs, "--replace", "--commit", "--report", tmp_path)
        assert result.exit_code == 0, result.output
        assert "不变 1" in result.output
        assert "无变化，未写入" in result.output


def test_exported_appointments_come_back_as_no_change(url: str, tmp_path: Path) -> None:
    run(url, "export", "appointment", "--format", "xlsx", "--to", tmp_path, "--on", "2026-11-01")
    result = run(url, "ingest", "appointments", tmp_path / "appointment.xlsx", "--commit")
    assert result.exit_code == 0, result.output
    assert "新增 0 · 变更 0 · 不变 5" in result.output


def test_a_past_day_is_exported_as_it_was(url: str, tmp_path: Path) -> None:
    run(url, "export", "appointment", "--format", "csv", "--to", tmp_path, "--on", "2024-06-01")
    with (tmp_path / "appointment.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [line["工号"] for line in csv.DictReader(file)] == ["P6", "P5", "P1"]
    run(url, "export", "unit_grid", "--format", "csv", "--to", tmp_path, "--on", "2023-06-01")
    assert len((tmp_path / "unit_grid.csv").read_text(encoding="utf-8-sig").splitlines()) == 1


def test_incidents_carry_the_case_the_stored_point_and_what_was_received(url: str, session: Session, tmp_path: Path) -> None:
    run(url, "export", "incident", "--format", "gpkg", "--to", tmp_path)
    frame = gpd.read_file(tmp_path / "incident.gpkg").set_index("案件编号")
    stored: dict[str, str] = dict(session.execute(text("SELECT source_ref, ST_AsText(point) FROM incident_report")).all())
    assert {ref: shapely.from_wkt(point) for ref, point in stored.items()} == dict(frame["geometry"].items())
    assert frame.loc["C", "共边网格"].split() == [toy_city.NORTH_WEST, toy_city.SOUTH_EAST, toy_city.NORTH_EAST]
    assert frame.loc["=A", "归属依据"] == "所在路段的路长"
    assert frame.loc["=A", "原始坐标系"] == "epsg:4547"


def test_texts_that_look_like_formulas_stay_texts(url: str, tmp_path: Path) -> None:
    run(url, "export", "incident", "--format", "xlsx", "--to", tmp_path)
    run(url, "export", "incident", "--format", "csv", "--to", tmp_path, "--crs", "gcj02")
    sheet = openpyxl.load_workbook(tmp_path / "incident.xlsx").active
    assert sheet is not None
    assert {"s"} == {cell.data_type for line in sheet.iter_rows() for cell in line if cell.value == "=A"}
    assert ",'=A," in (tmp_path / "incident.csv").read_text(encoding="utf-8-sig")


def test_zones_are_the_union_of_their_areas(url: str, tmp_path: Path) -> None:
    run(url, "export", "zone", "--format", "gpkg", "--to", tmp_path)
    frame = gpd.read_file(tmp_path / "zone.gpkg").set_index("责任区编码")
    assert shapely.equals(frame.loc["Z-W", "geometry"], toy_city.rectangle(0, 0, 100, 200))
    assert frame.loc["Z-W", "包含区域"] == toy_city.WEST_COMMUNITY


def test_an_unknown_layer_and_an_impossible_crs_are_refused(url: str, tmp_path: Path) -> None:
    unknown = run(url, "export", "rivers", "--format", "gpkg", "--to", tmp_path)
    assert unknown.exit_code == 2
    assert "road_segment" in unknown.output
    assert run(url, "export", "toilet", "--format", "geojson", "--to", tmp_path, "--crs", "epsg:4547").exit_code == 2
    assert run(url, "export", "toilet", "--format", "gpkg", "--to", tmp_path, "--crs", "gcj02").exit_code == 2


def test_an_empty_layer_keeps_its_columns(tmp_path: Path) -> None:
    empty = ExportLayer("toilet", "公共厕所", {"code": [], "name": []}, [], "Point")
    for kind in ExportFormat:
        write_layer(empty, tmp_path, kind, storage="epsg:4547")
    assert list(pyogrio.read_dataframe(tmp_path / "toilet.gpkg").columns[:2]) == ["编码", "名称"]
    assert (tmp_path / "toilet.csv").read_text(encoding="utf-8-sig").strip() == "编码,名称,经度,纬度"
    with pytest.raises(InvalidInputError):
        write_layer(empty, tmp_path, ExportFormat.CSV, storage="epsg:4547", crs="atlantis")


def test_every_chinese_header_is_known_by_our_own_import() -> None:
    assert [chinese_header(field) for field in ("code", "held_to", "toilet_class", "nothing")] == [
        "编码",
        "离任日期",
        "公厕类别",
        "nothing",
    ]
