"""Faults as files an office can open."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString, Point

from gridmgmt.errors import SourceError
from gridmgmt.ingest.fault_report import write_fault_report
from gridmgmt.ingest.layer import Fault, FaultKind
from gridmgmt.labels import Words
from tests.toy_city import rectangle

FAULTS = [
    Fault(1, "420100", FaultKind.OVERLAP, Words("overlaps 10 m²", zh="重叠 10 m²"), shape=rectangle(0, 0, 1, 10)),
    Fault(2, None, FaultKind.MISMATCHED_BORDER, Words("x", zh="原因x"), blocking=False, shape=LineString([(0, 0), (1, 1)])),
    Fault(3, "=1+1", FaultKind.OUTSIDE_CITY, Words("y", zh="原因y"), shape=Point(1, 2)),
    Fault(4, "c", FaultKind.UNREADABLE, Words("z", zh="原因z")),
]


def test_the_table_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    table, _ = write_fault_report(FAULTS, tmp_path, "社区", srid=4547)
    assert table.name == "社区.faults.csv"
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(table.open(encoding="utf-8-sig")))
    assert [(row["要素"], row["阻止提交"], row["原因"], row["reason"]) for row in rows[:2]] == [
        ("1", "是", "重叠 10 m²", "overlaps 10 m²"),
        ("2", "否", "原因x", "x"),
    ]
    assert [(row["feature"], row["code"], row["kind"], row["种类"], row["blocking"]) for row in rows] == [
        ("1", "420100", "overlap", "同级重叠", "yes"),
        ("2", "", "mismatched_border", "与相邻区域边界不吻合", "no"),
        ("3", "'=1+1", "outside_city", "超出城市范围", "yes"),
        ("4", "c", "unreadable", "几何无法读取", "yes"),
    ]


def test_the_pieces_are_layers_of_a_geopackage(tmp_path: Path) -> None:
    _, pieces = write_fault_report(FAULTS, tmp_path, "x", srid=4547)
    read = {name: gpd.read_file(pieces, layer=name) for name in ("polygons", "lines", "points")}
    assert {name: frame["feature"].tolist() for name, frame in read.items()} == {"polygons": [1], "lines": [2], "points": [3]}
    assert read["polygons"].crs.to_epsg() == 4547
    assert read["polygons"][["reason_zh", "reason"]].values.tolist() == [["重叠 10 m²", "overlaps 10 m²"]]
    assert read["polygons"].geometry[0].equals(rectangle(0, 0, 1, 10))


def test_a_later_run_without_faults_removes_the_report(tmp_path: Path) -> None:
    write_fault_report(FAULTS, tmp_path, "x", srid=4547)
    assert write_fault_report([], tmp_path, "x", srid=4547) == []
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="--report"):
        write_fault_report(FAULTS, tmp_path / "file", "x", srid=4547)
