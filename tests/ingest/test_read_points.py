"""Point files of facilities and incidents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gridmgmt.errors import SourceError
from gridmgmt.ingest.layer import FaultKind
from gridmgmt.ingest.points import read_points
from tests.ingest.files import feature, polygon, write_geojson, write_workbook

ROWS: list[list[object]] = [
    ["案件编号", "问题描述", "经度", "纬度", "上报时间"],
    ["A-1", "暴露垃圾", 114.3, 30.5, "2026-03-01 08:00"],
    ["A-2", "占道", None, None, None],
]
WANTED = ("source_id", "description", "reported_at")


def test_raw_coordinates_are_kept_and_rows_without_them_stay(tmp_path: Path) -> None:
    table = read_points(write_workbook(tmp_path / "a.xlsx", ROWS), crs="GCJ-02", wanted=WANTED, required=("source_id",))
    assert table.crs == "gcj02"
    assert list(table.attributes["source_id"]) == ["A-1", "A-2"]
    assert (table.raw_x[0], table.raw_y[0]) == (114.3, 30.5)
    assert np.isnan(table.raw_x[1])
    assert [(fault.feature, fault.kind) for fault in table.faults] == [(2, FaultKind.EMPTY)]
    assert table.mapping == {"source_id": "案件编号", "description": "问题描述", "reported_at": "上报时间"}


def test_same_points_come_from_csv_and_geojson(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("source_id,x,y\n1,500000,3380000\n", encoding="utf-8")
    csv = read_points(tmp_path / "a.csv", crs="epsg:4547", wanted=("source_id",))
    member = {"type": "name", "properties": {"name": "EPSG:4547"}}
    point = feature({"type": "Point", "coordinates": [500000.0, 3380000.0]}, source_id="1")
    geojson = read_points(write_geojson(tmp_path / "a.geojson", [point], crs=member), wanted=("source_id",))
    assert csv.crs == geojson.crs == "epsg:4547"
    assert (csv.raw_x[0], csv.raw_y[0]) == (geojson.raw_x[0], geojson.raw_y[0])
    assert csv.attributes.to_dict("records") == geojson.attributes.to_dict("records")


def test_areas_give_a_point_inside_and_invalid_ones_a_fault(tmp_path: Path) -> None:
    bow_tie = [[[114.0, 30.5], [114.1, 30.6], [114.1, 30.5], [114.0, 30.6], [114.0, 30.5]]]
    features = [feature({"type": "Polygon", "coordinates": rings}, code=str(n)) for n, rings in enumerate((polygon(114.0, 30.5), bow_tie))]
    table = read_points(write_geojson(tmp_path / "a.geojson", features), wanted=("code",))
    assert (table.raw_x[0], table.raw_y[0]) == pytest.approx((114.005, 30.505))
    assert np.isnan(table.raw_x[1])
    assert [(fault.feature, fault.kind) for fault in table.faults] == [(2, FaultKind.INVALID)]
    assert any("point inside" in note for note in table.notes)


def test_required_field_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no column for class_code"):
        read_points(write_workbook(tmp_path / "a.xlsx", ROWS), wanted=WANTED, required=("class_code",))


def test_override_of_a_declared_crs_is_noted(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", [feature({"type": "Point", "coordinates": [114.3, 30.5]})])
    table = read_points(path, crs="bd09")
    assert table.crs == "bd09"
    assert any("declares wgs84" in note for note in table.notes)
