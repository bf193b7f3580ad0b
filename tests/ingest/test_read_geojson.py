"""GeoJSON: one bad feature never stops the rest."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import shapely

from gridmgmt.errors import NotFoundError, SourceError
from gridmgmt.ingest.layer import FaultKind
from gridmgmt.ingest.read_layer import read_layer
from tests.ingest.files import feature, polygon, write_geojson

GOOD = {"type": "Polygon", "coordinates": polygon(114.0, 30.5)}


def test_feature_collection_without_crs_is_wgs84_and_says_so(tmp_path: Path) -> None:
    layer = read_layer(write_geojson(tmp_path / "a.geojson", [feature(GOOD, 编码="420100", 名称="甲")]))
    assert layer.crs == "wgs84"
    assert "RFC 7946" in layer.notes[0]
    assert layer.attributes.to_dict("records") == [{"编码": "420100", "名称": "甲"}]
    assert shapely.equals(layer.shapes[0], shapely.box(114.0, 30.5, 114.01, 30.51))


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("urn:ogc:def:crs:EPSG::4547", "epsg:4547"),
        ("EPSG:4490", "wgs84"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "wgs84"),
        ("our own system", None),
    ],
)
def test_crs_member_is_believed_where_it_is_known(tmp_path: Path, name: str, crs: str | None) -> None:
    member = {"type": "name", "properties": {"name": name}}
    assert read_layer(write_geojson(tmp_path / "a.geojson", [feature(GOOD)], crs=member)).crs == crs


def test_unclosed_ring_is_closed_kept_and_reported(tmp_path: Path) -> None:
    open_ring = {"type": "Polygon", "coordinates": [polygon(114.0, 30.5)[0][:-1]]}
    layer = read_layer(write_geojson(tmp_path / "a.geojson", [feature(GOOD), feature(open_ring), feature(GOOD)]))
    (fault,) = layer.faults
    assert (fault.feature, fault.kind, fault.blocking) == (2, FaultKind.UNCLOSED_RING, False)
    assert shapely.equals(layer.shapes[1], layer.shapes[0])


@pytest.mark.parametrize(
    ("geometry", "kind", "reason"),
    [
        (None, FaultKind.EMPTY, "null"),
        ({"type": "Polygon", "coordinates": []}, FaultKind.EMPTY, "no coordinates"),
        ({"type": "Polygon", "coordinates": polygon(114.0, 30.5)[0]}, FaultKind.UNREADABLE, "not nested deep enough"),
        ({"type": "Polygon", "coordinates": [polygon(114.0, 30.5)]}, FaultKind.UNREADABLE, "nested too deep"),
        ({"type": "Point", "coordinates": ["114.1", 30.5]}, FaultKind.UNREADABLE, "not a number"),
        ({"type": "Point", "coordinates": [114.1]}, FaultKind.UNREADABLE, "needs x and y"),
        ({"type": "Point", "coordinates": [10**400, 30.5]}, FaultKind.UNREADABLE, "not a number"),
        ({"type": "LineString", "coordinates": [[114.1, 30.5]]}, FaultKind.UNREADABLE, "a line of 1 point"),
        ({"type": "Polygon", "coordinates": [[[114.1, 30.5], [114.2, 30.5]]]}, FaultKind.UNREADABLE, "a ring of 3 positions"),
        ({"type": "Blob", "coordinates": []}, FaultKind.UNREADABLE, "no geometry type"),
        ([114.1, 30.5], FaultKind.UNREADABLE, "not an object"),
    ],
)
def test_bad_geometry_becomes_a_fault_and_the_rest_is_read(tmp_path: Path, geometry: object, kind: FaultKind, reason: str) -> None:
    layer = read_layer(
        write_geojson(tmp_path / "a.geojson", [feature(GOOD, name="1"), feature(geometry, name="2"), feature(GOOD, name="3")])
    )
    (fault,) = layer.faults
    assert (fault.feature, fault.kind) == (2, kind)
    assert reason in fault.reason
    assert [shape is not None for shape in layer.shapes] == [True, False, True]
    assert list(layer.attributes["name"]) == ["1", "2", "3"]


def test_not_a_number_written_as_nan_is_a_fault(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", [feature({"type": "Point", "coordinates": [float("nan"), 30.5]})])
    assert read_layer(path).faults[0].kind is FaultKind.UNREADABLE


def test_broken_json_of_one_feature_costs_only_that_feature(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", [feature(GOOD, name=str(number)) for number in range(3)])
    path.write_text(path.read_text(encoding="utf-8").replace('"name": "1"', '"name": "1'), encoding="utf-8")
    layer = read_layer(path)
    assert [fault.feature for fault in layer.faults] == [2]
    assert "broken JSON" in layer.faults[0].reason
    assert [shape is not None for shape in layer.shapes] == [True, False, True]


def test_file_cut_off_in_the_middle_gives_what_is_whole(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", [feature(GOOD), feature(GOOD), feature(GOOD)])
    path.write_text(path.read_text(encoding="utf-8")[:-60], encoding="utf-8")
    layer = read_layer(path)
    assert [shape is not None for shape in layer.shapes] == [True, True, False]


def test_one_feature_a_line_and_a_bare_geometry_are_read(tmp_path: Path) -> None:
    lines = tmp_path / "lines.geojson"
    lines.write_text("\n".join(json.dumps(feature(GOOD, name=name)) for name in "ab"), encoding="utf-8")
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps(GOOD), encoding="utf-8")
    assert list(read_layer(lines).attributes["name"]) == ["a", "b"]
    assert len(read_layer(bare).shapes) == 1


def test_gzip_gbk_and_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [feature(GOOD, 名称="江岸区")]}, ensure_ascii=False)
    (tmp_path / "a.geojson.gz").write_bytes(gzip.compress(text.encode("utf-8-sig")))
    (tmp_path / "b.geojson").write_bytes(text.encode("gbk"))
    assert list(read_layer(tmp_path / "a.geojson.gz").attributes["名称"]) == ["江岸区"]
    guessed = read_layer(tmp_path / "b.geojson")
    assert list(guessed.attributes["名称"]) == ["江岸区"]
    assert "guessed" in guessed.notes[0]


@pytest.mark.parametrize("text", ["", "no json", "[1, 2]", '{"type": "Topology"}'])
def test_file_without_features_is_a_source_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"a\.geojson"):
        read_layer(path)


def test_absent_file_and_unknown_suffix_are_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        read_layer(tmp_path / "absent.geojson")
    (tmp_path / "a.dwg").write_bytes(b"")
    with pytest.raises(SourceError, match=r"\.dwg"):
        read_layer(tmp_path / "a.dwg")


def test_heights_are_dropped_and_collections_kept(tmp_path: Path) -> None:
    collection = {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [114.0, 30.5, 20.0]}, GOOD]}
    layer = read_layer(write_geojson(tmp_path / "a.geojson", [feature(collection)]))
    assert not shapely.has_z(layer.shapes[0])
    assert shapely.get_num_geometries(layer.shapes[0]) == 2
